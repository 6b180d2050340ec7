"""The fields that are read out of a source header, each with its reason. docs/headers.md is held to this table.

What is neither here nor in composition.py stays behind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.staging import luts, reading

KEPT, OUT = "kept", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """A header field that reaches a container, why, and how its value is read (None: the field is left out).

    `terms` is the closed list that its words are of; without any it holds numbers. `sliced` fields are CT's and MR's.
    """

    keyword: str
    why: str
    read: Callable[[Dataset], Any]
    terms: tuple[str, ...] = ()
    sliced: bool = False
    blank: str = OUT  # with blank headers: kept, or left out


def _number(keyword: str, why: str, count: int, *, sliced: bool = False, blank: str = OUT) -> Allowed:
    return Allowed(keyword=keyword, why=why, read=reading.numbers(keyword, count), sliced=sliced, blank=blank)


def _term(keyword: str, why: str, *terms: str, blank: str = OUT) -> Allowed:
    return Allowed(keyword=keyword, why=why, read=reading.term(keyword, terms), terms=terms, blank=blank)


def _other(keyword: str, why: str, read: Callable[[Dataset], Any], *, blank: str = OUT) -> Allowed:
    return Allowed(keyword=keyword, why=why, read=read, blank=blank)


ALLOWED: tuple[Allowed, ...] = (
    Allowed(
        keyword="ImageType",
        why="place: an axial slice as taken, or made of others",
        read=reading.image_type,
        terms=reading.IMAGE_TYPES,
        sliced=True,
    ),
    Allowed(keyword="BodyPartExamined", why="place", read=reading.chest, terms=("CHEST",)),
    _term("Laterality", "place", "R", "L"),
    _term("ImageLaterality", "place", "R", "L", "U", "B"),
    Allowed(
        keyword="PatientOrientation",
        why="place: which way up, in up to three letters each",
        read=reading.orientation,
        terms=("L", "R", "A", "P", "H", "F"),
    ),
    _number("ImageOrientationPatient", "place: the directions of rows and columns", 6),
    _number("PixelSpacing", "size in millimetres", 2),
    _number("ImagerPixelSpacing", "size at the detector", 2),
    _number("SliceThickness", "size in millimetres", 1, sliced=True),
    _number("SpacingBetweenSlices", "size in millimetres", 1, sliced=True),
    _other(
        "PixelPaddingValue",
        "decode: the value that means no picture",
        reading.padding("PixelPaddingValue"),
        blank=KEPT,
    ),
    _other(
        "PixelPaddingRangeLimit",
        "decode: to which value that goes",
        reading.padding("PixelPaddingRangeLimit"),
        blank=KEPT,
    ),
    _number("RescaleSlope", "decode: stored values to output units", 1, blank=KEPT),
    _number("RescaleIntercept", "decode: stored values to output units", 1, blank=KEPT),
    _term("RescaleType", "decode: the unit, US for none", "US", "HU", "OD", blank=KEPT),
    _other("ModalityLUTSequence", "decode: stored values to output units", luts.modality_lut, blank=KEPT),
    _term("PixelIntensityRelationship", "decode: how values follow exposure", "LIN", "LOG", "DISP"),
    _other("PixelIntensityRelationshipSign", "decode: does more exposure give larger values", reading.pixel_sign),
    _other("WindowCenter", "window", reading.window("WindowCenter")),
    _other("WindowWidth", "window", reading.window("WindowWidth")),
    _term("VOILUTFunction", "window: its shape", "LINEAR", "LINEAR_EXACT", "SIGMOID"),
    _other("VOILUTSequence", "window", luts.voi_lut),
    _term("PresentationLUTShape", "window: is it inverted", "IDENTITY", "INVERSE"),
)


def read_allowed(field: Allowed, source: Dataset) -> Any:
    """The field's value out of a source header, or None. Raises Refused for a malformed modality LUT."""
    try:
        return field.read(source)
    except (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError):
        if field.keyword == "ModalityLUTSequence":
            raise Refused("decoding", "malformed modality LUT") from None
        return None  # a broken hint for display: the image is whole without it
