"""The scorecard's JSON form, `nccid-eval/scorecard/1`, and back. Floats keep all their digits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from nccid_eval.records import (
    ConfusionTable,
    Counts,
    Criterion,
    Estimate,
    GroupScore,
    Measure,
    NotEstimable,
    Plan,
    PredictiveValues,
    RocPoint,
    Scorecard,
    Verdict,
)

SCHEMA = "nccid-eval/scorecard/1"
_NOT_MEASURES = ("counts", "differences")


def to_json(scorecard: Scorecard) -> dict[str, Any]:
    """Plain dicts, lists, texts and finite numbers; what cannot be estimated is {"reason": …} in its place."""
    card = scorecard
    return {
        "schema": SCHEMA,
        "target": card.target,
        "threshold": card.threshold,
        "partition_digest": card.partition_digest,
        "gate": card.gate,
        "counts": asdict(card.counts),
        "overall": _measures(card.overall),
        "verdicts": [
            {**asdict(one.criterion), "verdict": one.verdict, "measure": _measure(one.measure)}
            for one in card.verdicts
        ],
        "confusion": asdict(card.confusion),
        "predictive_values": [
            {
                "prevalence": one.prevalence,
                "of_partition": one.of_partition,
                "ppv": _measure(one.ppv),
                "npv": _measure(one.npv),
            }
            for one in card.predictive_values
        ],
        "by_group": {
            attribute: {level: _group(one) for level, one in levels.items()}
            for attribute, levels in card.by_group.items()
        },
        "failures": dict(card.failures),
        "failure_analyses": {name: _measures(one) for name, one in card.failure_analyses.items()},
        "roc": [asdict(one) for one in card.roc],
        "plan": {
            **asdict(card.plan),
            "prevalences": list(card.plan.prevalences),
            "attributes": list(card.plan.attributes),
            "criteria": [asdict(one) for one in card.plan.criteria],
        },
        "versions": dict(card.versions),
    }


def from_json(form: Mapping[str, Any]) -> Scorecard:
    """The scorecard that `to_json` was given, equal in every field. Raises ValueError for another schema."""
    if form.get("schema") != SCHEMA:
        raise ValueError(f"not {SCHEMA}: {form.get('schema')!r}")
    return Scorecard(
        target=form["target"],
        threshold=form["threshold"],
        plan=_to_plan(form["plan"]),
        partition_digest=form["partition_digest"],
        gate=form["gate"],
        counts=Counts(**form["counts"]),
        overall=_to_measures(form["overall"]),
        confusion=ConfusionTable(**form["confusion"]),
        predictive_values=tuple(
            PredictiveValues(**{**one, "ppv": _to_measure(one["ppv"]), "npv": _to_measure(one["npv"])})
            for one in form["predictive_values"]
        ),
        roc=tuple(RocPoint(**one) for one in form["roc"]),
        by_group={
            attribute: {level: _to_group(one) for level, one in levels.items()}
            for attribute, levels in form["by_group"].items()
        },
        failures=dict(form["failures"]),
        failure_analyses={name: _to_measures(one) for name, one in form["failure_analyses"].items()},
        verdicts=tuple(
            Verdict(
                criterion=Criterion(metric=one["metric"], bar=one["bar"]),
                measure=_to_measure(one["measure"]),
                verdict=one["verdict"],
            )
            for one in form["verdicts"]
        ),
        versions=dict(form["versions"]),
    )


def _measure(measure: Measure) -> dict[str, Any]:
    if isinstance(measure, NotEstimable):
        return {"reason": measure.reason} | ({"suppressed": True} if measure.suppressed else {})
    if not all(math.isfinite(one) for one in (measure.value, measure.low, measure.high)):
        raise ValueError(f"an estimate is not finite: {measure}")
    return {name: value for name, value in asdict(measure).items() if value is not None}


def _measures(measures: Mapping[str, Measure]) -> dict[str, Any]:
    return {name: _measure(one) for name, one in measures.items()}


def _group(group: GroupScore) -> dict[str, Any]:
    return {
        **_measures(group.measures),
        "counts": asdict(group.counts) if group.counts else None,
        "differences": _measures(group.differences),
    }


def _to_measure(form: Mapping[str, Any]) -> Measure:
    return NotEstimable(**form) if "reason" in form else Estimate(**form)


def _to_measures(form: Mapping[str, Any]) -> dict[str, Measure]:
    return {name: _to_measure(one) for name, one in form.items()}


def _to_group(form: Mapping[str, Any]) -> GroupScore:
    return GroupScore(
        counts=Counts(**form["counts"]) if form["counts"] else None,
        measures=_to_measures({name: one for name, one in form.items() if name not in _NOT_MEASURES}),
        differences=_to_measures(form["differences"]),
    )


def _to_plan(form: Mapping[str, Any]) -> Plan:
    return Plan(
        **{
            **form,
            "prevalences": tuple(form["prevalences"]),
            "attributes": tuple(form["attributes"]),
            "criteria": tuple(Criterion(**one) for one in form["criteria"]),
        }
    )
