"""The archive of `docker save`: manifest.json names one configuration and its layers, by names in the archive."""

from __future__ import annotations

import hashlib

from nccid_eval.submission.archive_index import ArchiveIndex, Stored
from nccid_eval.submission.image_json import as_texts
from nccid_eval.submission.named import NamedImage, NamedLayer
from nccid_eval.submission.refusal import UnfitError

MANIFEST = "manifest.json"
MAX_LAYERS = 200


def named_by_manifest(archive: ArchiveIndex) -> NamedImage | None:
    """The one image that manifest.json names; None where there is no manifest.json. Raises UnfitError."""
    found = archive.find(MANIFEST)
    if found is None:
        return None
    manifest = archive.json_of(found)
    if not isinstance(manifest, list) or len(manifest) != 1 or not isinstance(manifest[0], dict):
        raise UnfitError("it holds not exactly one image", "save one image by its name")
    name, layers = manifest[0].get("Config"), as_texts(manifest[0].get("Layers"))
    if not isinstance(name, str) or layers is None or len(layers) > MAX_LAYERS:
        raise UnfitError("its manifest names no configuration and layers")
    raw = archive.bytes_of(_file(archive, name))
    if hashlib.sha256(raw).hexdigest() not in name:
        raise UnfitError("its configuration is not what its name claims")
    return NamedImage(
        raw_configuration=raw,
        layers=tuple(NamedLayer(stored=_file(archive, one), digest=None) for one in layers),
    )


def _file(archive: ArchiveIndex, name: str) -> Stored:
    found = archive.find(name)
    if found is None:
        raise UnfitError("its manifest names what is not in it, or what is no file")
    return found
