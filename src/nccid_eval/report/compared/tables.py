"""Tables of a comparison: paired differences, non-inferiority, groups; and the methods that made them, numbered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from nccid_eval.records import ComparedRun, Comparison, Measure, NotEstimable
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.tables import Cell, Table, difference_cell, measure_cell

Names = Mapping[str, str]
Place = tuple[str, str]  # attribute, level
MOST_COLUMNS = 7  # runs beside each other: more would run off a printed page
SYMBOLS = {"non-inferior": "✓", "inferior": "✗", "inconclusive": "?"}


def differences(given: Comparison, names: Names, level: str) -> Table:
    """One row a pair: each measure's difference with raw and adjusted p, and a link to its method in `methods`."""
    numbered = methods(given)
    pairs: dict[tuple[str, str], dict[str, Measure]] = {}
    for one in given.differences:
        pairs.setdefault((one.first, one.second), {})[one.measure] = one.difference
    measures = tuple(dict.fromkeys(one.measure for one in given.differences))
    rows = tuple(
        (
            Cell(text=f"{names[first]} less {names[second]}"),
            *(_with_method(name, found[name], numbered) for name in measures),
        )
        for (first, second), found in pairs.items()
    )
    headings = ("Runs", *(f"{wording.metric(name).label}: difference ({level} interval)" for name in measures))
    return Table(caption="Paired differences; each leads to its method", headings=headings, rows=rows)


def _with_method(name: str, measure: Measure, numbered: tuple[str, ...]) -> Cell:
    cell = difference_cell(name, measure)
    if isinstance(measure, NotEstimable):
        return cell
    return replace(cell, href=f"method-{numbered.index(measure.method) + 1}")


def methods(given: Comparison) -> tuple[str, ...]:
    """Those of all differences, each once, in the order of the table."""
    found = (one.difference.method for one in given.differences if not isinstance(one.difference, NotEstimable))
    return tuple(dict.fromkeys(found))


def margins(given: Comparison) -> tuple[str, ...]:
    """Each measure with the margin by which a new version may be worse."""
    found = {one.measure: one.margin for one in given.non_inferiority}
    return tuple(f"{wording.metric(name).label} {wording.size_of_gap(name, one)}" for name, one in found.items())


def non_inferiority(given: Comparison, names: Names, level: str) -> Table:
    rows = tuple(
        (
            Cell(text=names[one.run]),
            Cell(text=wording.metric(one.measure).label),
            Cell(text=wording.size_of_gap(one.measure, one.margin), kind="number"),
            replace(
                difference_cell(one.measure, one.difference), note=""
            ),  # its p is of no difference, not of a margin
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


def place_name(place: Place) -> str:
    return f"{wording.attribute_name(place[0])}: {place[1] or 'not recorded'}"


def group_measure(run: ComparedRun, place: Place, name: str) -> Measure:
    """A group's measure in a run, or why it is not there."""
    score = run.by_group.get(place[0], {}).get(place[1])
    if score is None:
        return NotEstimable(reason="no such group in this run")
    return score.measures.get(name, NotEstimable(reason="not measured"))


def in_parts(given: Comparison, table: Callable[[Sequence[ComparedRun]], Table]) -> tuple[Table, ...]:
    """A table with a column a run; several where the runs are too many for a page, told apart by their captions."""
    parts = [given.runs[at : at + MOST_COLUMNS] for at in range(0, len(given.runs), MOST_COLUMNS)]
    made = [table(runs) for runs in parts]
    if len(made) == 1:
        return tuple(made)
    return tuple(replace(one, caption=f"{one.caption}, part {at}") for at, one in enumerate(made, start=1))


def groups(given: Comparison, names: Names, name: str) -> tuple[Table, ...]:
    """One measure: a row a group, a column a run; a suppressed group keeps its place."""
    rows, label = places(given), wording.metric(name).label

    def of(runs: Sequence[ComparedRun]) -> Table:
        return Table(
            caption=f"{label} of each group, as each run released it",
            headings=("Group", *(names[run.run_id] for run in runs)),
            rows=tuple(
                (Cell(text=place_name(one)), *(measure_cell(name, group_measure(run, one, name)) for run in runs))
                for one in rows
            ),
        )

    return in_parts(given, of)
