"""Reads a radiograph as the network wants it: [SIDE, SIDE], about 0 to 1, bright where dense."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import torch
from pydicom.pixels import apply_modality_lut, apply_voi_lut

SIDE = 144


class OutOfScope(Exception):
    """Not a frontal chest radiograph."""


class Unreadable(Exception):
    """Not a DICOM file with pixels in it."""


def read_radiograph(path: Path) -> torch.Tensor:
    """The picture of a DICOM file, float32 [SIDE, SIDE]. Raises Unreadable or OutOfScope."""
    try:
        dataset = pydicom.dcmread(path)
    except Exception as cause:  # a damaged file may raise anything
        raise Unreadable(str(cause)) from cause
    _refuse_other_views(dataset)
    try:
        values = apply_voi_lut(apply_modality_lut(dataset.pixel_array, dataset), dataset)
    except Exception as cause:
        raise Unreadable(str(cause)) from cause
    return _fitted(_normalised(values, inverted=dataset.get("PhotometricInterpretation") == "MONOCHROME1"))


def _refuse_other_views(dataset: pydicom.Dataset) -> None:
    modality = str(dataset.get("Modality", "")).upper()
    view = str(dataset.get("ViewPosition", "") or "").upper()
    part = str(dataset.get("BodyPartExamined", "") or "").upper()
    if modality not in ("", "CR", "DX") or view in ("LL", "RL", "LAT", "LATERAL") or "ABDOMEN" in part:
        raise OutOfScope(f"{modality} {view} {part}")


def _normalised(values: np.ndarray, *, inverted: bool) -> np.ndarray:
    """Scaled by percentiles, which differ less between apparatus than the stored range does."""
    if values.ndim != 2 or not np.isfinite(values).all() or values.min() == values.max():
        raise Unreadable(f"no single plane of varying values: shape {values.shape}")
    picture = -values.astype(np.float64) if inverted else values.astype(np.float64)
    low, high = np.percentile(picture, (2, 98))
    return np.clip((picture - low) / max(high - low, 1e-9), 0, 1)


def _fitted(picture: np.ndarray) -> torch.Tensor:
    plane = torch.from_numpy(picture)[None, None]
    fitted = torch.nn.functional.interpolate(plane, size=(SIDE, SIDE), mode="bilinear", antialias=True)
    return fitted[0, 0].float()
