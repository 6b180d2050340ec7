"""The header fields that reach a container, each with its reason. Everything else stays behind."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset
from pydicom.valuerep import DSfloat

from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.staging import luts
from nccid_eval.partition.text import collapse


@dataclass(frozen=True, slots=True)
class Allowed:
    """A header field that reaches a container, why, and how its value is read (None: the field is left out)."""

    keyword: str
    why: str
    read: Callable[[Dataset], Any]


def _numbers(keyword: str, count: int) -> Callable[[Dataset], Any]:
    def read(ds: Dataset) -> Any:
        found = _floats(ds, keyword)
        if len(found) != count or not all(math.isfinite(one) for one in found):
            return None
        written = [DSfloat(one, auto_format=True) for one in found]
        return written if count > 1 else written[0]

    return read


def _term(keyword: str, *terms: str) -> Callable[[Dataset], Any]:
    def read(ds: Dataset) -> Any:
        said = collapse(ds.get(keyword)).upper()
        return said if said in terms else None

    return read


def _window(keyword: str) -> Callable[[Dataset], Any]:
    def read(ds: Dataset) -> Any:
        pairs = {"WindowCenter": _floats(ds, "WindowCenter"), "WindowWidth": _floats(ds, "WindowWidth")}
        same = len(pairs["WindowCenter"]) == len(pairs["WindowWidth"]) > 0
        finite = all(math.isfinite(one) for numbers in pairs.values() for one in numbers)
        if not (same and finite and min(pairs["WindowWidth"]) > 0):
            return None
        return [DSfloat(one, auto_format=True) for one in pairs[keyword]]

    return read


def _floats(ds: Dataset, keyword: str) -> list[float]:
    value = ds.get(keyword)
    parts = [value] if isinstance(value, str | int | float) else list(value or ())
    return [float(one) for one in parts]


def _orientation(ds: Dataset) -> Any:
    value = ds.get("PatientOrientation")
    parts = [] if isinstance(value, str) else [str(one).upper() for one in value or ()]
    sound = len(parts) == 2 and all(0 < len(part) <= 3 and set(part) <= set("LRAPHF") for part in parts)
    return parts if sound else None


def _pixel_sign(ds: Dataset) -> Any:
    value = ds.get("PixelIntensityRelationshipSign")
    return value if value in (1, -1) else None


def _chest(ds: Dataset) -> Any:
    return "CHEST" if "CHEST" in collapse(ds.get("BodyPartExamined")).upper() else None


# Beside these: the pixel description and PixelData, Modality, ViewPosition, SOPClassUID and the re-keyed UIDs.
ALLOWED: tuple[Allowed, ...] = (
    Allowed("BodyPartExamined", "place the image", _chest),
    Allowed("Laterality", "place the image", _term("Laterality", "R", "L")),
    Allowed("ImageLaterality", "place the image", _term("ImageLaterality", "R", "L", "U", "B")),
    Allowed("PatientOrientation", "place the image: which way up", _orientation),
    Allowed("ImagePositionPatient", "place the image", _numbers("ImagePositionPatient", 3)),
    Allowed("ImageOrientationPatient", "place the image", _numbers("ImageOrientationPatient", 6)),
    Allowed("PixelSpacing", "size in millimetres", _numbers("PixelSpacing", 2)),
    Allowed("ImagerPixelSpacing", "size at the detector", _numbers("ImagerPixelSpacing", 2)),
    Allowed("RescaleSlope", "decode: stored values to output units", _numbers("RescaleSlope", 1)),
    Allowed("RescaleIntercept", "decode: stored values to output units", _numbers("RescaleIntercept", 1)),
    Allowed("RescaleType", "decode: the unit, 'US' for none", _term("RescaleType", "US", "HU", "OD")),
    Allowed("ModalityLUTSequence", "decode: stored values to output units", luts.modality_lut),
    Allowed("PixelIntensityRelationship", "decode", _term("PixelIntensityRelationship", "LIN", "LOG", "DISP")),
    Allowed("PixelIntensityRelationshipSign", "decode: does more exposure give larger values", _pixel_sign),
    Allowed("WindowCenter", "window", _window("WindowCenter")),
    Allowed("WindowWidth", "window", _window("WindowWidth")),
    Allowed("VOILUTFunction", "window: its shape", _term("VOILUTFunction", "LINEAR", "LINEAR_EXACT", "SIGMOID")),
    Allowed("VOILUTSequence", "window", luts.voi_lut),
    Allowed("PresentationLUTShape", "window: is it inverted", _term("PresentationLUTShape", "IDENTITY", "INVERSE")),
)


def read_allowed(field: Allowed, source: Dataset) -> Any:
    """The field's value out of a source header, or None. Raises Refused for a malformed modality LUT."""
    try:
        return field.read(source)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        if field.keyword == "ModalityLUTSequence":
            raise Refused("decoding", "malformed modality LUT") from None
        return None  # a broken hint for display: the image is whole without it
