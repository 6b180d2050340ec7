"""`strict_numerators`: what is released tells of no few patients called wrongly, rightly or failed; attacked."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from studies import PLAN, drawn, estimate, reason, study

from nccid_eval.errors import PredictionsError
from nccid_eval.records import Counts, Estimate, NotEstimable, Predictions, RocPoint, Scorecard, Truth
from nccid_eval.scoring import from_json, gate, score, to_json

MINIMUM = 10
STRICT = replace(PLAN, strict_numerators=True, replicates=100, permutations=100, intersections=(("sex", "view"),))
Study = tuple[Predictions, Truth]


@functools.cache
def made(seed: int, patients: int, images: int = 2, threshold: float = 0.5) -> tuple[Scorecard, Scorecard, Study]:
    """The full scorecard, what the gate releases of it, and the study; scores are called probabilities."""
    predictions, truth = drawn(seed, patients, {"sex": 2, "site": 4, "view": 2}, images)
    predictions.score[:] = expit(1.5 * (predictions.score - 0.7))
    full = score(predictions, truth, STRICT, target="t", threshold=threshold, partition_digest="", probability=True)
    return full, gate(full, truth, MINIMUM, predictions), (predictions, truth)


def flagged(studied: Study, kind: str, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Which cases count for a kind of number, and which of them are errors."""
    predictions, truth = studied
    failed = ~predictions.answered
    wrong = failed | ((predictions.score >= threshold) != truth.label)
    if kind == "failure_rate":
        return np.ones(len(failed), dtype=np.bool_), failed
    return (truth.label if kind == "sensitivity" else ~truth.label), wrong


def fewest(truth: Truth, chosen: np.ndarray, errors: np.ndarray) -> int:
    """Patients with an error or patients without one, among the chosen: the fewer."""
    return min(len(set(truth.patient[chosen & errors])), len(set(truth.patient[chosen & ~errors])))


CASES = [(1, 700, 0.5), (2, 400, 0.5), (3, 250, 0.7), (4, 120, 0.3), (5, 900, 0.15)]


@pytest.mark.parametrize(("seed", "patients", "threshold"), CASES)
@pytest.mark.parametrize("kind", ["sensitivity", "specificity", "failure_rate"])
def test_no_released_number_nor_sum_of_such_is_of_a_few(
    seed: int, patients: int, threshold: float, kind: str
) -> None:
    """Shown cells, all that the total less any of an attribute's shown cells leaves, and one cell less another."""
    _, found, studied = made(seed, patients, threshold=threshold)
    truth = studied[1]
    chosen, errors = flagged(studied, kind, threshold)
    if not isinstance(found.overall[kind], Estimate):
        assert fewest(truth, chosen, errors) < MINIMUM
        assert not any(
            isinstance(one.measures[kind], Estimate) for groups in found.by_group.values() for one in groups.values()
        )
        return
    shown: dict[tuple[str, str], np.ndarray] = {
        (name, level): truth.attributes[name] == level
        for name, levels in found.by_group.items()
        for level, one in levels.items()
        if isinstance(one.measures[kind], Estimate)
    }
    for row in (*shown.values(), np.ones(len(chosen), dtype=np.bool_)):
        assert fewest(truth, chosen & row, errors) >= MINIMUM
    for name in found.by_group:
        rows = [row for (attribute, _), row in shown.items() if attribute == name]
        for size in range(1, len(rows) + 1):
            for some in itertools.combinations(rows, size):
                left = chosen & ~np.logical_or.reduce(some)
                assert not left.any() or fewest(truth, left, errors) >= MINIMUM


@pytest.mark.parametrize(("seed", "patients", "threshold"), CASES)
def test_a_suppressed_group_leaves_no_trace_of_its_kind(seed: int, patients: int, threshold: float) -> None:
    _, found, _ = made(seed, patients, threshold=threshold)
    assert found.bias is not None
    gone = 0
    for name, levels in found.by_group.items():
        for kind in ("sensitivity", "specificity", "failure_rate"):
            hidden = [one for one in levels.values() if not isinstance(one.measures[kind], Estimate)]
            gone += len(hidden)
            for one in hidden:
                assert isinstance(one.differences.get(kind, NotEstimable(reason="")), NotEstimable)
                assert kind != "failure_rate" or one.counts is None or one.counts.failures is None
            if hidden:
                told = found.bias.gaps.get(name, {})
                made_of = {"sensitivity": ("equalised_odds", "underdiagnosis"), "specificity": ("equalised_odds",)}
                for measure in (kind, *made_of.get(kind, ())):
                    assert isinstance(told.get(measure, NotEstimable(reason="")), NotEstimable)
                assert name != "site" or isinstance(
                    found.bias.between_sites.get(kind, NotEstimable(reason="")), NotEstimable
                )
    assert gone


@pytest.mark.parametrize(("seed", "patients", "threshold"), CASES)
def test_no_other_name_gives_a_suppressed_number_away(seed: int, patients: int, threshold: float) -> None:
    """A false negative rate is a sensitivity too."""
    full, found, _ = made(seed, patients, threshold=threshold)
    pairs = [(full.overall, found.overall)]
    for name, levels in found.by_group.items():
        pairs += [(full.by_group[name][level].measures, one.measures) for level, one in levels.items()]
    for before, after in pairs:
        for kind in ("sensitivity", "specificity"):
            hidden, told = before[kind], [one.value for one in after.values() if isinstance(one, Estimate)]
            if isinstance(hidden, Estimate) and not isinstance(after[kind], Estimate):
                assert not any(abs(one - value) < 1e-9 for one in told for value in (hidden.value, 1 - hidden.value))


def test_few_false_negatives_take_all_that_is_made_of_them() -> None:
    full, found, _ = made(5, 250, threshold=0.1)
    assert 0 < full.confusion.false_negatives < 30  # type: ignore[union-attr]
    assert found.confusion is None
    for name in ("sensitivity", "lr_positive", "lr_negative"):
        assert "called wrongly, rightly or failed" in reason(found.overall[name])
    assert estimate(found.overall["specificity"]) == full.overall["specificity"]
    assert all(
        isinstance(one.ppv, NotEstimable) and isinstance(one.npv, NotEstimable) for one in found.predictive_values
    )
    assert isinstance(found.verdicts[0].measure, NotEstimable)
    assert found.verdicts[0].verdict == full.verdicts[0].verdict
    assert found.threshold not in [one.threshold for one in found.roc]
    assert not any(isinstance(one, Estimate) for each in found.failure_analyses.values() for one in each.values())


@pytest.mark.parametrize(("seed", "patients", "threshold"), CASES)
def test_points_of_curves_hold_no_few_errors(seed: int, patients: int, threshold: float) -> None:
    _, found, (predictions, truth) = made(seed, patients, threshold=threshold)
    points = [one.threshold for one in found.roc]
    points += [one.threshold for curve in found.decision_curves for one in curve.points]
    for at in points:
        called = np.where(predictions.answered, predictions.score >= at, ~truth.label)
        for label, call in itertools.product((True, False), repeat=2):
            some = (truth.label == label) & (called == call)
            assert not some.any() or len(set(truth.patient[some])) >= MINIMUM


def test_no_interval_is_borrowed_from_a_point_that_went() -> None:
    """The declared one's effective number of cases tells of the few who were called wrongly at it."""
    full, found, (_, truth) = made(5, 250, threshold=0.1)
    plain = gate(replace(full, plan=replace(full.plan, strict_numerators=False)), truth, MINIMUM)
    went = next(one for one in plain.roc if one.threshold == full.threshold)
    assert went.sensitivity_low is not None
    own = [one for one in found.roc if not one.sensitivity_borrowed and 0 < one.sensitivity < 1]
    for one in found.roc:
        if one.sensitivity_borrowed:
            assert min(abs(effective(one) - effective(near)) for near in own) < 1e-6
            assert abs(effective(one) - effective(went)) > 1e-6


def effective(point: RocPoint) -> float:
    low = point.sensitivity_low or 0.0
    return low * (1 - low) / (point.sensitivity - low) ** 2


def test_few_failures_take_the_numbers_of_answered_cases_along() -> None:
    """Their counts of cases would tell how many failed."""
    full, found, _ = made(4, 120)
    assert 0 < (full.counts.failures or 0) < MINIMUM
    assert found.counts.failures is None
    assert found.failures == {}
    assert found.decision_curves == ()
    for one in (found.overall["failure_rate"], found.overall["auc_answered"], found.calibration):
        assert isinstance(one, NotEstimable)
        assert one.suppressed
    assert isinstance(found.overall["auc"], Estimate)


def with_outcomes(patients: Mapping[str, int]) -> Scorecard:
    names = [name for name, number in patients.items() for _ in range(number)]
    rng = np.random.default_rng(1)
    scores: list[float | None] = [None] * len(names)
    scores += (rng.random(600) ** np.repeat([0.4, 1.5], 300)).tolist()
    labels = [*([0, 1] * len(names))[: len(names)], *([1] * 300), *([0] * 300)]
    predictions, truth = study(scores, labels)
    outcome = np.array([*names, *(["ok"] * 600)])
    predictions = replace(predictions, outcome=outcome)
    full = score(predictions, truth, STRICT, target="t", threshold=0.5, partition_digest="")
    return gate(full, truth, MINIMUM, predictions)


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ({"timeout": 30, "oom": 25}, {"timeout": 30, "oom": 25}),
        ({"timeout": 30, "oom": 6, "exited": 5}, {"timeout": 30, "other": 11}),
        ({"timeout": 30, "oom": 25, "exited": 3}, {"timeout": 30, "other": 28}),
        ({"timeout": 22, "exited": 3}, {"other": 25}),
        ({"timeout": 3, "exited": 3}, {}),
    ],
)
def test_outcomes_of_few_are_told_together(outcomes: dict[str, int], told: dict[str, int]) -> None:
    assert with_outcomes(outcomes).failures == told


def test_no_failure_at_all_is_said_so() -> None:
    found = with_outcomes({})
    assert found.counts.failures == 0
    assert estimate(found.overall["failure_rate"]).value == 0
    assert isinstance(found.overall["auc_answered"], Estimate)


def test_without_the_rule_small_numerators_stay_and_without_predictions_it_cannot_be_kept() -> None:
    full, _, (_, truth) = made(4, 120)
    plain = replace(full, plan=replace(full.plan, strict_numerators=False))
    assert gate(plain, truth, MINIMUM).confusion == full.confusion
    with pytest.raises(PredictionsError, match="strict_numerators needs predictions"):
        gate(full, truth, MINIMUM)


def test_gating_twice_changes_nothing_and_json_brings_it_back() -> None:
    _, once, (predictions, truth) = made(2, 400)
    twice = gate(once, truth, MINIMUM, predictions)
    assert (twice.by_group, twice.overall, twice.roc) == (once.by_group, once.overall, once.roc)
    assert from_json(to_json(once)) == once
    assert isinstance(once.counts, Counts)
