"""Puts figures, tables and sentences into the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nccid_eval.records import Calibration, Evaluation, GroupScore, Scorecard
from nccid_eval.report import explorer
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.page import page
from nccid_eval.report.parts.tables import facts
from nccid_eval.report.technical import (
    anchors,
    audit_tables,
    bias_figures,
    bias_tables,
    curves,
    findings,
    forest,
    methods,
    population,
    probability_figures,
    probability_tables,
    protocol,
    quality_tables,
    standard,
    stard,
    tables,
    unseen,
)


def render(evaluation: Evaluation) -> str:
    """The report as one HTML file: no request, one script where there is an explorer, the same bytes every time."""
    context = _context(evaluation)
    return page("technical/report.html", context, script="explorer/explorer.js" if context["explorer"] else "")


def _context(evaluation: Evaluation) -> dict[str, Any]:
    card = evaluation.scorecard
    level = wording.percent(card.plan.level)
    counted = standard.counted(evaluation.units)
    return {
        "evaluation": evaluation,
        "card": card,
        "plan": card.plan,
        "submission": evaluation.submission,
        "partition": evaluation.partition,
        "run": evaluation.run,
        "plan_fixed": evaluation.plan_fixed,
        "level": level,
        "wording": wording,
        "tables": tables,
        "facts": facts,
        "target": wording.target_name(card.target),
        "standard": standard,
        "counted": counted,
        "images": wording.images_name(evaluation.partition.rules if evaluation.partition else None),
        "badges": findings.badges(card),
        "summary": findings.summary(card, counted),
        "worse": findings.worse_groups(card),
        "unseen": findings.unseen_groups(card),
        "conclusion": findings.conclusion(card),
        "measured": {anchors.measure(name) for name in card.overall},
        "caveats": findings.caveats(evaluation),
        "not_judged": population.not_judged(card),
        "roc": curves.roc(card),
        **explorer.section(evaluation),
        "groups": _groups(card, card.by_group, level, "group"),
        **_bias(card, level),
        **_probability(card),
        "audit": card.audit,
        "audit_tables": audit_tables,
        "power": card.power,
        "quality": evaluation.quality,
        "quality_tables": quality_tables,
        **_study(evaluation),
    }


def _study(evaluation: Evaluation) -> dict[str, Any]:
    """How the study was made, of whom, by what methods, and what of it is reported."""
    return {
        "deviations": protocol.deviations(evaluation),
        "unseen_words": unseen,
        "population": population,
        "declared": population.declared(evaluation),
        "tested": population.tested(evaluation.scorecard),
        "commit": protocol.commit(evaluation.commit),
        "methods": methods,
        "stard": stard.rows(evaluation),
    }


def _bias(card: Scorecard, level: str) -> dict[str, Any]:
    """What lies between groups; nothing of it where scoring made none."""
    if card.bias is None:
        return {"bias": None, "crossings": []}
    return {
        "bias": card.bias,
        "bias_tables": bias_tables,
        "gaps_chart": bias_figures.gaps(card.bias.gaps),
        "sites_chart": bias_figures.between_sites(card.bias.between_sites),
        "crossings": _groups(card, card.bias.intersections, level, "crossing"),
    }


def _probability(card: Scorecard) -> dict[str, Any]:
    """Charts of an output that claims to be a probability; `calibration` is None where it does not."""
    known = card.calibration if isinstance(card.calibration, Calibration) else None
    return {
        "calibration": known,
        "calibration_chart": probability_figures.calibration(known) if known else None,
        "decisions_chart": probability_figures.decisions(card.decision_curves),
        "probability_tables": probability_tables,
    }


def _groups(
    card: Scorecard, given: Mapping[str, Mapping[str, GroupScore]], level: str, name: str
) -> list[dict[str, Any]]:
    """Attributes may be hostile strings, so a number names them inside the page."""
    return [
        _group(card, attribute, levels, f"{name}-{number}", level)
        for number, (attribute, levels) in enumerate(given.items(), start=1)
        if levels
    ]


def _group(card: Scorecard, attribute: str, given: Mapping[str, GroupScore], name: str, level: str) -> dict[str, Any]:
    levels = {key: given[key] for key in sorted(given, key=wording.level_order)}
    return {
        "name": name,
        "title": wording.attribute_name(attribute),
        "chart": forest.forest(card, attribute, levels, name),
        "measures": tables.groups(attribute, levels, level, name),
        "differences": tables.differences(attribute, levels, level),
    }
