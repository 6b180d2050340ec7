"""Two index tests on the same cases, in the corners: alike, perfect, few patients, failures, order."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest
from studies import PLAN, drawn, estimate, reason, study

from nccid_eval.records import Estimate, Measure, Predictions, Truth
from nccid_eval.scoring import Sample, intention_to_diagnose, paired_differences, rank_intervals
from nccid_eval.scoring.auc import Area, area
from nccid_eval.scoring.paired import exchange_p
from nccid_eval.scoring.ranks import auc_replicates

Study = tuple[Predictions, Truth]


def sample(one: Study, threshold: float = 0.5) -> Sample:
    return intention_to_diagnose(*one, threshold)


def pair(first: Study, second: Study, threshold: float = 0.5) -> dict[str, Measure]:
    return paired_differences([sample(first, threshold), sample(second, threshold)], PLAN)[0, 1]


def noisy(one: Study, seed: int, size: float) -> Study:
    """Another index test on the same cases: the first one's scores with noise."""
    noise = size * np.random.default_rng(seed).normal(size=len(one[0].score))
    return replace(one[0], score=one[0].score + noise), one[1]


@pytest.mark.parametrize("images", [1, 3])
def test_alike_answers_differ_by_nothing_within_an_interval_that_more_patients_narrow(images: int) -> None:
    widths = []
    for patients in (60, 600):
        one = drawn(1, patients, {}, images)
        found = {name: estimate(each) for name, each in pair(one, one).items()}
        assert [each.value for each in found.values()] == [0, 0, 0]
        assert [each.p for each in found.values()] == [1, 1, 1]
        assert all(each.low < 0 < each.high for each in found.values())
        widths.append([each.high - each.low for each in found.values()])
    assert all(many < few for few, many in zip(*widths, strict=True))
    assert max(widths[1]) < 0.1


def test_two_perfect_tests_are_not_told_equal_for_sure() -> None:
    first = study([0.1, 0.2, 0.3, 0.8, 0.9, 1.0], [0, 0, 0, 1, 1, 1])
    second = study([0.3, 0.1, 0.2, 0.9, 0.7, 0.8], [0, 0, 0, 1, 1, 1])
    found = estimate(pair(first, second)["auc"])
    assert (found.value, found.p) == (0, 1)
    assert found.low == pytest.approx(-(1 - 0.025 ** (1 / 3)))
    assert found.high == -found.low


def test_perfect_against_perfectly_wrong_has_an_interval_and_a_p() -> None:
    first, second = study([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]), study([0.9, 0.8, 0.2, 0.1], [0, 0, 1, 1])
    found = estimate(pair(first, second)["auc"])
    assert found.value == 1
    assert -1 <= found.low < 0.9
    assert found.high == 1
    assert found.p is not None
    assert 0 < found.p < 1


def test_few_patients_are_a_reason() -> None:
    one = study([0.1, 0.9, 0.7], [0, 1, 1])
    found = pair(one, one)
    assert reason(found["auc"]) == reason(found["specificity"]) == "fewer than two healthy patients"
    assert isinstance(found["sensitivity"], Estimate)


def test_a_failure_is_wrong_for_the_test_that_failed_alone() -> None:
    scores = [0.1, 0.2, 0.3, 0.8, 0.9, 0.7]
    failed: list[float | None] = [0.1, 0.2, 0.3, None, None, 0.7]
    found = pair(study(scores, [0, 0, 0, 1, 1, 1]), study(failed, [0, 0, 0, 1, 1, 1]))
    assert estimate(found["sensitivity"]).value == pytest.approx(2 / 3)
    assert estimate(found["specificity"]).value == 0
    assert estimate(found["auc"]).value == pytest.approx(2 / 3)


@pytest.mark.parametrize("images", [1, 3])
def test_the_second_less_the_first_is_the_first_less_the_second_turned_round(images: int) -> None:
    one = drawn(3, 80, {}, images)
    other = noisy(one, 4, 0.7)
    there, back = pair(one, other), pair(other, one)
    for name in there:
        first, second = estimate(there[name]), estimate(back[name])
        assert (first.value, first.low, first.high) == pytest.approx((-second.value, -second.high, -second.low))
        assert first.p == pytest.approx(second.p)
        assert first.low < first.value < first.high


def test_the_order_of_cases_moves_no_number() -> None:
    one = drawn(5, 60, {})
    other = noisy(one, 6, 0.5)
    order = np.random.default_rng(7).permutation(len(one[1].case))

    def shuffled(given: Study) -> Study:
        answers, truth = given
        arrays = (answers.case, answers.score, answers.answered, answers.outcome)
        case, score, answered, outcome = (array[order] for array in arrays)
        again = Truth(case=case, patient=truth.patient[order], label=truth.label[order], attributes={})
        return Predictions(case=case, score=score, answered=answered, outcome=outcome), again

    for name, found in pair(one, other).items():
        again = estimate(pair(shuffled(one), shuffled(other))[name])
        assert (again.value, again.low, again.high) == pytest.approx(
            (estimate(found).value, estimate(found).low, estimate(found).high), abs=1e-12
        )


@pytest.mark.parametrize(("mine", "others"), [(0, 0), (1, 0), (7, 2), (30, 11)])
def test_at_one_case_a_patient_the_exchange_of_tests_is_mcnemar_s(mine: int, others: int) -> None:
    differences = np.array([1.0] * mine + [-1.0] * others + [0.0] * 40)
    expected = binomtest(mine, mine + others).pvalue if mine + others else 1.0
    assert exchange_p(differences) == pytest.approx(expected, rel=1e-12)


def test_clustered_bootstrap_agrees_with_the_clustered_error() -> None:
    one = drawn(8, 400, {})
    other = noisy(one, 9, 0.8)
    plan = replace(PLAN, replicates=2000)
    found = estimate(paired_differences([sample(one), sample(other)], plan)[0, 1]["sensitivity"])
    label, patient = one[1].label, one[1].patient
    gain = (one[0].score >= 0.5).astype(float) - (other[0].score >= 0.5)
    gain[~one[0].answered] = 0
    residual = np.array([(gain - found.value)[label & (patient == who)].sum() for who in np.unique(patient[label])])
    error = math.sqrt(residual @ residual * len(residual) / (len(residual) - 1)) / label.sum()
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.06)


def test_replicate_areas_are_those_of_the_patients_drawn() -> None:
    one = drawn(10, 25, {})
    found = auc_replicates([sample(one)], replace(PLAN, replicates=250))  # more than one block
    assert found.shape == (250, 1)
    whole = area(sample(one))
    assert isinstance(whole, Area)
    assert found.mean() == pytest.approx(whole.value, abs=0.02)
    assert found.std() == pytest.approx(math.sqrt(whole.variance), rel=0.25)


def test_ranks_of_alike_runs_stay_open_and_those_far_apart_do_not() -> None:
    one = drawn(11, 120, {})
    bad = noisy(one, 12, 6.0)
    samples = [sample(bad), sample(one), sample(one)]
    values = [each.value for each in map(area, samples) if isinstance(each, Area)]
    ranks = rank_intervals(samples, values, PLAN)
    assert [(each.rank, each.low, each.high) for each in ranks] == [(3, 3, 3), (1, 1, 2), (1, 1, 2)]
    assert rank_intervals(samples, values, PLAN) == ranks
