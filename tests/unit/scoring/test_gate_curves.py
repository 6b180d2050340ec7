"""Decision curves behind the gate, attacked: two curves give sensitivity and specificity at each threshold back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.special import expit
from studies import PLAN, drawn

from nccid_eval.records import Predictions, Scorecard, Truth
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
