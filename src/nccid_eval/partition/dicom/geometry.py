"""Where a CT or MR slice lies: the header's numbers, and the lines that stacks are judged by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

from nccid_eval.partition.dicom.values import clean_uid
from nccid_eval.partition.text import collapse

Vector = tuple[float, float, float]

_LARGEST = 1e9  # millimetres, or slices: what is computed with it stays finite
_LONGEST_NUMBER = 16  # characters of DS and IS
_SAME_DIRECTION = 0.999  # cosine of 2.6 degrees: more than rounding, less than any two planes of one examination


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What a header says of a slice's place. Millimetres, in the patient's axes; None for what is not there.

    `row` and `column` are the directions of ImageOrientationPatient, of length one.
    """

    series: str  # SeriesInstanceUID of the header
    position: Vector | None
    row: Vector | None
    column: Vector | None
    location: float | None
    number: int | None  # InstanceNumber
    spacing: tuple[float, float] | None
    acquisition: str
    echo: str
    frame: str = ""  # FrameOfReferenceUID

    @property
    def normal(self) -> Vector | None:
        """Row x column: at a right angle to the slice."""
        return None if self.row is None or self.column is None else _cross(self.row, self.column)

    def along(self, direction: Vector | None) -> float | None:
        """The position along a direction of length one, in millimetres."""
        return None if self.position is None or direction is None else _dot(self.position, direction)


def read_slice(ds: Dataset) -> Slice:
    """Read what there is; a number that is none, not finite or beyond all measure counts as not there."""
    position, orientation = _numbers(ds, "ImagePositionPatient", 3), _numbers(ds, "ImageOrientationPatient", 6)
    spacing, location = _numbers(ds, "PixelSpacing", 2), _numbers(ds, "SliceLocation", 1)
    number = _numbers(ds, "InstanceNumber", 1)
    row, column = _directions(orientation)
    return Slice(
        series=clean_uid(ds.get("SeriesInstanceUID")),
        position=(position[0], position[1], position[2]) if position else None,
        row=row,
        column=column,
        location=location[0] if location else None,
        number=int(number[0]) if number else None,
        spacing=(spacing[0], spacing[1]) if spacing else None,
        acquisition=collapse(ds.get("AcquisitionNumber"))[:_LONGEST_NUMBER],
        echo=collapse(ds.get("EchoTime"))[:_LONGEST_NUMBER],
        frame=clean_uid(ds.get("FrameOfReferenceUID")),
    )


def upward(normal: Vector | None) -> Vector | None:
    """The normal or its opposite: towards the head, the back or the left, whichever it is nearest to."""
    if normal is None or max(normal, key=abs) > 0:
        return normal
    return (-normal[0], -normal[1], -normal[2])


def is_same_plane(one: Slice, other: Slice) -> bool:
    """Whether two slices' rows and columns run the same ways. Unknown directions are alike."""
    if one.row is None or one.column is None or other.row is None or other.column is None:
        return one.row is None and other.row is None
    return _dot(one.row, other.row) > _SAME_DIRECTION and _dot(one.column, other.column) > _SAME_DIRECTION


def _directions(orientation: tuple[float, ...]) -> tuple[Vector | None, Vector | None]:
    """Two directions at a right angle, or none: what is neither says nothing of the slice."""
    if not orientation:
        return None, None
    row, column = _unit(orientation[:3]), _unit(orientation[3:])
    if row is None or column is None or abs(_dot(row, column)) > 0.01:
        return None, None
    return row, column


def _unit(direction: tuple[float, ...]) -> Vector | None:
    length = math.hypot(*direction)
    if not 0.9 < length < 1.1:
        return None
    return (direction[0] / length, direction[1] / length, direction[2] / length)


def _numbers(ds: Dataset, keyword: str, count: int) -> tuple[float, ...]:
    try:
        value: Any = ds.get(keyword)
        parts = [value] if isinstance(value, str | int | float) else list(value or ())
        found = tuple(float(one) for one in parts)
    except (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError):
        return ()
    return found if len(found) == count and all(abs(one) <= _LARGEST for one in found) else ()


def _cross(one: Vector, other: Vector) -> Vector:
    return (
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    )


def _dot(one: Vector, other: Vector) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
