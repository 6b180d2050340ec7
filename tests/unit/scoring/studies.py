"""Small studies for the tests of scoring, written out or drawn from a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from nccid_eval.records import Criterion, Estimate, Measure, NotEstimable, Plan, Predictions, Scorecard, Truth
from nccid_eval.scoring import score

PLAN = Plan(
    level=0.95,
    prevalences=(0.05, 0.34),
    replicates=200,
    seed=7,
    attributes=("sex", "site", "view", "maker"),
    minimum_patients=10,
    criteria=(Criterion(metric="sensitivity", bar=0.7), Criterion(metric="auc", bar=0.75)),
    digest="sha256:plan",
)


def study(
    scores: Sequence[float | None],
    labels: Sequence[int],
    patients: Sequence[str] | None = None,
    attributes: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Predictions, Truth]:
    """None is a failure (timeout); without `patients` each case has its own."""
    case = np.array([f"c{at}" for at in range(len(scores))])
    answered = np.array([one is not None for one in scores], dtype=np.bool_)
    truth = Truth(
        case=case,
        patient=np.array(patients if patients is not None else [f"p{at}" for at in range(len(scores))]),
        label=np.array(labels, dtype=np.bool_),
        attributes={name: np.array(values) for name, values in (attributes or {}).items()},
    )
    values = np.array([0.0 if one is None else one for one in scores])
    outcome = np.where(answered, "ok", "timeout")
    return Predictions(case=case, score=values, answered=answered, outcome=outcome), truth


def drawn(seed: int, patients: int, levels: Mapping[str, int], images: int = 3) -> tuple[Predictions, Truth]:
    """Patients with one to `images` cases, 40% diseased, 3% failures; attributes belong to the patient but `view`."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(patients), rng.integers(1, images + 1, patients))
    label = (rng.random(patients) < 0.4)[patient]
    score_ = rng.normal(size=patients)[patient] * 0.7 + rng.normal(size=len(patient)) * 0.7 + 1.4 * label
    attributes = {}
    for name, number in levels.items():
        each = rng.integers(0, number, len(patient)) if name == "view" else rng.integers(0, number, patients)[patient]
        attributes[name] = [f"{name}{one}" for one in each]
    failed = rng.random(len(patient)) < 0.03
    scores = [None if bad else float(one) for one, bad in zip(score_, failed, strict=True)]
    return study(scores, label.tolist(), [f"p{one}" for one in patient], attributes)


def card(study_: tuple[Predictions, Truth], threshold: float = 0.5, **changes: object) -> Scorecard:
    plan = replace(PLAN, **changes)  # type: ignore[arg-type]
    predictions, truth = study_
    return score(
        predictions, truth, plan, target="covid_positive", threshold=threshold, partition_digest="sha256:part"
    )


def estimate(measure: Measure) -> Estimate:
    assert isinstance(measure, Estimate), measure
    return measure


def reason(measure: Measure) -> str:
    assert isinstance(measure, NotEstimable), measure
    return measure.reason
