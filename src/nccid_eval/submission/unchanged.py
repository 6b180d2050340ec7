"""Whether the image that an engine would run is the one that was admitted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from nccid_eval.engine import Engine
from nccid_eval.errors import ImageRefused, SandboxError
from nccid_eval.records import Image


def still_the_same(image: Image, engine: Engine) -> None:
    """Compare what the engine holds under the image's id with what was admitted: configuration and layers.

    Raises SandboxError where the engine has lost it, ImageRefused where it is another.
    """
    report = engine.image_configuration(image.id)
    if report is None:
        raise SandboxError(
            "the engine no longer has the image that was admitted",
            where=f"image {image.id}",
            mend="resume the run: the image is admitted again, and must be the same",
        )
    layers = (report.get("RootFS") or {}).get("Layers") or ()
    other_layers = bool(image.layers_digest) and layers_digest(layers) != image.layers_digest
    if report["Id"] != image.id or other_layers:
        raise ImageRefused(
            "the image on the engine is not the one that was admitted",
            where=f"image {image.id}",
            mend="remove it from the engine, find out who changed it, then start a new run",
        )


def layers_digest(diff_ids: Iterable[str]) -> str:
    """One SHA-256 for the SHA-256 of all layers, in order."""
    return "sha256:" + hashlib.sha256("\n".join(diff_ids).encode()).hexdigest()
