"""What the reference standard says of a patient, and of an image."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedEvent:
    """A step of the illness, its date settled.

    `followed_until` is the last day of which it is known that the event had not happened yet; None where no such day
    is known. `exclusion` says why nothing can be told of the event.
    """

    on: date | None  # None: it did not happen
    followed_until: date | None
    exclusion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedReading:
    on: date
    severity: str  # mild | moderate | severe


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientStandard:
    """A patient's status and the dates of the swabs that show it; or why there is none (`exclusion`).

    `event` and `readings` are there for the targets that ask for them.
    """

    positive: bool
    swab_dates: tuple[date, ...]
    exclusion: str = ""
    event: DatedEvent | None = None
    readings: tuple[DatedReading, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLabel:
    """`exclusion` is '' where the label holds."""

    positive: bool
    exclusion: str = ""


def excluded(reason: str) -> ImageLabel:
    return ImageLabel(positive=False, exclusion=reason)
