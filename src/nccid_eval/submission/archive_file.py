"""A saved image, believed in nothing: every digest is computed here, before any engine sees it.

What an engine gets is an archive of our own: the checked bytes under names of ours, with a manifest of ours that
carries no tag. A vendor's file names never reach it (a "layer" called ./manifest.json would replace the manifest).
"""

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
from nccid_eval.submission.image_json import as_texts, misspelt, strict_json

CHUNK = 2**20
MAX_ENTRIES = 10_000
MAX_LAYERS = 200
MAX_JSON_BYTES = 4 * 2**20
MAX_LAYER_BYTES = 40 * 2**30  # unpacked
GZIP = b"\x1f\x8b"
AGAIN = "save it again with 'docker save'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    member: str  # its name in the vendor's archive
    stored: str  # SHA-256 of the bytes as they are stored there, packed or not


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedImage:
    """What a `docker save` archive holds once its digests have been checked."""

    path: Path
    id: str
    raw_configuration: bytes
    configuration: Mapping[str, Any]
    layers: tuple[Layer, ...]  # in order
    size_bytes: int


def read_archive(path: Path, *, most_bytes: int = MAX_LAYER_BYTES) -> SavedImage:
    """Check a saved image, whose layers may unpack to `most_bytes`.

    Raises ImageMissing or ImageRefused with a reason that a vendor can act on.
    """
    _check_file(path)
    try:
        with tarfile.open(path, "r:") as archive:
            return _read(path, archive, most_bytes)
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError) as cause:
        raise refused(path, f"it is not a whole tar archive ({cause})", AGAIN) from None


def hand_on(image: SavedImage) -> Iterator[bytes]:
    """The archive for the engine. Raises ImageRefused where the file is no longer the one that was checked."""
    digest = image.id.removeprefix("sha256:")
    names = {layer.stored: f"{layer.stored}/layer.tar" for layer in image.layers}
    manifest = [
        {"Config": f"{digest}.json", "RepoTags": None, "Layers": [names[layer.stored] for layer in image.layers]}
    ]
    yield from _file("manifest.json", json.dumps(manifest).encode())
    yield from _file(f"{digest}.json", image.raw_configuration)
    with tarfile.open(image.path, "r:") as archive:
        for layer in {one.stored: one for one in image.layers}.values():
            yield from _layer(image, archive, layer, names[layer.stored])
    yield b"\0" * 1024


def _layer(image: SavedImage, archive: tarfile.TarFile, layer: Layer, name: str) -> Iterator[bytes]:
    member = _resolve(archive, layer.member, image.path)
    yield _header(name, member.size)
    digest = hashlib.sha256()
    stream = _open(archive, member, image.path)
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != layer.stored:  # the archive breaks off here, and the engine loads nothing
        raise refused(image.path, "it changed while it was read", "leave the file alone during an evaluation")
    yield b"\0" * (-member.size % 512)


def _file(name: str, body: bytes) -> Iterator[bytes]:
    yield _header(name, len(body))
    yield body + b"\0" * (-len(body) % 512)


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


def _check_file(path: Path) -> None:
    """A link could hand in what belongs to another vendor; a FIFO would never end."""
    if path.is_symlink():
        raise refused(path, "it is a symbolic link", "put the file itself beside submission.toml")
    if not path.exists():
        raise ImageMissing(
            f"the image {path.name} is not there",
            where=str(path),
            mend=f"save it with 'docker save IMAGE -o {path.name}' beside submission.toml",
        )
    if not path.is_file():
        raise refused(path, "it is no file", AGAIN)


def _read(path: Path, archive: tarfile.TarFile, most_bytes: int) -> SavedImage:
    _check_entries(path, archive)
    config_name, layer_names = _manifest(path, _bytes(archive, "manifest.json", path))
    raw = _bytes(archive, config_name, path)
    identity = hashlib.sha256(raw).hexdigest()
    if identity not in config_name:
        raise refused(path, "its configuration is not what its name claims", AGAIN)
    configuration = _object(path, raw)
    diff_ids = _diff_ids(path, configuration)
    if len(layer_names) != len(diff_ids):
        raise refused(path, "layers and their digests differ in number", AGAIN)
    layers, size = _check_layers(path, archive, list(zip(layer_names, diff_ids, strict=True)), most_bytes)
    return SavedImage(
        path=path,
        id=f"sha256:{identity}",
        raw_configuration=raw,
        configuration=configuration,
        layers=layers,
        size_bytes=size,
    )


def _manifest(path: Path, data: bytes) -> tuple[str, tuple[str, ...]]:
    """The member names of the one image's configuration and layers."""
    manifest = _json(path, data)
    if not isinstance(manifest, list) or len(manifest) != 1 or not isinstance(manifest[0], dict):
        raise refused(path, "it holds not exactly one image", "save one image by its name")
    name, layers = manifest[0].get("Config"), as_texts(manifest[0].get("Layers"))
    if not isinstance(name, str) or layers is None or len(layers) > MAX_LAYERS:
        raise refused(path, "its manifest names no configuration and layers", AGAIN)
    return name, layers


def _diff_ids(path: Path, configuration: Mapping[str, Any]) -> tuple[str, ...]:
    rootfs = configuration.get("rootfs")
    file_system: Mapping[str, Any] = rootfs if isinstance(rootfs, dict) else {}
    found = as_texts(file_system.get("diff_ids"))
    if found is None or misspelt(configuration, ["rootfs"]) or misspelt(file_system, ["diff_ids"]):
        raise refused(path, "its configuration names no layers", AGAIN)
    return found


def _check_entries(path: Path, archive: tarfile.TarFile) -> None:
    for count, member in enumerate(archive, start=1):
        if count > MAX_ENTRIES:
            raise refused(path, f"it has more than {MAX_ENTRIES} entries", "save one image")
        if member.name.startswith("/") or ".." in member.name.split("/"):
            raise refused(path, "an entry's name leads out of the archive", AGAIN)
        if not (member.isreg() or member.isdir() or member.issym()) or member.issparse():
            raise refused(path, "it holds a device, a FIFO, a hard link or a sparse file", AGAIN)


def _check_layers(
    path: Path, archive: tarfile.TarFile, named: list[tuple[str, str]], most_bytes: int
) -> tuple[tuple[Layer, ...], int]:
    """The layers, and their bytes unpacked. One under another's digest would be given another vendor's files."""
    layers, total = [], 0
    for name, claimed in named:
        stream = _open(archive, _resolve(archive, name, path), path)
        digest = hashlib.sha256()
        for chunk in _unpacked(stream):
            digest.update(chunk)
            total += len(chunk)
            if total > most_bytes:
                raise refused(path, f"its layers unpack to more than {most_bytes:,} bytes", "make the image smaller")
        if f"sha256:{digest.hexdigest()}" != claimed:
            raise refused(path, "a layer is not what it claims to be", AGAIN)
        stream.seek(0)
        stored = hashlib.file_digest(stream, "sha256")  # type: ignore[arg-type]
        layers.append(Layer(member=name, stored=stored.hexdigest()))
    return tuple(layers), total


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
        raise refused(path, "its manifest names what is not in it", AGAIN) from None
    return member


def _open(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> IO[bytes]:
    stream = archive.extractfile(member) if member.isreg() else None
    if stream is None:
        raise refused(path, "its manifest names what is no file", AGAIN)
    return stream


def _bytes(archive: tarfile.TarFile, name: str, path: Path) -> bytes:
    data = _open(archive, _resolve(archive, name, path), path).read(MAX_JSON_BYTES + 1)
    if len(data) > MAX_JSON_BYTES:
        raise refused(path, "its manifest or configuration is larger than 4 MiB", AGAIN)
    return data


def _json(path: Path, data: bytes) -> Any:
    try:
        return strict_json(data)
    except ValueError as cause:
        raise refused(path, f"its manifest or configuration is not sound: {cause}", AGAIN) from None


def _object(path: Path, data: bytes) -> dict[str, Any]:
    table = _json(path, data)
    if not isinstance(table, dict):
        raise refused(path, "its configuration is no JSON object", AGAIN)
    return table


def refused(path: Path, why: str, mend: str) -> ImageRefused:
    return ImageRefused(f"the image {path.name} is refused: {why}", where=str(path), mend=mend)
