"""How the allowed fields are read: numbers as numbers, words out of closed lists, and None for all else."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

from pydicom.dataset import Dataset
from pydicom.valuerep import DSfloat

from nccid_eval.partition.text import collapse

# Each way that rows and columns may run: up to three letters, one of each axis of the body.
_DIRECTIONS = frozenset(
    "".join(letters)
    for count in (1, 2, 3)
    for axes in itertools.permutations(("LR", "AP", "HF"), count)
    for letters in itertools.product(*axes)
)
_IMAGE_TYPES = (("ORIGINAL", "DERIVED"), ("PRIMARY", "SECONDARY"), ("AXIAL", "OTHER"))
IMAGE_TYPES = tuple(itertools.chain.from_iterable(_IMAGE_TYPES))


def numbers(keyword: str, count: int) -> Callable[[Dataset], Any]:
    def read(ds: Dataset) -> Any:
        found = floats(ds, keyword)
        if len(found) != count or not all(math.isfinite(one) for one in found):
            return None
        return as_ds(found) if count > 1 else as_ds(found)[0]

    return read


def as_ds(values: Sequence[float]) -> list[DSfloat]:
    """Numbers written anew in at most sixteen characters, whatever the source's spelling was."""
    return [DSfloat(one, auto_format=True) for one in values]


def term(keyword: str, terms: Sequence[str]) -> Callable[[Dataset], Any]:
    def read(ds: Dataset) -> Any:
        said = collapse(ds.get(keyword)).upper()
        return said if said in terms else None

    return read


def window(keyword: str) -> Callable[[Dataset], Any]:
    """One of the two halves of a window. They go together: widths above zero, as many as centres."""

    def read(ds: Dataset) -> Any:
        pairs = {"WindowCenter": floats(ds, "WindowCenter"), "WindowWidth": floats(ds, "WindowWidth")}
        same = len(pairs["WindowCenter"]) == len(pairs["WindowWidth"]) > 0
        finite = all(math.isfinite(one) for numbers in pairs.values() for one in numbers)
        if not (same and finite and min(pairs["WindowWidth"]) > 0):
            return None
        return as_ds(pairs[keyword])

    return read


def floats(ds: Dataset, keyword: str) -> list[float]:
    value = ds.get(keyword)
    parts = [value] if isinstance(value, str | int | float) else list(value or ())
    return [float(one) for one in parts]


def padding(keyword: str) -> Callable[[Dataset], Any]:
    def read(ds: Dataset) -> Any:
        value = ds.get(keyword)
        signed = int(ds.get("PixelRepresentation", 0)) == 1
        low, high = (-32768, 32767) if signed else (0, 65535)
        return value if isinstance(value, int) and low <= value <= high else None

    return read


def image_type(ds: Dataset) -> Any:
    """The first three values where each is of its closed list; what makers add after them is left out."""
    value = ds.get("ImageType")
    said = [value] if isinstance(value, str) else [str(one) for one in value or ()]
    known = list(itertools.takewhile(lambda pair: pair[0] in pair[1], zip(said, _IMAGE_TYPES, strict=False)))
    return [one for one, _ in known] if len(known) >= 2 else None


def orientation(ds: Dataset) -> Any:
    value = ds.get("PatientOrientation")
    parts = [] if isinstance(value, str) else [str(one).upper() for one in value or ()]
    return parts if len(parts) == 2 and set(parts) <= _DIRECTIONS else None


def pixel_sign(ds: Dataset) -> Any:
    value = ds.get("PixelIntensityRelationshipSign")
    return value if value in (1, -1) else None


def chest(ds: Dataset) -> Any:
    return "CHEST" if "CHEST" in collapse(ds.get("BodyPartExamined")).upper() else None
