"""Decision curves behind the gate, attacked: two curves give sensitivity and specificity at each threshold back."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy.special import expit
from studies import PLAN, drawn

from nccid_eval.records import Predictions, RocPoint, Scorecard, Truth
from nccid_eval.scoring import from_json, gate, score, to_json

MINIMUM = 10


def scored(seed: int, patients: int, images: int) -> tuple[Scorecard, Predictions, Truth]:
    predictions, truth = drawn(seed, patients, {}, images)
    predictions.score[:] = expit(1.5 * (predictions.score - 0.7))
    card = score(predictions, truth, PLAN, target="t", threshold=0.5, partition_digest="", probability=True)
    return card, predictions, truth


def counts_from(card: Scorecard, prevalences: tuple[int, int] = (1, 2)) -> dict[float, tuple[float, float]]:
    """Threshold -> sensitivity and false-positive rate, solved from the net benefits at two prevalences."""
    first, second = (card.decision_curves[at] for at in prevalences)
    found = {}
    for one, other in zip(first.points, second.points, strict=True):
        odds = one.threshold / (1 - one.threshold)
        rows = [[at, -(1 - at) * odds] for at in (first.prevalence, second.prevalence)]
        sensitivity, false = np.linalg.solve(rows, [one.model.y, other.model.y])
        found[one.threshold] = (float(sensitivity), float(false))
    return found


@pytest.mark.parametrize(("patients", "images"), [(200, 1), (200, 3), (600, 2)])
def test_no_step_between_released_points_holds_few_patients(patients: int, images: int) -> None:
    card, predictions, truth = scored(1, patients, images)
    released = gate(card, truth, MINIMUM)
    assert 3 <= len(released.decision_curves[0].points) < len(card.decision_curves[0].points)
    exact = {(one.sensitivity, one.specificity): one.threshold for one in card.roc}
    roc = [exact[one.sensitivity, one.specificity] for one in released.roc]
    thresholds = [*roc, *counts_from(released)]
    levels = np.sort(np.array(thresholds))
    for low, high in pairwise(levels):
        between = predictions.answered & (predictions.score >= low) & (predictions.score < high)
        ends = low == roc[-1] or high == roc[0]
        if between.any() and not ends:
            assert len(set(truth.patient[between])) >= MINIMUM


def test_a_released_threshold_is_no_cases_score_but_for_the_declared_one() -> None:
    card, _, truth = scored(1, 600, 2)
    released = gate(card, truth, MINIMUM)
    fine = [one.threshold for one in released.roc if round(one.threshold, 2) != one.threshold]
    assert fine == []
    assert any(round(one.threshold, 2) != one.threshold for one in card.roc)
    assert [one.threshold for one in released.roc].count(card.threshold) == 1
    assert gate(released, truth, MINIMUM).roc == released.roc
    told = [one.threshold for one in released.roc]
    assert told == sorted(told, reverse=True)


def test_every_released_point_is_what_scoring_gives_at_that_very_threshold() -> None:
    card, predictions, truth = scored(1, 600, 2)
    released = gate(card, truth, MINIMUM)
    assert len(released.roc) > 20
    for one in released.roc:
        right = predictions.answered & ((predictions.score >= one.threshold) == truth.label)
        assert one.sensitivity == right[truth.label].mean()
        assert one.specificity == right[~truth.label].mean()


@pytest.mark.parametrize(("patients", "images"), [(200, 1), (200, 3), (600, 2)])
@pytest.mark.parametrize("measure", ["sensitivity", "specificity"])
def test_between_two_released_intervals_lie_no_or_many_patients_of_the_kind(
    patients: int, images: int, measure: str
) -> None:
    """Two intervals around one patient would tell how many images that patient has."""
    card, predictions, truth = scored(5, patients, images)
    of_kind = truth.label if measure == "sensitivity" else ~truth.label

    def right(threshold: float) -> np.ndarray:
        return of_kind & predictions.answered & ((predictions.score >= threshold) == truth.label)

    def has_its_own(one: RocPoint) -> bool:
        return getattr(one, f"{measure}_low") is not None and not getattr(one, f"{measure}_borrowed")

    def few(points: tuple[RocPoint, ...]) -> int:
        told = [right(one.threshold) for one in points if has_its_own(one)]
        told += [of_kind, np.zeros_like(of_kind)]  # all and none right: their intervals hang on no case
        steps = (first ^ second for first, second in combinations(told, 2))
        return sum(0 < len(set(truth.patient[step])) < MINIMUM for step in steps)

    released = gate(card, truth, MINIMUM).roc
    assert few(tuple(one for one in card.roc if round(one.threshold, 2) == one.threshold)) > 10
    declared = few(tuple(one for one in released if one.threshold == card.threshold))
    assert few(released) == declared
    assert sum(has_its_own(one) for one in released) >= 4
    assert gate(replace(card, roc=released), truth, MINIMUM).roc == released


def test_a_borrowed_interval_is_wilson_s_on_the_effective_cases_of_the_nearest_point_that_tells_its_own() -> None:
    card, _, truth = scored(5, 600, 2)
    released = gate(card, truth, MINIMUM).roc
    exact = {one.threshold: one for one in card.roc}
    own = [one for one in released if not one.sensitivity_borrowed and 0 < one.sensitivity < 1]
    some = [one for one in released if one.sensitivity_borrowed]
    assert len(some) >= 5
    for one in some:
        nearest = min(own, key=lambda near: round(abs(near.sensitivity - one.sensitivity), 9))
        # Wilson's limits are where (p - limit)² is z² limit (1 - limit) / n.
        for side in ("sensitivity_low", "sensitivity_high"):
            at, near = getattr(one, side), getattr(nearest, side)
            ours = (one.sensitivity - at) ** 2 / (at * (1 - at))
            assert ours == pytest.approx((nearest.sensitivity - near) ** 2 / (near * (1 - near)))
            assert at == pytest.approx(getattr(exact[one.threshold], side), abs=0.01)


def test_scores_on_another_scale_keep_the_curves_own_thresholds_in_steps() -> None:
    predictions, truth = drawn(1, 600, {}, 2)
    card = score(predictions, truth, PLAN, target="t", threshold=0.5, partition_digest="")
    released = gate(card, truth, MINIMUM).roc
    assert released[0].threshold > 2
    assert released[-1].threshold < -1
    assert len(released) > 20
    assert {round(one.threshold, 2) - one.threshold for one in released} == {0.0}
    assert sum(one.sensitivity_low is not None and not one.sensitivity_borrowed for one in released) > 5


def test_a_score_of_one_ends_the_curve_a_step_beyond_it() -> None:
    _, predictions, truth = scored(1, 200, 1)
    predictions.score[:20] = 1.0
    card = score(predictions, truth, PLAN, target="t", threshold=0.5, partition_digest="", probability=True)
    released = gate(card, truth, MINIMUM).roc
    assert (released[0].threshold, released[0].sensitivity) == (1.01, 0.0)
    assert released[-1].threshold == 0.0
    at_one = next(one for one in card.roc if one.threshold == 1.0)
    assert at_one.sensitivity == ((predictions.score >= 1) & predictions.answered)[truth.label].mean() > 0


def test_the_attack_works_on_what_was_not_gated() -> None:
    card, predictions, truth = scored(2, 200, 2)
    sensitivity, false = counts_from(card)[0.37]
    kept = predictions.answered
    called = predictions.score[kept] >= 0.37
    assert sensitivity == pytest.approx(called[truth.label[kept]].mean(), abs=1e-9)
    assert false == pytest.approx(called[~truth.label[kept]].mean(), abs=1e-9)


def test_counts_stay_inside_and_gating_twice_changes_nothing() -> None:
    card, _, truth = scored(3, 200, 2)
    once = gate(card, truth, MINIMUM)
    assert {one.called for curve in once.decision_curves for one in curve.points} == {None}
    assert gate(once, truth, MINIMUM).decision_curves == once.decision_curves
    assert gate(once, truth, 2 * MINIMUM).decision_curves == ()
    assert from_json(to_json(once)) == once
    assert "called" not in to_json(once)["decision_curves"][0]["points"][0]


def test_the_roc_curve_leaves_points_to_the_decision_curves() -> None:
    """Points of both curves are the same ones, so that neither starves the other."""
    card, _, truth = scored(4, 600, 1)
    released = gate(card, truth, MINIMUM)
    assert len(released.decision_curves[0].points) >= 15
    assert len(released.roc) >= 30
