"""The page of a comparison: what stands on it, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nccid_eval.records import ComparedRun, Comparison
from nccid_eval.report.compared import figures, forest, runs, summary, tables
from nccid_eval.report.compared.caveats import caveats
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.fitting import fitted
from nccid_eval.report.parts.page import page
from nccid_eval.report.parts.tables import facts
from nccid_eval.report.technical.standard import counted

MEASURES = ("auc", "sensitivity", "specificity")
NAME = 90  # room in ordinary letters: a name stands in many cells
FOREMOST = 6  # sure differences that the front page tells


def render_comparison(comparison: Comparison) -> str:
    """The comparison as one HTML file: no script, no request, the same bytes for the same comparison."""
    names = titles(comparison.runs)
    return page("compared/comparison.html", {**_front(comparison, names), **_sections(comparison, names)})


def _front(comparison: Comparison, names: Mapping[str, str]) -> dict[str, Any]:
    told = summary.differences(comparison, names)
    return {
        "comparison": comparison,
        "plan": comparison.plan,
        "level": wording.percent(comparison.plan.level),
        "wording": wording,
        "target": wording.target_name(comparison.target),
        "units": counted(comparison.units),
        "names": names,
        "leading": summary.leading(comparison, names),
        "told": told[:FOREMOST],
        "untold": len(told[FOREMOST:]),
        "versions": summary.versions(comparison, names),
        "worse": summary.worse(comparison, names),
        "caveats": caveats(comparison, names),
    }


def _sections(comparison: Comparison, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "facts": facts,
        "compared": tables,
        "runs": runs,
        "apart": runs.apart(comparison, counted(comparison.units)),
        "methods": tables.methods(comparison),
        "margins": tables.margins(comparison),
        "paired": forest.paired(comparison, names),
        "against": forest.against(comparison, names),
        "roc": figures.rocs(comparison, names),
        "heat": _heat(comparison, names),
    }


def titles(runs: tuple[ComparedRun, ...]) -> dict[str, str]:
    """Run id -> model and version; where these do not tell runs apart, with the id's last part, or all of it."""
    model = {one.run_id: f"{one.model} {one.version}".strip() for one in runs}
    short = {run_id: f"{title} ({run_id.rpartition('-')[2]})" if title else run_id for run_id, title in model.items()}
    whole = {run_id: f"{title} ({run_id})" if title else run_id for run_id, title in model.items()}
    chosen = next((one for one in (model, short) if all(one.values()) and len(set(one.values())) == len(runs)), whole)
    short_enough = {run_id: fitted(title, NAME) for run_id, title in chosen.items()}
    if len(set(short_enough.values())) == len(runs):
        return short_enough
    return {run_id: wording.clean(title) for run_id, title in chosen.items()}


def _heat(comparison: Comparison, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """A chart and a table for each measure, where there are groups to show."""
    if not any(run.by_group for run in comparison.runs):
        return []
    return [
        {
            "name": f"heat-{name}",
            "title": wording.metric(name).label,
            "chart": figures.heat(comparison, names, name),
            "tables": tables.groups(comparison, names, name),
        }
        for name in MEASURES
    ]
