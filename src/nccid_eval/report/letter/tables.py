"""What stands in which cell of the letter's tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nccid_eval.records import Measure, VendorFailure, Verdict
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.fitting import fitted
from nccid_eval.report.parts.tables import Cell, Table, count_cell, measure_cell
from nccid_eval.report.parts.verdicts import sign

LABEL = 48  # room in ordinary letters
REASONS = 5  # of one outcome that are shown


def verdicts(given: Iterable[Verdict], level: str) -> Table:
    """Each criterion with its bar, the result, and the verdict by word and sign."""
    headings = ("Criterion", "Verdict", f"Your result ({level} interval)", "Bar", "Kind")
    return Table(caption="Verdict on each criterion", headings=headings, rows=tuple(map(_verdict, given)))


def _verdict(given: Verdict) -> tuple[Cell, ...]:
    name = given.criterion.metric
    return (
        Cell(text=fitted(wording.metric(name).label, LABEL)),
        Cell(text=f"{sign(given.verdict)} {given.verdict}", kind="verdict-word"),
        measure_cell(name, given.measure),
        Cell(text=f"above {wording.value(name, given.criterion.bar)}", kind="number"),
        Cell(text="primary" if given.criterion.primary else "secondary"),
    )


def measures(given: Mapping[str, Measure], level: str) -> Table:
    """All overall measures that were released."""
    rows = tuple(
        (Cell(text=fitted(wording.metric(name).label, LABEL)), measure_cell(name, one)) for name, one in given.items()
    )
    return Table(caption="Over all cases together", headings=("Measure", f"Value ({level} interval)"), rows=rows)


def failures(given: Iterable[VendorFailure], counted: str) -> Table:
    """One row an outcome: what it means and the reasons that led to it."""
    rows = tuple(
        (
            Cell(text=one.outcome),
            count_cell(one.cases),
            Cell(text=one.meaning),
            Cell(text=_because(one)),
        )
        for one in given
    )
    headings = ("Outcome", counted.capitalize(), "What it means", "Why")
    return Table(caption="Without a usable answer, by outcome", headings=headings, rows=rows)


def refused(given: Iterable[VendorFailure]) -> Table:
    """The same of synthetic cases, whose reasons are told together."""
    rows = tuple((Cell(text=one.outcome), count_cell(one.cases), Cell(text=one.meaning)) for one in given)
    headings = ("Outcome", "Cases", "What it means")
    return Table(caption="Synthetic cases that failed, by outcome", headings=headings, rows=rows)


def _because(given: VendorFailure) -> str:
    """The reasons that led to it, as many as a letter holds."""
    more = len(given.because) - REASONS
    told = [*given.because[:REASONS], *([f"and {more} more: see vendor.json"] if more > 0 else [])]
    return "; ".join(told) or "not told apart"
