"""Tables as records: what stands in which cell. The templates only lay them out."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nccid_eval.records import Estimate, Evaluation, GroupScore, Measure, NotEstimable, Scorecard
from nccid_eval.report import wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    text: str
    interval: str = ""  # on a line of its own below the text
    note: str = ""  # and on one more
    kind: str = "text"  # text | number | missing
    span: int = 1  # columns that it takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`rows` fill all columns; the first cell of each is the row's header."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def data_uri(rows: Iterable[Sequence[str | float | None]]) -> str:
    """A CSV file as a data: address. Text that a spreadsheet would run as a formula is disarmed by an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerows([[_csv_cell(cell) for cell in row] for row in rows])
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(text.getvalue().encode()).decode()


def _csv_cell(cell: str | float | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.6g}"
    if isinstance(cell, int):
        return str(cell)
    shown = wording.clean(cell)
    return "'" + shown if shown.lstrip()[:1] in ("=", "+", "-", "@") else shown


def facts(caption: str, pairs: Mapping[str, str], headings: tuple[str, str] = ("Item", "Value")) -> Table:
    rows = tuple((Cell(text=key), Cell(text=given)) for key, given in pairs.items())
    return Table(caption=caption, headings=headings, rows=rows)


def measures(caption: str, given: Mapping[str, Measure], level: str) -> Table:
    """All overall measures with their intervals, counts and methods."""
    rows = tuple(_measure_row(name, one) for name, one in given.items())
    headings = ("Measure", "Value", f"{level} interval", "Diseased cases", "Healthy cases", "Patients", "Method")
    return Table(caption=caption, headings=headings, rows=rows)


def _measure_row(name: str, measure: Measure) -> tuple[Cell, ...]:
    label = Cell(text=wording.metric(name).label)
    if isinstance(measure, NotEstimable):
        return (label, Cell(text=wording.not_estimable(measure), kind="missing", span=6))
    counts = (measure.positives, measure.negatives, measure.patients)
    numbers = (wording.value(name, measure.value), wording.interval(name, measure), *map(wording.count, counts))
    return (label, *(Cell(text=one, kind="number") for one in numbers), Cell(text=measure.method))


def _dash() -> Cell:
    return Cell(text="–", kind="missing")


def confusion(card: Scorecard) -> Table:
    """The 3x2 table: answers against the reference standard, failures on a row of their own."""
    counted = card.confusion
    headings = ("Index test", "Reference standard: diseased", "Reference standard: healthy", "Together")
    caption = "Cases by answer of the index test and by reference standard, at the declared threshold"
    if counted is None:
        return Table(caption=f"{caption}: suppressed", headings=headings, rows=())
    rows = (
        ("Positive", counted.true_positives, counted.false_positives - counted.failed_negatives),
        ("Negative", counted.false_negatives - counted.failed_positives, counted.true_negatives),
        ("No usable answer", counted.failed_positives, counted.failed_negatives),
    )
    whole = (
        *rows,
        (
            "All cases",
            counted.true_positives + counted.false_negatives,
            counted.true_negatives + counted.false_positives,
        ),
    )
    return Table(
        caption=caption,
        headings=headings,
        rows=tuple((Cell(text=name), _count(ill), _count(well), _count(ill + well)) for name, ill, well in whole),
    )


def _count(number: int) -> Cell:
    return Cell(text=wording.count(number), kind="number")


def predictive_values(card: Scorecard, level: str) -> Table:
    rows = []
    for one in card.predictive_values:
        where = wording.value("prevalence", one.prevalence) if one.of_partition else wording.percent(one.prevalence)
        label = f"{where} (in this partition)" if one.of_partition else where
        cells = (measure_cell("ppv", one.ppv), measure_cell("npv", one.npv))
        rows.append((Cell(text=label), *cells, Cell(text=_of_thousand(card, one.prevalence))))
    headings = ("Prevalence", f"PPV ({level} interval)", f"NPV ({level} interval)", "Of 1,000 people tested")
    return Table(caption="What a result means at stated prevalences", headings=headings, rows=tuple(rows))


def _of_thousand(card: Scorecard, prevalence: float) -> str:
    """The overall sensitivity and specificity as natural frequencies, rounded to whole people."""
    found, cleared = card.overall.get("sensitivity"), card.overall.get("specificity")
    if not isinstance(found, Estimate) or not isinstance(cleared, Estimate):
        return "cannot be said without sensitivity and specificity"
    ill = round(1000 * prevalence)
    true, false = round(ill * found.value), round((1000 - ill) * (1 - cleared.value))
    return (
        f"{ill} have the disease: {true} are found, {ill - true} missed. "
        f"{1000 - ill} do not: {false} are flagged all the same."
    )


def measure_cell(name: str, measure: Measure) -> Cell:
    if isinstance(measure, NotEstimable):
        return Cell(text=wording.not_estimable(measure), kind="missing")
    return Cell(text=wording.value(name, measure.value), interval=wording.interval(name, measure), kind="number")


def groups(attribute: str, levels: Mapping[str, GroupScore], level: str) -> Table:
    """Counts and measures of each level of an attribute; a suppressed level keeps its row."""
    names = _names(one.measures for one in levels.values())
    title = wording.attribute_name(attribute)
    measured = (f"{wording.metric(name).label} ({level} interval)" for name in names)
    headings = (title, "Cases", "Diseased patients", "Healthy patients", *measured)
    rows = tuple(
        (_level(key), *(_whole_row(one.measures, len(names) + 3) or _group_cells(one, names)))
        for key, one in levels.items()
    )
    return Table(caption=f"{title}: each group by itself", headings=headings, rows=rows)


def differences(attribute: str, levels: Mapping[str, GroupScore], level: str) -> Table:
    """Each group against all other cases, with the raw and the adjusted p."""
    names = _names(one.differences for one in levels.values())
    title = wording.attribute_name(attribute)
    headings = (title, *(f"{wording.metric(name).label}: difference ({level} interval)" for name in names))
    rows = tuple(
        (_level(key), *(_whole_row(one.differences, len(names)) or _difference_cells(one, names)))
        for key, one in levels.items()
    )
    return Table(caption=f"{title}: each group against all other cases", headings=headings, rows=rows)


def _level(key: str) -> Cell:
    return Cell(text=key or "not recorded")


def _whole_row(given: Mapping[str, Measure], columns: int) -> tuple[Cell, ...]:
    """One cell across the row where all of it is suppressed for one reason, else nothing."""
    reasons = {one.reason if isinstance(one, NotEstimable) and one.suppressed else None for one in given.values()}
    reason = reasons.pop() if len(reasons) == 1 else None
    return (Cell(text=reason, kind="missing", span=columns),) if reason else ()


def _group_cells(score: GroupScore, names: tuple[str, ...]) -> tuple[Cell, ...]:
    measured = tuple(_cell_of(name, score.measures) for name in names)
    if score.counts is None:
        return (Cell(text="counts suppressed", kind="missing", span=3), *measured)
    healthy = _dash() if score.counts.diseased_only else _count(score.counts.healthy_patients)
    return (_count(score.counts.cases), _count(score.counts.diseased_patients), healthy, *measured)


def _difference_cells(score: GroupScore, names: tuple[str, ...]) -> tuple[Cell, ...]:
    given = (score.differences.get(name) for name in names)
    return tuple(
        _dash() if one is None else difference_cell(name, one) for name, one in zip(names, given, strict=True)
    )


def difference_cell(name: str, measure: Measure) -> Cell:
    if isinstance(measure, NotEstimable):
        return Cell(text=wording.not_estimable(measure), kind="missing")
    p = f"p {wording.p_value(measure.p)}, adjusted {wording.p_value(measure.p_adjusted)}"
    return Cell(
        text=wording.difference(name, measure),
        interval=wording.difference_interval(name, measure),
        note=p if measure.p is not None else "",
        kind="number",
    )


def _names(given: Iterable[Mapping[str, Measure]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in given for name in one))


def _cell_of(name: str, given: Mapping[str, Measure]) -> Cell:
    return measure_cell(name, given[name]) if name in given else _dash()


def failures(card: Scorecard) -> Table:
    rows = tuple(
        (Cell(text=wording.OUTCOMES.get(name, name)), _count(number))
        for name, number in card.failures.items()
        if name != "ok"
    )
    return Table(caption="Cases without a usable answer, by outcome", headings=("Outcome", "Cases"), rows=rows)


ANALYSES = {
    "excluded": "left out",
    "as_positive": "counted as a positive answer",
    "as_negative": "counted as a negative answer",
}


def failure_analyses(card: Scorecard, level: str) -> Table:
    names = tuple(dict.fromkeys(("sensitivity", "specificity", *_names(card.failure_analyses.values()))))
    primary = ("counted as wrong (primary analysis)", card.overall)
    given = (primary, *((ANALYSES.get(key, key), one) for key, one in card.failure_analyses.items()))
    rows = tuple((Cell(text=label), *(_cell_of(name, one) for name in names)) for label, one in given)
    headings = ("Failures are …", *(f"{wording.metric(name).label} ({level} interval)" for name in names))
    return Table(caption="The same results under four ways of counting failures", headings=headings, rows=rows)


def flow(evaluation: Evaluation) -> Table:
    rows = tuple(
        (
            Cell(text=step.stage),
            Cell(text="went on" if step.kept else "left out"),
            Cell(text=step.reason),
            *map(_count, (step.images, step.studies, step.patients)),
        )
        for step in evaluation.flow
    )
    headings = ("Stage", "Went on or left out", "Which", "Images", "Studies", "Patients")
    return Table(caption="The flow of images, studies and patients in numbers", headings=headings, rows=rows)
