"""Average precision, partial AUC, the AUC's bootstrap: a weight is a case written so often, and no width is 0."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from studies import card, drawn, estimate, reason, study

from nccid_eval.scoring.auc import Area, area
from nccid_eval.scoring.ranking import (
    auc,
    average_precision,
    partial_area,
    rank,
    replicates,
    standardised,
    unweighted,
    weigh,
)
from nccid_eval.scoring.resampling import disease_strata, draws
from nccid_eval.scoring.sample import Sample, intention_to_diagnose, subset


def sample_of(seed: int, patients: int, decimals: int, images: int = 3) -> Sample:
    predictions, truth = drawn(seed, patients, {}, images)
    predictions.score[:] = np.round(predictions.score, decimals)
    return intention_to_diagnose(predictions, truth, 0.5)


def by_place(sample: Sample, weights: np.ndarray) -> np.ndarray:
    """Weights of patient codes, in the order in which a ranking wants them."""
    lowest = np.full(sample.patients, np.inf)
    np.minimum.at(lowest, sample.patient, sample.score)
    places = [sorted(one.tolist(), key=lambda code: (lowest[code], code)) for one in disease_strata(sample)]
    return weights[np.concatenate(places)]


def written_out(sample: Sample, weights: np.ndarray) -> Sample:
    return subset(sample, np.repeat(np.arange(len(sample.score)), weights[sample.patient]))  # type: ignore[arg-type]


@pytest.mark.parametrize("decimals", [0, 1, 6])
@pytest.mark.parametrize("seed", range(4))
def test_a_weight_is_a_case_written_so_many_times(seed: int, decimals: int) -> None:
    sample = sample_of(seed, 40, decimals)
    weights = np.random.default_rng(seed).integers(0, 4, sample.patients)
    weighted = weigh(rank(sample), by_place(sample, weights))
    copied = written_out(sample, weights)
    found = area(copied)
    assert isinstance(found, Area)
    assert auc(rank(sample), weighted) == pytest.approx(found.value, abs=1e-14)
    again = unweighted(rank(copied))
    assert average_precision(rank(sample), weighted) == pytest.approx(
        average_precision(rank(copied), again), abs=1e-14
    )
    assert partial_area(rank(sample), weighted, 0.9) == pytest.approx(
        partial_area(rank(copied), again, 0.9), abs=1e-14
    )


@pytest.mark.parametrize("decimals", [0, 1, 6])
def test_the_partial_area_of_all_specificities_is_the_auc(decimals: int) -> None:
    ranking = rank(sample_of(5, 60, decimals))
    whole = unweighted(ranking)
    assert partial_area(ranking, whole, 0.0) == pytest.approx(auc(ranking, whole), abs=1e-14)
    assert partial_area(ranking, whole, 0.9) + partial_area(ranking, whole, 0.5) < auc(ranking, whole)


def test_mcclish_puts_chance_at_a_half_and_perfection_at_one() -> None:
    assert standardised(0.1**2 / 2, 0.9) == pytest.approx(0.5)
    assert standardised(0.1, 0.9) == pytest.approx(1.0)


def test_the_bootstrap_has_the_exact_variance() -> None:
    """Of all resamples of m positives and n negatives: ((n-1) ξ10 + (m-1) ξ01 + ξ11) / mn."""
    sample = sample_of(6, 60, 1, images=1)
    x, y = sample.score[sample.label], sample.score[~sample.label]
    beats = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    m, n = beats.shape
    parts = (n - 1) * beats.mean(axis=1).var() + (m - 1) * beats.mean(axis=0).var() + beats.var()
    found = replicates(rank(sample), (auc,), 20_000, np.random.default_rng(1))[:, 0]
    assert found.var() == pytest.approx(parts / (m * n), rel=0.05)
    assert found.mean() == pytest.approx(beats.mean(), abs=0.001)


def test_two_draws_from_one_float_are_independent_and_fair() -> None:
    rng = np.random.default_rng(2)
    weights = np.array(list(draws([5], 40_000, rng)))
    assert (weights.sum(axis=1) == 5).all()
    np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.02)
    np.testing.assert_allclose(np.cov(weights.T), np.eye(5) - 0.2, atol=0.03)


def test_neighbouring_replicates_are_uncorrelated_and_every_patient_can_be_drawn() -> None:
    weights = list(draws([60_000, 40_000], 12, np.random.default_rng(3)))
    pairs = [np.corrcoef(first, second)[0, 1] for first, second in pairwise(weights)]
    assert np.abs(pairs).max() < 0.02
    assert (np.sum(weights, axis=0) > 0).mean() > 0.9999
    assert all(one[:60_000].sum() == 60_000 for one in weights)


def test_perfect_separation_has_no_interval_of_zero_width() -> None:
    found = card(study([0.1, 0.2, 0.3, 0.7, 0.8, 0.9], [0, 0, 0, 1, 1, 1]), auc_interval="bootstrap").overall
    for name in ("average_precision", "partial_auc", "partial_auc_standardised"):
        assert reason(found[name]).startswith("all bootstrap replicates are equal")
    assert estimate(found["auc"]).value == 1
    assert estimate(found["auc"]).low < 0.5


def test_one_patient_of_a_kind_is_too_few() -> None:
    found = card(study([0.1, 0.2, 0.3, 0.7], [0, 0, 0, 1])).overall
    assert reason(found["average_precision"]) == "fewer than two diseased patients"
    assert reason(found["partial_auc"]) == "fewer than two diseased patients"


def test_intervals_hold_their_values_and_names_say_what_they_are() -> None:
    found = card(drawn(7, 90, {})).overall
    for name in ("average_precision", "partial_auc", "partial_auc_standardised"):
        one = estimate(found[name])
        assert one.low < one.value < one.high
        assert "failures=wrong" in one.signature
    assert "at a prevalence of" in estimate(found["average_precision"]).method
    assert "raw" in estimate(found["partial_auc"]).method
    assert "McClish" in estimate(found["partial_auc_standardised"]).method


def test_the_auc_s_bootstrap_is_near_its_logit_interval_and_follows_the_seed() -> None:
    studied = drawn(8, 200, {})
    logit, boot = (
        estimate(card(studied, replicates=1000, auc_interval=one).overall["auc"]) for one in ("logit", "bootstrap")
    )
    assert boot.value == logit.value
    assert (boot.low, boot.high) == pytest.approx((logit.low, logit.high), abs=0.02)
    again, other = (
        estimate(card(studied, replicates=1000, auc_interval="bootstrap", seed=one).overall["auc"]) for one in (7, 8)
    )
    assert again == boot
    assert other.low != boot.low
