"""Calibration and decision curves: only of what claims to be a probability, and a reason where there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from studies import PLAN, estimate, reason, study

from nccid_eval.records import Calibration, NotEstimable, Predictions, Scorecard, Truth
from nccid_eval.scoring import score

Study = tuple[Predictions, Truth]
MEASURES = ("intercept", "slope", "observed_expected", "brier", "ece")


def drawn(seed: int, patients: int, *, slope: float = 1.0, images: int = 1) -> Study:
    """Scores whose logit is 1/slope of the truth's; perfectly calibrated at slope 1."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(patients), images)
    risk = (rng.normal(size=patients) * 1.5 - 0.7)[patient] + 0.5 * rng.normal(size=len(patient))
    label = rng.random(len(patient)) < expit(risk)
    return study(expit(risk / slope).tolist(), label.astype(int).tolist(), [f"p{one}" for one in patient])


def card(studied: Study, *, probability: bool = True, **changes: Any) -> Scorecard:
    plan = replace(PLAN, attributes=(), **changes)
    return score(*studied, plan, target="t", threshold=0.5, partition_digest="", probability=probability)


def found(studied: Study, **changes: Any) -> Calibration:
    calibration = card(studied, **changes).calibration
    assert isinstance(calibration, Calibration), calibration
    return calibration


def test_without_the_claim_there_is_none() -> None:
    made = card(drawn(1, 100), probability=False)
    assert made.calibration == NotEstimable(reason="the output does not claim to be a probability")
    assert made.decision_curves == ()


@pytest.mark.parametrize("beyond", [-0.001, 1.001, 7.0])
def test_a_score_that_is_no_probability_is_named_so(beyond: float) -> None:
    made = card(study([0.1, 0.2, 0.8, 0.9, beyond], [0, 0, 1, 1, 1]))
    assert made.calibration == NotEstimable(reason="a score lies outside 0 to 1, so the output is no probability")
    assert made.decision_curves == ()


@pytest.mark.parametrize(("labels", "kind"), [([1, 1, 1, 0], "healthy"), ([0, 0, 0, 1], "diseased")])
def test_one_patient_of_a_kind_is_too_few(labels: list[int], kind: str) -> None:
    made = card(study([0.2, 0.4, 0.5, 0.6], labels))
    assert made.calibration == NotEstimable(reason=f"fewer than two {kind} patients with an answer")


def test_a_calibrated_model_is_found_so_and_an_over_confident_one_is_not() -> None:
    good, bold = found(drawn(2, 1500)), found(drawn(2, 1500, slope=0.5))
    assert estimate(good.slope).low < 1 < estimate(good.slope).high
    assert estimate(good.intercept).low < 0 < estimate(good.intercept).high
    assert estimate(good.observed_expected).low < 1 < estimate(good.observed_expected).high
    assert estimate(good.ece).value < good.ece_null_high
    assert all(one.low < one.y < one.high for one in good.curve)
    assert abs(good.curve[20].y - good.curve[20].x) < 0.05 < bold.curve[35].x - bold.curve[35].y
    assert estimate(bold.slope).high < 0.7
    assert estimate(bold.ece).value > bold.ece_null_high
    assert estimate(bold.brier).value > estimate(good.brier).value


@pytest.mark.parametrize("cases", [200, 1000])
def test_the_error_of_a_perfect_model_is_above_zero(cases: int) -> None:
    """Ten means of labels about their scores: each is off by √(2/π) of its standard error on average."""
    rng = np.random.default_rng(3)
    scores = np.sort(rng.random(cases))
    labels = (rng.random(cases) < scores).astype(int)
    errors = np.sqrt((scores * (1 - scores)).reshape(10, -1).mean(axis=1) / (cases / 10))
    made = found(study(scores.tolist(), labels.tolist()), replicates=1000)
    assert made.ece_null_mean == pytest.approx(np.sqrt(2 / np.pi) * errors.mean(), rel=0.05)
    assert made.ece_null_mean < made.ece_null_high < 2 * made.ece_null_mean


@pytest.mark.parametrize("name", ["intercept", "slope", "observed_expected", "brier"])
def test_a_patient_s_second_copy_adds_nothing(name: str) -> None:
    """Every image twice: the same value and the same interval, as the patients are the same."""
    predictions, truth = drawn(4, 150)
    who = [f"p{at}" for at in range(150)]
    twice = study([*predictions.score, *predictions.score], [*truth.label, *truth.label], [*who, *who])
    one, other = estimate(getattr(found((predictions, truth)), name)), estimate(getattr(found(twice), name))
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), abs=1e-10)
    assert other.patients == one.patients == 150


def test_a_patient_s_images_share_one_draw_of_the_null() -> None:
    """Three equal images a patient tell as little of calibration as one: the null is as wide."""
    predictions, truth = drawn(5, 100)
    who = [f"p{at}" for at in range(100)] * 3
    thrice = study([*predictions.score] * 3, [*truth.label] * 3, who)
    one, other = (found(each, replicates=1000) for each in ((predictions, truth), thrice))
    assert other.ece_null_mean == pytest.approx(one.ece_null_mean, rel=0.1)


def test_failures_are_left_out() -> None:
    predictions, truth = drawn(6, 100)
    scores = [*predictions.score.tolist(), None, None]
    more = study(scores, [*truth.label.tolist(), 1, 0])
    for name in ("intercept", "slope", "observed_expected", "brier"):
        one, other = estimate(getattr(found((predictions, truth)), name)), estimate(getattr(found(more), name))
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), abs=1e-12)
    assert estimate(found(more).brier).positives == int(truth.label.sum())


def test_scores_of_exactly_0_and_1_are_held_off_the_edge_and_counted() -> None:
    predictions, truth = drawn(7, 200)
    order = np.argsort(predictions.score)
    predictions.score[order[:3]], predictions.score[order[-2:]] = 0.0, 1.0
    made = found((predictions, truth))
    assert "scores are held 5e-07 off 0 and 1 (5 cases)" in made.method
    assert np.isfinite([estimate(made.slope).value, estimate(made.intercept).value]).all()


def test_equal_scores_have_an_intercept_but_no_slope_and_no_curve() -> None:
    made = found(study([0.3] * 20, [1] * 8 + [0] * 12))
    assert reason(made.slope) == "all scores are equal"
    assert estimate(made.intercept).value == pytest.approx(np.log(8 / 12) - np.log(0.3 / 0.7), abs=1e-12)
    assert made.curve == ()


def test_separated_scores_have_no_slope_but_the_rest() -> None:
    made = found(study([0.1, 0.2, 0.3, 0.35, 0.6, 0.7, 0.8, 0.9], [0, 0, 0, 0, 1, 1, 1, 1]))
    assert reason(made.slope).startswith("the scores put diseased and healthy cases so far apart")
    assert made.curve == ()
    assert estimate(made.brier).low < estimate(made.brier).value < estimate(made.brier).high


def test_scores_that_are_their_labels_leave_reasons() -> None:
    made = found(study([0.0, 0.0, 0.0, 1.0, 1.0, 1.0], [0, 0, 0, 1, 1, 1]))
    assert "no width" in reason(made.brier)
    assert reason(found(study([0.0] * 6, [0, 0, 0, 1, 1, 1])).observed_expected).startswith("all scores are 0")


def test_every_measure_is_signed_and_holds_its_value() -> None:
    made = found(drawn(8, 200, images=2))
    for name in MEASURES:
        one = estimate(getattr(made, name))
        assert one.low <= one.value <= one.high
        assert "failures=left-out" in one.signature


def test_decision_curves_stand_at_the_partition_s_and_the_stated_prevalences() -> None:
    studied = drawn(9, 300, images=2)
    curves = card(studied).decision_curves
    assert [one.prevalence for one in curves] == [pytest.approx(studied[1].label.mean()), 0.05, 0.34]
    for curve in curves:
        assert len(curve.points) == 99
        assert all(one.model.low <= one.model.y <= one.model.high for one in curve.points)
        assert all(
            abs(one.treat_all) < 1e-12 for one in curve.points if abs(one.threshold - curve.prevalence) < 1e-12
        )
    lowest = curves[0].points[0]
    everybody = lowest.called == len(studied[1].case)
    assert not everybody or lowest.model.y == pytest.approx(lowest.treat_all)
    assert max(one.model.y - max(one.treat_all, 0) for one in curves[0].points) > 0.02


def test_the_seed_makes_the_bands() -> None:
    studied = drawn(10, 100)
    first, again, other = (card(studied, seed=seed).decision_curves for seed in (1, 1, 2))
    assert first == again
    assert [one.model.y for one in first[0].points] == [one.model.y for one in other[0].points]
    assert first != other
