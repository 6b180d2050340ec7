"""The page of a comparison: what stands on it, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nccid_eval.records import ComparedRun, Comparison, Estimate, NotEstimable
from nccid_eval.report.compared import figures, tables
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.page import page
from nccid_eval.report.parts.tables import facts

MEASURES = ("auc", "sensitivity", "specificity")


def render_comparison(comparison: Comparison) -> str:
    """The comparison as one HTML file: no script, no request, the same bytes for the same comparison."""
    level = wording.percent(comparison.plan.level)
    names = titles(comparison.runs)
    return page(
        "compared/comparison.html",
        {
            "comparison": comparison,
            "plan": comparison.plan,
            "level": level,
            "wording": wording,
            "facts": facts,
            "compared": tables,
            "target": wording.target_name(comparison.target),
            "names": names,
            "summary": summary(comparison, names),
            "roc": figures.rocs(comparison, names),
            "heat": _heat(comparison, names),
        },
    )


def titles(runs: tuple[ComparedRun, ...]) -> dict[str, str]:
    """Run id -> model and version; where these do not tell runs apart, with the id's last part, or all of it."""
    model = {one.run_id: f"{one.model} {one.version}".strip() for one in runs}
    short = {run_id: f"{title} ({run_id.rpartition('-')[2]})" if title else run_id for run_id, title in model.items()}
    whole = {run_id: f"{title} ({run_id})" if title else run_id for run_id, title in model.items()}
    chosen = next((one for one in (model, short) if all(one.values()) and len(set(one.values())) == len(runs)), whole)
    return {run_id: wording.clean(title) for run_id, title in chosen.items()}


def summary(comparison: Comparison, names: Mapping[str, str]) -> tuple[str, ...]:
    """What a reader with two minutes must know: who may stand first, and which differences are sure."""
    first = [
        names[one.run_id] for one in comparison.runs if not isinstance(one.rank, NotEstimable) and one.rank.low == 1
    ]
    sure = [
        one
        for one in comparison.differences
        if isinstance(one.difference, Estimate)
        and one.difference.p_adjusted is not None
        and one.difference.p_adjusted <= 1 - comparison.plan.level
    ]
    leading = (
        f"By AUC, {first[0]} stands first, and chance leaves no other run that place."
        if len(first) == 1
        else f"By AUC, chance leaves the first place open between {', '.join(first)}."
        if first
        else "Ranks could not be estimated."
    )
    found = (
        f"Of {len(comparison.differences)} differences between runs, {len(sure)} stay sure after correction for their"
        " number."
    )
    return leading, found, *_verdicts(comparison, names)


def _verdicts(comparison: Comparison, names: Mapping[str, str]) -> list[str]:
    """One sentence a new version."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in comparison.non_inferiority:
        said = f"{wording.metric(one.measure).label} {one.verdict}"
        found.setdefault((one.run, one.predecessor), []).append(said)
    return [
        f"{names[run]} against its predecessor {names[old]}: {', '.join(said)}." for (run, old), said in found.items()
    ]


def _heat(comparison: Comparison, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """A chart and a table for each measure, where there are groups to show."""
    if not any(run.by_group for run in comparison.runs):
        return []
    return [
        {
            "name": f"heat-{name}",
            "title": wording.metric(name).label,
            "chart": figures.heat(comparison, names, name),
            "table": tables.groups(comparison, names, name),
        }
        for name in MEASURES
    ]
