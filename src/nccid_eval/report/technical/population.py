"""Who was tested, beside whom the vendor declares the model for. All of it is in the released groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nccid_eval.records import Evaluation, GroupScore, NotEstimable, Scorecard
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.tables import Cell, Table, count_cell, dash
from nccid_eval.report.technical import anchors, methods

DESCRIBED = (
    "sex", "age_band", "age", "ethnicity", "comorbidity", "smoking", "severity",
    "view", "modality", "maker", "quarter",
)  # fmt: skip
UNKNOWN = ("", "unknown")


def tested(card: Scorecard) -> Table:
    """Patients by sex, age and the like; a level that is suppressed keeps its row. No rows where nothing is known."""
    rows = tuple(
        (_name(card, attribute, key), *_patients(card.by_group[attribute][key]))
        for attribute in DESCRIBED
        if attribute in card.by_group
        for key in sorted(card.by_group[attribute], key=wording.level_order)
    )
    return Table(
        caption="Patients who were tested, by what is known of them and of their images",
        headings=("Who", "Patients", "Diseased patients", "Healthy patients"),
        rows=rows,
        methods=methods.links("small-cells"),
    )


def declared(evaluation: Evaluation) -> Table | None:
    """The declared population beside those who were tested; None where nothing was declared."""
    if evaluation.submission is None:
        return None
    uses, card = evaluation.submission.indications, evaluation.scorecard
    ages = "age_band" if "age_band" in card.by_group else "age"
    rows = (
        ("Age", f"from {uses.min_age_years:g} years", _told(card, ages)),
        ("Views", ", ".join(uses.views), _told(card, "view", uses.views)),
        ("Kinds of image", ", ".join(uses.modalities), _told(card, "modality", uses.modalities)),
    )
    return Table(
        caption="For whom the model is declared, and whom it was tested on",
        headings=("What", "Declared by the vendor", "Tested here"),
        rows=tuple((Cell(text=name), Cell(text=said), Cell(text=found)) for name, said, found in rows),
    )


def dates(card: Scorecard) -> str:
    """The quarters in which the images were taken; no finer date leaves."""
    known = sorted(key for key in card.by_group.get("quarter", ()) if key not in UNKNOWN)
    if not known:
        return "not told here: exact dates stay with the evaluator"
    return f"{known[0]} to {known[-1]}" if len(known) > 1 else known[0]


def sites(card: Scorecard) -> str:
    """How many sites, and of how many nothing can be shown."""
    found = {key: one for key, one in card.by_group.get(card.plan.site, {}).items() if key not in UNKNOWN}
    if not found:
        return "not known here"
    hidden = sum(one.counts is None for one in found.values())
    rest = f"; {wording.count(hidden)} of them may not be shown apart" if hidden else ""
    return f"{wording.many(len(found), 'site')}{rest}"


def not_judged(card: Scorecard) -> list[str]:
    """Attributes with those of their groups of which nothing can be shown."""
    found = []
    for attribute, levels in card.by_group.items():
        hidden = [key or "not recorded" for key in sorted(levels, key=wording.level_order) if _is_hidden(levels[key])]
        if hidden:
            found.append(f"{wording.attribute_name(attribute)}: {', '.join(hidden)}")
    return found


def _is_hidden(one: GroupScore) -> bool:
    return all(isinstance(measure, NotEstimable) for measure in one.measures.values())


def _name(card: Scorecard, attribute: str, key: str) -> Cell:
    text = f"{wording.attribute_name(attribute)}: {key or 'not recorded'}"
    return Cell(text=text, href=anchors.level(card, attribute, key))


def _patients(one: GroupScore) -> tuple[Cell, ...]:
    if one.counts is None:
        return (Cell(text=_reason(one), kind="missing", span=3),)
    healthy = dash() if one.counts.diseased_only else count_cell(one.counts.healthy_patients)
    return (count_cell(one.counts.patients), count_cell(one.counts.diseased_patients), healthy)


def _reason(one: GroupScore) -> str:
    reasons = (measure.reason for measure in one.measures.values() if isinstance(measure, NotEstimable))
    return next(reasons, "suppressed")


def _told(card: Scorecard, attribute: str, wanted: Iterable[str] = ()) -> str:
    levels: Mapping[str, GroupScore] = card.by_group.get(attribute, {})
    if not levels:
        return "not known here"
    names = dict.fromkeys([*wanted, *sorted(levels, key=wording.level_order)])
    return "; ".join(f"{name or 'not recorded'}: {_how_many(levels.get(name))}" for name in names)


def _how_many(one: GroupScore | None) -> str:
    if one is None:
        return "nobody"
    return "may not be shown" if one.counts is None else wording.many(one.counts.patients, "patient")
