"""Corners of the rules: where a method changes, and what shared patients change."""

from __future__ import annotations

import math

import numpy as np
import pytest
from studies import PLAN, card, drawn, estimate

from nccid_eval.records import Criterion, Estimate, NotEstimable, Verdict
from nccid_eval.scoring import gate
from nccid_eval.scoring.criteria import conclude, judge
from nccid_eval.scoring.differences import proportion_difference
from nccid_eval.scoring.predictive import likelihood_ratios
from nccid_eval.scoring.proportions import Tally, effective_cases
from nccid_eval.scoring.resampling import replicate_sums


def tally(hits: list[int], cases: list[int], kind: str = "diseased") -> Tally:
    return Tally(hits=np.array(hits, dtype=np.float64), cases=np.array(cases, dtype=np.float64), kind=kind)


def difference(group: Tally, rest: Tally) -> Estimate:
    columns = np.column_stack((group.hits, group.cases, rest.hits, rest.cases))
    strata = (np.flatnonzero(group.cases + rest.cases),)
    return estimate(
        proportion_difference(group, rest, replicate_sums(columns, strata, 200, np.random.default_rng(1)), PLAN)
    )


def test_effective_cases_are_never_more_than_the_cases() -> None:
    assert effective_cases(tally([1] * 9 + [2], [2] * 10)) == 20  # less spread than independent cases would have
    assert effective_cases(tally([2] * 5 + [0] * 5, [2] * 10)) == pytest.approx(9)
    assert effective_cases(tally([2] * 10, [2] * 10)) == 10


def test_twelve_patients_without_a_miss_still_have_a_width() -> None:
    """Resampling them gives 1 each time; the limits must hold what twelve patients cannot rule out."""
    group = tally([2] * 12 + [0] * 40, [2] * 12 + [0] * 40)
    rest = tally([0] * 12 + [2] * 30 + [0] * 10, [0] * 12 + [2] * 40)
    found = difference(group, rest)
    assert "Newcombe interval on effective cases" in found.method
    assert found.low < 0.25 - 0.15


def test_few_patients_are_not_resampled() -> None:
    group = tally([2, 1, 0, 2, 1] + [0] * 40, [2] * 5 + [0] * 40)
    rest = tally([0] * 5 + [2] * 30 + [0] * 10, [0] * 5 + [2] * 40)
    assert "Newcombe interval on effective cases" in difference(group, rest).method
    more = tally([2, 1, 0, 2] * 5 + [0] * 25, [2] * 20 + [0] * 25)
    others = tally([0] * 20 + [2, 2, 1, 2, 0] * 5, [0] * 20 + [2] * 25)
    assert "patient bootstraps" in difference(more, others).method


def test_patients_in_both_groups_make_the_test_sharper() -> None:
    first = [1] * 30 + [0] * 20
    second = [1] * 36 + [0] * 14
    shared = difference(tally(first, [1] * 50), tally(second, [1] * 50))
    none = [0] * 50
    apart = difference(tally(first + none, [1] * 50 + none), tally(none + second, none + [1] * 50))
    assert shared.value == apart.value
    assert (shared.p or 1) < 0.05 < (apart.p or 0)


def test_patients_with_both_kinds_of_case_widen_the_likelihood_ratios() -> None:
    hits, turned = [1] * 30 + [0] * 20, [0] * 20 + [1] * 30
    together = likelihood_ratios(tally(hits, [1] * 50), tally(hits, [1] * 50, "healthy"), 0.95)
    against = likelihood_ratios(tally(hits, [1] * 50), tally(turned, [1] * 50, "healthy"), 0.95)
    for name in ("lr_positive", "lr_negative"):
        one, other = estimate(together[name]), estimate(against[name])
        assert one.value == other.value
        assert math.log(one.high / one.low) > 1.2 * math.log(other.high / other.low)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.71, 0.8, "met"),
        (0.6, 0.69, "not met"),
        (0.6, 0.72, "inconclusive"),
        (0.69, 0.8, "inconclusive"),
        (0.7, 0.8, "inconclusive"),
    ],
)
def test_verdicts_go_by_the_limits_and_not_by_the_value(low: float, high: float, verdict: str) -> None:
    from dataclasses import replace

    plan = replace(PLAN, criteria=(Criterion(metric="sensitivity", bar=0.7),))
    for value in (low, high):
        measure = Estimate(value=value, low=low, high=high, positives=50, negatives=0, patients=50, method="")
        assert judge({"sensitivity": measure}, plan)[0].verdict == verdict


def test_the_gate_adjusts_p_over_what_stays() -> None:
    """Suppressed tests leave the family: the smallest p is then multiplied by fewer."""
    predictions, truth = drawn(9, 300, {"sex": 2, "site": 12})
    predictions.score[(truth.attributes["sex"] == "sex0") & truth.label] -= 0.4
    full = card((predictions, truth))
    found = gate(full, truth, 10)
    before, after = (estimate(one.by_group["sex"]["sex0"].differences["sensitivity"]) for one in (full, found))
    assert before.p == after.p
    assert 0 < (after.p_adjusted or 0) < (before.p_adjusted or 0) < 1


@pytest.mark.parametrize(
    ("primary", "secondary", "conclusion"),
    [
        (("met", "met"), (), "met"),
        (("met", "met"), ("not met",), "met"),
        (("met", "inconclusive"), ("met",), "inconclusive"),
        (("met", "not met"), (), "not met"),
        (("inconclusive", "not met"), ("met",), "not met"),
        ((), ("met",), ""),
        ((), (), ""),
    ],
)
def test_all_primary_criteria_must_be_met_together(
    primary: tuple[str, ...], secondary: tuple[str, ...], conclusion: str
) -> None:
    verdicts = [
        Verdict(
            criterion=Criterion(metric="auc", bar=0.7, primary=counts), measure=NotEstimable(reason=""), verdict=one
        )
        for counts, ones in ((True, primary), (False, secondary))
        for one in ones
    ]
    assert conclude(verdicts) == conclusion


def test_the_scorecard_concludes_from_its_own_verdicts() -> None:
    bars = (Criterion(metric="auc", bar=0.5), Criterion(metric="specificity", bar=0.99, primary=False))
    found = card(drawn(3, 200, {}), criteria=bars)
    assert [one.verdict for one in found.verdicts] == ["met", "not met"]
    assert found.conclusion == "met"
