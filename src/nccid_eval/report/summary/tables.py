"""The summary's one table: criteria, where there are more than fit beside each other."""

from __future__ import annotations

from collections.abc import Iterable

from nccid_eval.records import Verdict
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.fitting import fitted
from nccid_eval.report.parts.tables import Cell, Table, measure_cell
from nccid_eval.report.parts.verdicts import sign

LABEL = 48  # room in ordinary letters


def criteria(given: Iterable[Verdict], level: str) -> Table:
    """Each criterion with its verdict, its number and its bar."""
    headings = ("Criterion", "Verdict", f"Result ({level} interval)", "Bar")
    return Table(caption="Verdict on each criterion", headings=headings, rows=tuple(map(_row, given)))


def _row(given: Verdict) -> tuple[Cell, ...]:
    name = given.criterion.metric
    return (
        Cell(text=fitted(wording.metric(name).label, LABEL)),
        Cell(text=f"{sign(given.verdict)} {given.verdict}", kind="verdict-word"),
        measure_cell(name, given.measure),
        Cell(text=f"above {wording.value(name, given.criterion.bar)}", kind="number"),
    )
