"""An OCI image layout in an archive: index.json -> (an index ->) one manifest -> configuration and layers, by digest.

Written from the OCI image specification 1.1. Every blob on the way is checked against the size and the SHA-256 that
name it; what nothing on the way names is never looked at and never handed on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nccid_eval.submission.archive_index import ArchiveIndex, Stored, parsed
from nccid_eval.submission.docker_archive import MAX_LAYERS
from nccid_eval.submission.named import NamedImage, NamedLayer
from nccid_eval.submission.refusal import UnfitError

LAYOUT, INDEX = "oci-layout", "index.json"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MAX_DEPTH = 3  # index.json, one index for several platforms, and one of those in it
MAX_MANIFESTS = 200  # in all indexes of an archive together
INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
CONFIGURATIONS = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
LAYERS = (
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
)
ONE_PLATFORM = "save one image for one platform (docker buildx: --platform linux/amd64)"
BY_GZIP = "pack its layers by gzip (docker buildx: compression=gzip,force-compression=true)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Descriptor:
    media_type: str
    digest: str  # hexadecimal
    size: int
    attests: bool  # it belongs to an image and is none


def named_by_layout(archive: ArchiveIndex) -> NamedImage | None:
    """The one image of an OCI layout; None where the archive holds no layout. Raises UnfitError."""
    layout, index = archive.find(LAYOUT), archive.find(INDEX)
    if layout is None or index is None:
        return None
    version = _table(archive.json_of(layout)).get("imageLayoutVersion")
    if not isinstance(version, str) or not version.startswith("1."):
        raise UnfitError("its OCI layout is of an unknown version")
    found = _manifests(archive, archive.json_of(index))
    if len(found) != 1:
        raise UnfitError(f"it holds {len(found)} images, not one", ONE_PLATFORM)
    return _image(archive, _table(parsed(_blob(archive, found[0]))))


def _manifests(archive: ArchiveIndex, index: Any) -> list[_Descriptor]:
    """The manifests of images that the index names and the archive holds; other platforms' may lie elsewhere.

    No blob is read twice, and all indexes together have so many rows and no more: reading takes no longer than the
    archive is large.
    """
    found: list[_Descriptor] = []
    seen: set[str] = set()
    rows = [(one, MAX_DEPTH - 1) for one in _rows(index)]
    for one, depth in rows:  # which grows as indexes are met
        if one.attests or one.digest in seen or _stored(archive, one) is None:
            continue
        seen.add(one.digest)
        if one.media_type in INDEXES:
            rows += [(inner, depth - 1) for inner in _rows(parsed(_blob(archive, one)))]
            if depth == 0 or len(rows) > MAX_MANIFESTS:
                raise UnfitError(f"its indexes name more than {MAX_MANIFESTS} images, or lie too deep", ONE_PLATFORM)
        elif one.media_type in MANIFESTS:
            found.append(one)
        else:
            raise UnfitError("its index names something that is no image")
    return found


def _rows(index: Any) -> list[_Descriptor]:
    rows = _table(index).get("manifests")
    if not isinstance(rows, list) or len(rows) > MAX_MANIFESTS:
        raise UnfitError("its index names no images, or too many")
    return [_descriptor(one) for one in rows]


def _image(archive: ArchiveIndex, manifest: Mapping[str, Any]) -> NamedImage:
    configuration, layers = _descriptor(manifest.get("config")), manifest.get("layers")
    if configuration.media_type not in CONFIGURATIONS or manifest.get("artifactType"):
        raise UnfitError("it holds an artifact that is no image")
    if not isinstance(layers, list) or len(layers) > MAX_LAYERS:
        raise UnfitError("its manifest names no layers, or too many")
    return NamedImage(
        raw_configuration=_blob(archive, configuration),
        layers=tuple(_layer(archive, one) for one in layers),
    )


def _layer(archive: ArchiveIndex, row: Any) -> NamedLayer:
    one = _descriptor(row)
    if one.media_type.endswith("+zstd"):
        raise UnfitError("a layer is packed by zstd, which not every engine unpacks", BY_GZIP)
    if one.media_type not in LAYERS or row.get("urls"):
        raise UnfitError("a layer is encrypted, lies elsewhere, or is of an unknown type")
    return NamedLayer(stored=_sized(archive, one), digest=one.digest)


def _descriptor(row: Any) -> _Descriptor:
    table = _table(row)
    digest, size = table.get("digest"), table.get("size")
    if not isinstance(digest, str) or not DIGEST.fullmatch(digest) or type(size) is not int or size < 0:
        raise UnfitError("something in it is named without a SHA-256 or a size")
    return _Descriptor(
        media_type=str(table.get("mediaType")),
        digest=digest.removeprefix("sha256:"),
        size=size,
        attests=_attests(table),
    )


def _attests(table: Mapping[str, Any]) -> bool:
    """As BuildKit marks provenance and SBOM: by its annotation and by a platform that nothing runs on."""
    annotations, platform = table.get("annotations"), table.get("platform")
    marked = isinstance(annotations, dict) and annotations.get("vnd.docker.reference.type") == "attestation-manifest"
    nowhere = isinstance(platform, dict) and platform.get("os") == platform.get("architecture") == "unknown"
    return marked and nowhere


def _blob(archive: ArchiveIndex, one: _Descriptor) -> bytes:
    data = archive.bytes_of(_sized(archive, one))
    if hashlib.sha256(data).hexdigest() != one.digest:
        raise UnfitError("a manifest or configuration is not what its digest claims")
    return data


def _sized(archive: ArchiveIndex, one: _Descriptor) -> Stored:
    found = _stored(archive, one)
    if found is None:
        raise UnfitError("its manifest names what is not in it, or what is no file")
    if found.size != one.size:
        raise UnfitError("a file in it has another size than its manifest says")
    return found


def _stored(archive: ArchiveIndex, one: _Descriptor) -> Stored | None:
    return archive.find(f"blobs/sha256/{one.digest}")


def _table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UnfitError("its index or a manifest is no JSON object")
    return value
