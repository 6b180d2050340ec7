"""What stands in which cell of the technical report's tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nccid_eval.records import ConfusionTable, Evaluation, GroupScore, Measure, NotEstimable, Scorecard
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.tables import Cell, Table, count_cell, dash, difference_cell, measure_cell
from nccid_eval.report.parts.thousand import of_thousand
from nccid_eval.report.technical import anchors, methods

COMPLEMENTS = {"false_negative_rate": "sensitivity", "false_positive_rate": "specificity"}  # 1 less these: told once


def measures(caption: str, given: Mapping[str, Measure], level: str) -> Table:
    """All overall measures with their intervals, counts and methods."""
    rows = tuple(_measure_row(name, one) for name, one in given.items())
    headings = ("Measure", "Value", f"{level} interval", "Diseased cases", "Healthy cases", "Patients", "Method")
    return Table(caption=caption, headings=headings, rows=rows, methods=methods.links("unit", "failure", "bootstrap"))


def _measure_row(name: str, measure: Measure) -> tuple[Cell, ...]:
    label = Cell(text=wording.metric(name).label, href=methods.of_measure(name), anchor=anchors.measure(name))
    if isinstance(measure, NotEstimable):
        return (label, Cell(text=wording.not_estimable(measure), kind="missing", span=6))
    counts = (measure.positives, measure.negatives, measure.patients)
    numbers = (wording.value(name, measure.value), wording.interval(name, measure), *map(wording.count, counts))
    return (label, *(Cell(text=one, kind="number") for one in numbers), Cell(text=measure.method))


def confusion(counted: ConfusionTable) -> Table:
    """The 3x2 table: answers against the reference standard, failures on a row of their own."""
    headings = ("Index test", "Reference standard: diseased", "Reference standard: healthy", "Together")
    whole = (
        *answers(counted),
        (
            "All cases",
            counted.true_positives + counted.false_negatives,
            counted.true_negatives + counted.false_positives,
        ),
    )
    return Table(
        caption="Cases by answer of the index test and by reference standard, at the declared threshold",
        headings=headings,
        rows=tuple(
            (Cell(text=name), count_cell(ill), count_cell(well), count_cell(ill + well)) for name, ill, well in whole
        ),
        methods=methods.links("failure"),
    )


def answers(counted: ConfusionTable) -> tuple[tuple[str, int, int], ...]:
    """Each answer with its diseased and healthy cases; failures apart, though they count as wrong."""
    return (
        ("Positive", counted.true_positives, counted.false_positives - counted.failed_negatives),
        ("Negative", counted.false_negatives - counted.failed_positives, counted.true_negatives),
        ("No usable answer", counted.failed_positives, counted.failed_negatives),
    )


def predictive_values(card: Scorecard, level: str) -> Table:
    rows = []
    for one in card.predictive_values:
        where = wording.value("prevalence", one.prevalence) if one.of_partition else wording.percent(one.prevalence)
        label = f"{where} (in this partition)" if one.of_partition else where
        cells = (measure_cell("ppv", one.ppv), measure_cell("npv", one.npv))
        people = of_thousand(card, one.prevalence)
        told = people.in_words if people else "cannot be said without sensitivity and specificity"
        rows.append((Cell(text=label), *cells, Cell(text=told)))
    headings = ("Prevalence", f"PPV ({level} interval)", f"NPV ({level} interval)", "Of 1,000 people tested")
    return Table(
        caption="What a result means at stated prevalences",
        headings=headings,
        rows=tuple(rows),
        methods=methods.of_measures(("ppv", "npv"), "bootstrap"),
    )


def groups(attribute: str, levels: Mapping[str, GroupScore], level: str, name: str = "") -> Table:
    """Counts and measures of each level of an attribute; a suppressed level keeps its row.

    Where the table has a `name`, claims can link to its rows.
    """
    given = _names(one.measures for one in levels.values())
    names = tuple(name for name in given if COMPLEMENTS.get(name) not in given)
    title = wording.attribute_name(attribute)
    measured = (f"{wording.metric(name).label} ({level} interval)" for name in names)
    headings = (title, "Cases", "Diseased patients", "Healthy patients", *measured)
    rows = tuple(
        (
            Cell(text=key or "not recorded", anchor=f"{name}-row-{number}" if name else ""),
            *(_whole_row(one.measures, len(names) + 3) or _group_cells(one, names)),
        )
        for number, (key, one) in enumerate(levels.items(), start=1)
    )
    how = methods.of_measures(names, "small-cells")
    return Table(caption=f"{title}: each group by itself", headings=headings, rows=rows, methods=how)


def differences(attribute: str, levels: Mapping[str, GroupScore], level: str) -> Table:
    """Each group against all other cases, with the raw and the adjusted p."""
    names = _names(one.differences for one in levels.values())
    title = wording.attribute_name(attribute)
    headings = (title, *(f"{wording.metric(name).label}: difference ({level} interval)" for name in names))
    rows = tuple(
        (
            Cell(text=key or "not recorded"),
            *(_whole_row(one.differences, len(names)) or _difference_cells(one, names)),
        )
        for key, one in levels.items()
    )
    how = methods.links("difference", "adjusted-p")
    return Table(caption=f"{title}: each group against all other cases", headings=headings, rows=rows, methods=how)


def _whole_row(given: Mapping[str, Measure], columns: int) -> tuple[Cell, ...]:
    """One cell across the row where all of it is suppressed for one reason, else nothing."""
    reasons = {one.reason if isinstance(one, NotEstimable) and one.suppressed else None for one in given.values()}
    reason = reasons.pop() if len(reasons) == 1 else None
    return (Cell(text=reason, kind="missing", span=columns),) if reason else ()


def _group_cells(score: GroupScore, names: tuple[str, ...]) -> tuple[Cell, ...]:
    measured = tuple(_cell_of(name, score.measures) for name in names)
    if score.counts is None:
        return (Cell(text="counts suppressed", kind="missing", span=3), *measured)
    healthy = dash() if score.counts.diseased_only else count_cell(score.counts.healthy_patients)
    return (count_cell(score.counts.cases), count_cell(score.counts.diseased_patients), healthy, *measured)


def _difference_cells(score: GroupScore, names: tuple[str, ...]) -> tuple[Cell, ...]:
    given = (score.differences.get(name) for name in names)
    return tuple(
        dash() if one is None else difference_cell(name, one) for name, one in zip(names, given, strict=True)
    )


def _names(given: Iterable[Mapping[str, Measure]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in given for name in one))


def _cell_of(name: str, given: Mapping[str, Measure]) -> Cell:
    return measure_cell(name, given[name]) if name in given else dash()


def failures(card: Scorecard) -> Table:
    rows = tuple(
        (Cell(text=wording.OUTCOMES.get(name, name)), count_cell(number))
        for name, number in card.failures.items()
        if name != "ok"
    )
    return Table(
        caption="Cases without a usable answer, by outcome",
        headings=("Outcome", "Cases"),
        rows=rows,
        methods=methods.links("failure"),
    )


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
    caption = "The same results under four ways of counting failures"
    return Table(caption=caption, headings=headings, rows=rows, methods=methods.links("failure-analyses"))


def flow(evaluation: Evaluation) -> Table:
    rows = tuple(
        (
            Cell(text=step.stage),
            Cell(text="went on" if step.kept else "left out"),
            Cell(text=step.reason) if step.reason else dash(),
            *map(count_cell, (step.images, step.studies, step.patients)),
        )
        for step in evaluation.flow
    )
    headings = ("Stage", "Went on or left out", "Which", "Images", "Studies", "Patients")
    caption = "The flow of images, studies and patients in numbers"
    return Table(caption=caption, headings=headings, rows=rows, methods=methods.links("flow"))
