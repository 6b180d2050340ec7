"""Tables of a comparison: league, paired differences, non-inferiority, groups."""

from __future__ import annotations

from collections.abc import Mapping

from nccid_eval.records import ComparedRun, Comparison, Measure, NotEstimable
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.tables import Cell, Table, difference_cell, measure_cell

Names = Mapping[str, str]
Place = tuple[str, str]  # attribute, level
SYMBOLS = {"non-inferior": "✓", "inferior": "✗", "inconclusive": "?"}


def league(given: Comparison, names: Names, level: str) -> Table:
    """One row a run by falling AUC; the rank comes with the ranks that chance leaves open."""
    measures = tuple(dict.fromkeys(name for run in given.runs for name in run.measures))
    rows = tuple(
        (
            Cell(text=names[run.run_id]),
            Cell(text=run.vendor or "made elsewhere"),
            _rank(run),
            Cell(text=f"{run.threshold:g}", kind="number"),
            *(measure_cell(name, run.measures[name]) for name in measures),
        )
        for run in given.runs
    )
    shown = (f"{wording.metric(name).label} ({level} interval)" for name in measures)
    headings = ("Run", "Vendor", f"Rank ({level} interval)", "Declared threshold", *shown)
    return Table(caption="The runs by AUC", headings=headings, rows=rows)


def _rank(run: ComparedRun) -> Cell:
    if isinstance(run.rank, NotEstimable):
        return Cell(text=wording.not_estimable(run.rank), kind="missing")
    return Cell(text=str(run.rank.rank), interval=f"{run.rank.low} to {run.rank.high}", kind="number")


def differences(given: Comparison, names: Names, level: str) -> Table:
    """Every pair and measure, with raw and adjusted p."""
    rows = tuple(
        (
            Cell(text=f"{names[one.first]} less {names[one.second]}"),
            Cell(text=wording.metric(one.measure).label),
            difference_cell(one.measure, one.difference),
            Cell(text=_method(one.difference)),
        )
        for one in given.differences
    )
    headings = ("Runs", "Measure", f"Difference ({level} interval)", "Method")
    return Table(caption="Paired differences on the same cases", headings=headings, rows=rows)


def _method(measure: Measure) -> str:
    return "–" if isinstance(measure, NotEstimable) else measure.method


def non_inferiority(given: Comparison, names: Names, level: str) -> Table:
    rows = tuple(
        (
            Cell(text=names[one.run]),
            Cell(text=wording.metric(one.measure).label),
            Cell(text=wording.value(one.measure, one.margin), kind="number"),
            difference_cell(one.measure, one.difference),
            Cell(text=f"{SYMBOLS.get(one.verdict, '?')} {one.verdict}"),
        )
        for one in given.non_inferiority
    )
    headings = ("New version", "Measure", "Margin", f"New less predecessor ({level} interval)", "Verdict")
    return Table(caption="New versions against their predecessor", headings=headings, rows=rows)


def places(given: Comparison) -> list[Place]:
    """Every group of any run, attributes in the first run's order, levels as people sort them."""
    found: dict[str, dict[str, None]] = {}
    for run in given.runs:
        for attribute, levels in run.by_group.items():
            found.setdefault(attribute, {}).update(dict.fromkeys(levels))
    return [(name, level) for name, levels in found.items() for level in sorted(levels, key=wording.level_order)]


def group_measure(run: ComparedRun, place: Place, name: str) -> Measure:
    """A group's measure in a run, or why it is not there."""
    score = run.by_group.get(place[0], {}).get(place[1])
    if score is None:
        return NotEstimable(reason="no such group in this run")
    return score.measures.get(name, NotEstimable(reason="not measured"))


def groups(given: Comparison, names: Names, name: str) -> Table:
    """One measure: a row a group, a column a run; a suppressed group keeps its place."""
    rows = tuple(
        (
            Cell(text=f"{wording.attribute_name(place[0])}: {place[1] or 'not recorded'}"),
            *(measure_cell(name, group_measure(run, place, name)) for run in given.runs),
        )
        for place in places(given)
    )
    label = wording.metric(name).label
    headings = ("Group", *(names[run.run_id] for run in given.runs))
    return Table(caption=f"{label} of each group, as each run released it", headings=headings, rows=rows)
