"""Reads a radiograph as this network wants it: the middle square, 8 bits, its histogram made flat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import torch
from pydicom.pixel_data_handlers.util import apply_modality_lut
from torchvision.transforms import functional

SIDE = 64
SIDEWAYS = ("LL", "RL", "LAT", "LATERAL")


class Refused(Exception):
    """The file is not for this model; the text is the word that the protocol has for the reason."""


def read_radiograph(path: Path) -> torch.Tensor:
    """The picture of a DICOM file, uint8 [SIDE, SIDE], bright where dense. Raises Refused."""
    try:
        dataset = pydicom.dcmread(path)
        is_frontal = _is_frontal_chest(dataset)
        stored = apply_modality_lut(dataset.pixel_array, dataset) if is_frontal else None
    except Exception as cause:  # a damaged file may raise anything
        raise Refused("unreadable") from cause
    if stored is None:
        raise Refused("out_of_scope")
    if stored.ndim != 2 or stored.min() == stored.max() or not np.isfinite(stored).all():
        raise Refused("unreadable")
    inverted = dataset.get("PhotometricInterpretation") == "MONOCHROME1"
    return _flattened(-stored.astype(np.float32) if inverted else stored.astype(np.float32))


def _is_frontal_chest(dataset: pydicom.Dataset) -> bool:
    modality, view, part = (
        str(dataset.get(name) or "").upper() for name in ("Modality", "ViewPosition", "BodyPartExamined")
    )
    return modality in ("", "CR", "DX") and view not in SIDEWAYS and "ABDOMEN" not in part


def _flattened(values: np.ndarray) -> torch.Tensor:
    """No window of the apparatus is asked for: a flat histogram looks alike whatever it was."""
    low, high = np.percentile(values, (0.5, 99.5))
    levels = np.clip((values - low) / max(high - low, 1e-6), 0, 1)
    plane = torch.from_numpy(levels)[None]
    square = functional.center_crop(plane, [min(plane.shape[1:])] * 2)
    small = functional.resize(square, [SIDE, SIDE], antialias=True)
    return functional.equalize((small * 255).round().to(torch.uint8))[0]
