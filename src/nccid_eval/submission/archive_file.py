"""A saved image, believed in nothing: every digest is computed here, before any engine sees it.

What an engine gets is an archive of our own: the checked bytes under names of ours, with a manifest of ours that
carries no tag. A vendor's file names never reach it (a "layer" called ./manifest.json would replace the manifest).
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from nccid_eval.errors import ImageMissing
from nccid_eval.submission.archive_index import ArchiveIndex, index_archive, parsed
from nccid_eval.submission.docker_archive import MAX_LAYERS, named_by_manifest
from nccid_eval.submission.image_json import as_texts, misspelt
from nccid_eval.submission.layers import MOST_BYTES, Tally, read_layer
from nccid_eval.submission.named import NamedImage
from nccid_eval.submission.oci_layout import named_by_layout
from nccid_eval.submission.refusal import AGAIN, UnfitError, refused

CHUNK = 2**20
BESIDES = 2**30  # of an archive, that is no layer
GZIP = b"\x1f\x8b"

Accept = Callable[[Mapping[str, Any]], None]  # looks at a configuration, and raises ImageRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A checked layer: its bytes in the archive, packed or not, and their SHA-256."""

    offset: int
    size: int
    stored: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedImage:
    """What an archive holds once its digests have been checked."""

    path: Path
    id: str
    raw_configuration: bytes
    diff_ids: tuple[str, ...]  # SHA-256 of each layer unpacked, in order
    layers: tuple[Layer, ...]  # in order
    size_bytes: int  # unpacked
    setuid_files: int


def read_archive(path: Path, *, accept: Accept | None = None, most_bytes: int = MOST_BYTES) -> SavedImage:
    """Check a saved image (`docker save`, an OCI layout, or both in one) whose layers may unpack to `most_bytes`.

    `accept` sees the configuration before the layers are read. Raises ImageMissing or ImageRefused with a reason
    that a vendor can act on.
    """
    _check_file(path)
    try:
        with path.open("rb") as file:
            return _read(path, file, accept, Tally(most_bytes=most_bytes))
    except UnfitError as unfit:
        raise refused(path, unfit.why, unfit.mend) from None
    except OSError as cause:
        raise refused(
            path, f"it cannot be read ({cause.strerror})", "mend its permissions, or copy it again"
        ) from None


def _read(path: Path, file: IO[bytes], accept: Accept | None, tally: Tally) -> SavedImage:
    if file.read(2) == GZIP:
        raise UnfitError("it is packed as a whole", f"unpack it: gunzip < {path.name} > unpacked.tar")
    size = path.stat().st_size
    if size > tally.most_bytes + BESIDES:
        raise UnfitError(f"it is larger than {tally.most_bytes:,} bytes", "make the image smaller")
    file.seek(0)
    archive = index_archive(file, size)
    named = _named(archive)
    configuration = _object(named.raw_configuration)
    diff_ids = _diff_ids(configuration)
    if len(named.layers) != len(diff_ids):
        raise UnfitError("layers and their digests differ in number")
    if accept:
        accept(configuration)
    layers = tuple(_check_layers(file, named, diff_ids, tally))
    return SavedImage(
        path=path,
        id=f"sha256:{hashlib.sha256(named.raw_configuration).hexdigest()}",
        raw_configuration=named.raw_configuration,
        diff_ids=diff_ids,
        layers=layers,
        size_bytes=tally.size_bytes,
        setuid_files=tally.setuid_files,
    )


def _named(archive: ArchiveIndex) -> NamedImage:
    """The one image. Newer engines write both kinds of manifest; then both must name the same."""
    by_layout, by_manifest = named_by_layout(archive), named_by_manifest(archive)
    if by_layout is None and by_manifest is None:
        raise UnfitError("it holds neither a manifest.json nor an OCI layout")
    if by_layout is not None and by_manifest is not None:
        stored = [[one.stored for one in named.layers] for named in (by_layout, by_manifest)]
        if by_layout.raw_configuration != by_manifest.raw_configuration or stored[0] != stored[1]:
            raise UnfitError("its manifest.json and its index.json name different images", "save one image")
    named = by_layout or by_manifest
    assert named is not None
    return named


def _check_layers(file: IO[bytes], named: NamedImage, diff_ids: tuple[str, ...], tally: Tally) -> Iterator[Layer]:
    """One that goes by another's digest would be given another vendor's files."""
    for number, (layer, claimed) in enumerate(zip(named.layers, diff_ids, strict=True), start=1):
        file.seek(layer.stored.offset)
        stream = read_layer(file, layer.stored.size, number, tally)
        if f"sha256:{stream.unpacked_digest}" != claimed or layer.digest not in (None, stream.stored_digest):
            raise UnfitError(f"layer {number} is not what it claims to be")
        yield Layer(offset=layer.stored.offset, size=layer.stored.size, stored=stream.stored_digest)


def _diff_ids(configuration: Mapping[str, Any]) -> tuple[str, ...]:
    rootfs = configuration.get("rootfs")
    file_system: Mapping[str, Any] = rootfs if isinstance(rootfs, dict) else {}
    found = as_texts(file_system.get("diff_ids"))
    if found is None or misspelt(configuration, ["rootfs"]) or misspelt(file_system, ["diff_ids"]):
        raise UnfitError("its configuration names no layers")
    if len(found) > MAX_LAYERS:
        raise UnfitError(f"it has more than {MAX_LAYERS} layers", "build it with fewer")
    return found


def _object(data: bytes) -> dict[str, Any]:
    table = parsed(data)
    if not isinstance(table, dict):
        raise UnfitError("its configuration is no JSON object")
    return table


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


def hand_on(image: SavedImage) -> Iterator[bytes]:
    """The archive for the engine. Raises ImageRefused where the file is no longer the one that was checked."""
    digest = image.id.removeprefix("sha256:")
    names = {layer.stored: f"{layer.stored}/layer.tar" for layer in image.layers}
    manifest = [
        {"Config": f"{digest}.json", "RepoTags": None, "Layers": [names[layer.stored] for layer in image.layers]}
    ]
    yield from _file("manifest.json", json.dumps(manifest).encode())
    yield from _file(f"{digest}.json", image.raw_configuration)
    with image.path.open("rb") as file:
        for layer in {one.stored: one for one in image.layers}.values():
            yield from _layer(image, file, layer, names[layer.stored])
    yield b"\0" * 1024


def _layer(image: SavedImage, file: IO[bytes], layer: Layer, name: str) -> Iterator[bytes]:
    yield _header(name, layer.size)
    digest, left = hashlib.sha256(), layer.size
    file.seek(layer.offset)
    while left and (chunk := file.read(min(CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
        yield chunk
    if digest.hexdigest() != layer.stored:  # the archive breaks off here, and the engine loads nothing
        raise refused(image.path, "it changed while it was read", "leave the file alone during an evaluation")
    yield b"\0" * (-layer.size % 512)


def _file(name: str, body: bytes) -> Iterator[bytes]:
    yield _header(name, len(body))
    yield body + b"\0" * (-len(body) % 512)


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)
