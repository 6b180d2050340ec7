"""A saved image, believed in nothing: every digest is computed here, before any engine sees it."""

from __future__ import annotations

import gzip
import hashlib
import json
import posixpath
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from nccid_eval.errors import ImageMissing, ImageRefused

CHUNK = 2**20
MAX_ENTRIES = 10_000
MAX_LAYERS = 200
MAX_JSON_BYTES = 4 * 2**20
MAX_LAYER_BYTES = 40 * 2**30  # unpacked
GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedImage:
    """What a `docker save` archive holds once its digests have been checked."""

    path: Path
    id: str
    configuration: Mapping[str, Any]
    members: tuple[str, ...]  # configuration and layers, the only ones that are handed on
    layers: tuple[str, ...]  # member names, in order
    size_bytes: int


def read_archive(path: Path) -> SavedImage:
    """Check a saved image. Raises ImageMissing or ImageRefused with a reason that a vendor can act on."""
    try:
        with tarfile.open(path, "r:") as archive:
            return _read(path, archive)
    except FileNotFoundError:
        raise ImageMissing(
            f"the image {path.name} is not there",
            where=str(path),
            mend=f"save it with 'docker save IMAGE -o {path.name}' beside submission.toml",
        ) from None
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as cause:
        raise _refused(path, f"it is not a whole tar archive ({cause})", "save it again with 'docker save'") from None


def hand_on(image: SavedImage) -> Iterator[bytes]:
    """The archive for the engine: checked members only, under a manifest of our own that carries no tag."""
    manifest = [{"Config": image.members[0], "RepoTags": None, "Layers": list(image.layers)}]
    body = json.dumps(manifest).encode()
    yield from _member(tarfile.TarInfo("manifest.json"), len(body), iter([body]))
    with tarfile.open(image.path, "r:") as archive:
        for name in dict.fromkeys(image.members):
            stream = _open(archive, _resolve(archive, name, image.path), image.path)
            size = archive.getmember(_resolve(archive, name, image.path).name).size
            yield from _member(tarfile.TarInfo(name), size, iter(lambda s=stream: s.read(CHUNK), b""))  # type: ignore[misc]
    yield b"\0" * 1024


def _member(info: tarfile.TarInfo, size: int, body: Iterator[bytes]) -> Iterator[bytes]:
    info.size = size
    info.mode = 0o644
    yield info.tobuf(tarfile.GNU_FORMAT)
    yield from body
    yield b"\0" * (-size % 512)


def _read(path: Path, archive: tarfile.TarFile) -> SavedImage:
    _check_entries(path, archive)
    manifest = _json(archive, "manifest.json", path)
    if not isinstance(manifest, list) or len(manifest) != 1:
        raise _refused(path, "it holds not exactly one image", "save one image by its name")
    entry = manifest[0]
    config_name, layers = entry.get("Config"), entry.get("Layers")
    if not isinstance(config_name, str) or not isinstance(layers, list) or len(layers) > MAX_LAYERS:
        raise _refused(path, "its manifest names no configuration and layers", "save it with 'docker save'")
    raw = _bytes(archive, config_name, path)
    identity = hashlib.sha256(raw).hexdigest()
    if identity not in config_name:
        raise _refused(path, "its configuration is not what its name claims", "save it again with 'docker save'")
    configuration = _json(archive, config_name, path)
    size = _check_layers(path, archive, layers, configuration.get("rootfs", {}).get("diff_ids", ()))
    return SavedImage(
        path=path,
        id=f"sha256:{identity}",
        configuration=configuration,
        members=(config_name, *layers),
        layers=tuple(layers),
        size_bytes=size,
    )


def _check_entries(path: Path, archive: tarfile.TarFile) -> None:
    for count, member in enumerate(archive, start=1):
        if count > MAX_ENTRIES:
            raise _refused(path, f"it has more than {MAX_ENTRIES} entries", "save one image")
        if member.name.startswith("/") or ".." in member.name.split("/"):
            raise _refused(path, "an entry's name leads out of the archive", "save it with 'docker save'")
        if not (member.isreg() or member.isdir() or member.issym()):
            raise _refused(path, "it holds a device, a FIFO or a hard link", "save it with 'docker save'")


def _check_layers(path: Path, archive: tarfile.TarFile, layers: list[str], diff_ids: list[str]) -> int:
    """Bytes of all layers unpacked. A layer under another's digest would be given another vendor's files."""
    if len(layers) != len(diff_ids):
        raise _refused(path, "layers and their digests differ in number", "save it again with 'docker save'")
    total = 0
    for name, claimed in zip(layers, diff_ids, strict=True):
        digest = hashlib.sha256()
        for chunk in _unpacked(_open(archive, _resolve(archive, name, path), path)):
            digest.update(chunk)
            total += len(chunk)
            if total > MAX_LAYER_BYTES:
                raise _refused(path, "its layers are larger than 40 GiB", "make the image smaller")
        if f"sha256:{digest.hexdigest()}" != claimed:
            raise _refused(path, "a layer is not what it claims to be", "save it again with 'docker save'")
    return total


def _unpacked(stream: IO[bytes]) -> Iterator[bytes]:
    packed = stream.read(2) == GZIP
    stream.seek(0)
    source: IO[bytes] = gzip.GzipFile(fileobj=stream) if packed else stream  # type: ignore[assignment]
    while chunk := source.read(CHUNK):
        yield chunk


def _resolve(archive: tarfile.TarFile, name: str, path: Path) -> tarfile.TarInfo:
    """The regular file behind a name; `docker save` writes a repeated layer as one symbolic link."""
    try:
        member = archive.getmember(name)
        if member.issym():
            member = archive.getmember(posixpath.normpath(posixpath.join(posixpath.dirname(name), member.linkname)))
    except KeyError:
        raise _refused(path, "its manifest names what is not in it", "save it again with 'docker save'") from None
    return member


def _open(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> IO[bytes]:
    stream = archive.extractfile(member) if member.isreg() else None
    if stream is None:
        raise _refused(path, "its manifest names what is no file", "save it again with 'docker save'")
    return stream


def _bytes(archive: tarfile.TarFile, name: str, path: Path) -> bytes:
    data = _open(archive, _resolve(archive, name, path), path).read(MAX_JSON_BYTES + 1)
    if len(data) > MAX_JSON_BYTES:
        raise _refused(path, "its manifest or configuration is larger than 4 MiB", "save it with 'docker save'")
    return data


def _json(archive: tarfile.TarFile, name: str, path: Path) -> Any:
    try:
        return json.loads(_bytes(archive, name, path))
    except ValueError:
        raise _refused(path, f"its {name} is not JSON", "save it again with 'docker save'") from None


def _refused(path: Path, why: str, mend: str) -> ImageRefused:
    return ImageRefused(f"the image {path.name} is refused: {why}", where=str(path), mend=mend)
