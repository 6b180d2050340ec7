"""What the explorer's template needs: the record for the script, and the declared point as a table and a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nccid_eval.records import Evaluation, RocPoint, Scorecard
from nccid_eval.report.explorer.points import explorable
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.picture import KINDS, Kind, key, picture
from nccid_eval.report.parts.tables import Cell, Table, measure_cell
from nccid_eval.report.parts.thousand import IN_WORDS, of_thousand

PREVALENCE = 0.05  # where the slider starts


@dataclass(frozen=True, slots=True, kw_only=True)
class Explorer:
    """`record` is JSON for the script; `table`, `picture` and `in_words` are of the declared threshold."""

    record: str
    threshold: str
    was_declared: str  # after "the threshold"
    prevalence: str
    presets: tuple[tuple[str, float], ...]  # words, prevalence
    ticks: tuple[float, ...]  # thresholds that can be chosen
    kinds: Mapping[str, Kind]
    keys: tuple[tuple[str, str, int, str], ...]  # kind, its shape, how many of the 1,000, in words
    has_borrowed: bool
    table: Table
    picture: str
    in_words: str


def section(evaluation: Evaluation) -> dict[str, Any]:
    """`explorer`, or None and in `unexplored` the reason in a sentence."""
    points, reason = explorable(evaluation.scorecard)
    return {"explorer": _explorer(evaluation, points) if points else None, "unexplored": reason}


def _explorer(evaluation: Evaluation, points: Sequence[RocPoint]) -> Explorer:
    card = evaluation.scorecard
    people = of_thousand(card, PREVALENCE)
    if people is None:
        raise TypeError("an explorer without sensitivity and specificity")
    is_declared = evaluation.run is not None
    return Explorer(
        record=_record(card, points, is_declared=is_declared),
        threshold=wording.threshold(card.threshold),
        was_declared="that the vendor declared before the run" if is_declared else "that was given for this scoring",
        prevalence=wording.percent(PREVALENCE),
        presets=_presets(card),
        ticks=tuple(one.threshold for one in points),
        kinds=KINDS,
        keys=tuple((name, key(kind), getattr(people, name), kind.name) for name, kind in KINDS.items()),
        has_borrowed=any(one.sensitivity_borrowed or one.specificity_borrowed for one in points),
        table=_table(card),
        picture=picture(people, people.in_words),
        in_words=people.in_words,
    )


def _record(card: Scorecard, points: Sequence[RocPoint], *, is_declared: bool) -> str:
    """Rows of a threshold, then of sensitivity and of specificity the value, low, high and whether it is borrowed."""
    rows = [
        [
            *(one.threshold, one.sensitivity, one.sensitivity_low, one.sensitivity_high, one.sensitivity_borrowed),
            *(one.specificity, one.specificity_low, one.specificity_high, one.specificity_borrowed),
        ]
        for one in points
    ]
    label = wording.threshold(card.threshold)
    place = next(at for at, one in enumerate(points) if one.threshold == card.threshold)
    return json.dumps(
        {
            "points": rows,
            "declared": place,
            "label": label,
            "atDeclared": "The threshold that the vendor declared before the run."
            if is_declared
            else "The threshold that was given for this scoring.",
            "exploratory": f"Exploratory: the vendor declared {label} before the run."
            if is_declared
            else f"Exploratory: {label} was given for this scoring.",
            "prevalence": PREVALENCE,
            "inWords": IN_WORDS,
        },
        separators=(",", ":"),
    )


def _presets(card: Scorecard) -> tuple[tuple[str, float], ...]:
    """The stated prevalences, and the partition's own."""
    stated = sorted({PREVALENCE, *(one.prevalence for one in card.predictive_values if not one.of_partition)})
    own = [one.prevalence for one in card.predictive_values if one.of_partition]
    here = [(f"{wording.value('prevalence', one)}, as in this partition", one) for one in own]
    return (*((wording.percent(one), one) for one in stated), *here)


def _table(card: Scorecard) -> Table:
    """Sensitivity and specificity, and what was scored at the prevalence where the explorer starts."""
    rows = [("Sensitivity", measure_cell("sensitivity", card.overall["sensitivity"]))]
    rows += [("Specificity", measure_cell("specificity", card.overall["specificity"]))]
    for one in card.predictive_values:
        if one.prevalence == PREVALENCE and not one.of_partition:
            at = f"where {wording.percent(PREVALENCE)} have the disease"
            rows += [(f"PPV {at}", measure_cell("ppv", one.ppv)), (f"NPV {at}", measure_cell("npv", one.npv))]
    return Table(
        caption=f"At the threshold of {wording.threshold(card.threshold)}",
        headings=("Measure", f"Value ({wording.percent(card.plan.level)} interval)"),
        rows=tuple((Cell(text=name), cell) for name, cell in rows),
    )
