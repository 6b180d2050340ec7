"""Ambiguous dates once more, with the dates of the patient's images beside them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date

from nccid_eval.partition.clinical.cells import Cell, Reason
from nccid_eval.partition.clinical.dates import Settled, arbitrate, clean_date, settle
from nccid_eval.partition.clinical.form import candidates
from nccid_eval.partition.clinical.record import ClinicalRecord
from nccid_eval.partition.clinical.schema import BY_NAME

_OF_AN_IMAGE = frozenset({"cxr_1_date", "cxr_2_date"})  # they are the date of an image, not near one


def settle_cells(record: ClinicalRecord, images: Sequence[date], *, days: int) -> ClinicalRecord:
    """The record with each ambiguous date cell holding the reading that its images settle; the reason stays.

    `images` are the dates of all of the patient's images, `days` how near one counts as near. Candidates stay.
    """
    cells = tuple(_settled(cell, images, record.submitted, days) for cell in record.cells)
    return dataclasses.replace(record, cells=cells)


def settle_readings(record: ClinicalRecord, images: Sequence[date]) -> ClinicalRecord:
    """The record with each radiologist's reading on one day: of those that its date can mean, the images' own."""
    readings = []
    for reading in record.readings:
        on = settle(reading.taken, images=images, submitted=record.submitted, days=0)
        readings.append(dataclasses.replace(reading, taken=(on,) if on else ()))
    return dataclasses.replace(record, readings=tuple(readings))


def settled_by(record: ClinicalRecord, images: Sequence[date], *, days: int) -> Mapping[str, Settled]:
    """What settled each ambiguous date cell of a record, by the field's name."""
    return {
        cell.field: arbitrate(candidates(cell), images=images, submitted=record.submitted, days=_days(cell, days))[1]
        for cell in record.cells
        if _is_ambiguous_date(cell)
    }


def _settled(cell: Cell, images: Sequence[date], submitted: date | None, days: int) -> Cell:
    if not _is_ambiguous_date(cell):
        return cell
    chosen, _ = arbitrate(candidates(cell), images=images, submitted=submitted, days=_days(cell, days))
    return dataclasses.replace(cell, value=chosen.isoformat()) if chosen else cell


def _is_ambiguous_date(cell: Cell) -> bool:
    return cell.reason is Reason.AMBIGUOUS and cell.field in BY_NAME and BY_NAME[cell.field].clean is clean_date


def _days(cell: Cell, days: int) -> int:
    return 0 if cell.field in _OF_AN_IMAGE else days
