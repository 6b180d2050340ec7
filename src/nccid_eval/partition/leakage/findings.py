"""What a leakage audit found: one check a row, clean, leaking or not assessable, and every leak by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    CLEAN = "clean"
    LEAK = "leak"
    LOOK = "to be looked at"  # may be a copy: a person has to see the two
    NOT_ASSESSABLE = "not assessable"  # nothing to compare with: never a pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """The same thing in both parts, or a patient in the wrong one; `training` and `validation` say where."""

    what: str
    training: tuple[str, ...]
    validation: tuple[str, ...]
    distance: int | None = None  # of near-duplicates: bits by which their hashes differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`training` and `validation` count what was compared; `note` says what the status leaves open."""

    name: str
    status: Status
    training: int
    validation: int
    leaks: tuple[Leak, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """`warehouse` holds the validation part, `training_of` the training part: names for people."""

    warehouse: str
    checks: tuple[Check, ...]
    training_of: str = ""
    validation_images: tuple[str, ...] = ()  # SHA-256 of each file in validation/ that was compared, sorted
    version: str = ""  # of nccid_eval

    @property
    def status(self) -> Status:
        """A leak anywhere is a leak; without one, a check that could not be made leaves the whole open."""
        found = {check.status for check in self.checks}
        worst = (Status.LEAK, Status.NOT_ASSESSABLE, Status.LOOK)
        return next((one for one in worst if one in found), Status.CLEAN)


def judged(
    name: str,
    *,
    training: int,
    validation: int,
    leaks: Sequence[Leak],
    missing: str = "",
    note: str = "",
    found: Status = Status.LEAK,
) -> Check:
    """A check of what was compared: `found` where there are leaks, not assessable where nothing could be compared.

    `missing` says why it could not be made at all, `note` what a clean one leaves open.
    """
    why = missing or _nothing(training, validation)
    status = found if leaks else Status.NOT_ASSESSABLE if why else Status.CLEAN
    said = "; ".join(one for one in (why, note) if one)
    return Check(name=name, status=status, training=training, validation=validation, leaks=tuple(leaks), note=said)


def _nothing(training: int, validation: int) -> str:
    empty = [part for part, count in (("training", training), ("validation", validation)) if not count]
    return f"nothing to compare in {' and '.join(f'{part}/' for part in empty)}" if empty else ""
