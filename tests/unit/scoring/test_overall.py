"""The overall numbers on studies small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest
from studies import PLAN, card, drawn, estimate, reason, study

from nccid_eval.errors import PredictionsError
from nccid_eval.records import ConfusionTable, Predictions
from nccid_eval.scoring import score

SMALL = study([0.9, 0.8, 0.4, None, 0.7, 0.3, 0.2, None], [1, 1, 1, 1, 0, 0, 0, 0])


def test_auc_by_hand_counts_failures_as_the_worst_rank() -> None:
    overall = card(SMALL).overall
    # answered: .9 and .8 beat all three, .4 beats two of three: 8/9. With failures: 2·3 + 2 of 16 pairs
    assert estimate(overall["auc_answered"]).value == pytest.approx(8 / 9)
    assert estimate(overall["auc"]).value == pytest.approx(8 / 16)


def test_a_case_at_the_threshold_is_called_positive() -> None:
    assert estimate(card(study([0.5, 0.5, 0.5, 0.4], [1, 1, 0, 0])).overall["sensitivity"]).value == 1
    assert estimate(card(study([0.5, 0.5, 0.5, 0.4], [1, 1, 0, 0])).overall["specificity"]).value == 0.5


def test_confusion_counts_failures_as_wrong() -> None:
    found = card(SMALL)
    assert found.confusion == ConfusionTable(
        true_positives=2,
        false_negatives=2,
        true_negatives=2,
        false_positives=2,
        failed_positives=1,
        failed_negatives=1,
    )
    assert found.failures == {"timeout": 2}
    assert found.counts.failures == 2
    assert estimate(found.overall["failure_rate"]).value == 0.25
    assert estimate(found.overall["sensitivity"]).value == estimate(found.overall["specificity"]).value == 0.5


def test_the_three_other_ways_to_count_failures() -> None:
    analyses = card(SMALL).failure_analyses
    values = {
        name: [estimate(one[key]).value for key in ("sensitivity", "specificity")] for name, one in analyses.items()
    }
    assert values == {
        "excluded": [pytest.approx(2 / 3), pytest.approx(2 / 3)],
        "as_positive": [0.75, 0.5],
        "as_negative": [0.5, 0.75],
    }
    assert estimate(analyses["excluded"]["auc"]).value == pytest.approx(8 / 9)


def test_cases_that_failed_on_our_side_are_not_scored() -> None:
    predictions, truth = study([0.9, 0.8, None, 0.1, 0.2, 0.3], [1, 1, 1, 0, 0, 0])
    ours = Predictions(
        case=predictions.case,
        score=predictions.score,
        answered=predictions.answered,
        outcome=np.array(["ok", "ok", "poison", "ok", "ok", "ok"]),
    )
    found = card((ours, truth))
    assert found.counts.cases == 5
    assert found.counts.failures == 0
    assert found.failures == {"poison": 1}
    assert estimate(found.overall["sensitivity"]).value == 1


def test_predictive_values_are_bayes() -> None:
    found = card(drawn(1, 200, {}))
    se, sp = (estimate(found.overall[name]).value for name in ("sensitivity", "specificity"))
    assert [one.prevalence for one in found.predictive_values[1:]] == [0.05, 0.34]
    own = found.predictive_values[0]
    assert own.of_partition
    assert own.prevalence == found.counts.positives / found.counts.cases
    for one in found.predictive_values:
        pi = one.prevalence
        ppv, npv = estimate(one.ppv), estimate(one.npv)
        assert ppv.value == pytest.approx(se * pi / (se * pi + (1 - sp) * (1 - pi)))
        assert npv.value == pytest.approx(sp * (1 - pi) / (sp * (1 - pi) + (1 - se) * pi))
        assert ppv.low < ppv.value < ppv.high
        assert npv.low < npv.value < npv.high
    table = found.confusion
    assert estimate(own.ppv).value == pytest.approx(
        table.true_positives / (table.true_positives + table.false_positives)
    )


def test_likelihood_ratios_are_said_to_be_undefined_at_one() -> None:
    found = card(study([0.9, 0.8, 0.7, 0.6, 0.1], [1, 1, 1, 0, 0])).overall
    assert "undefined" in reason(found["lr_positive"])
    assert "undefined" in reason(found["lr_negative"])
    found = card(drawn(2, 200, {})).overall
    se, sp = (estimate(found[name]).value for name in ("sensitivity", "specificity"))
    assert estimate(found["lr_positive"]).value == pytest.approx(se / (1 - sp))
    assert estimate(found["lr_negative"]).value == pytest.approx((1 - se) / sp)


def test_many_cases_a_patient_widen_the_intervals() -> None:
    predictions, truth = drawn(3, 60, {}, images=1)
    several = np.repeat(np.arange(60), 3)
    copied = study(
        [float(predictions.score[at]) if predictions.answered[at] else None for at in several],
        [int(truth.label[at]) for at in several],
        [str(truth.patient[at]) for at in several],
    )
    once, thrice = card((predictions, truth)).overall, card(copied).overall
    for name in ("auc", "sensitivity", "specificity"):
        assert estimate(thrice[name]).value == pytest.approx(estimate(once[name]).value)
        width = [estimate(one[name]).high - estimate(one[name]).low for one in (once, thrice)]
        assert width[1] == pytest.approx(width[0], rel=0.03)


@pytest.mark.parametrize(
    ("shift", "verdicts"),
    [(3.0, ["met", "met"]), (-1.0, ["not met", "not met"]), (-0.05, ["inconclusive", "inconclusive"])],
)
def test_verdicts(shift: float, verdicts: list[str]) -> None:
    rng = np.random.default_rng(4)
    labels = [at % 2 for at in range(120)]
    found = card(study([float(rng.normal() + shift * one + 0.95 * one) for one in labels], labels), threshold=0.5)
    assert [one.verdict for one in found.verdicts] == verdicts
    assert found.verdicts[0].measure == found.overall["sensitivity"]


def test_other_order_is_refused() -> None:
    predictions, truth = SMALL
    turned = Predictions(
        case=predictions.case[::-1],
        score=predictions.score[::-1],
        answered=predictions.answered[::-1],
        outcome=predictions.outcome[::-1],
    )
    with pytest.raises(PredictionsError, match="same order"):
        score(turned, truth, PLAN, target="covid_positive", threshold=0.5, partition_digest="")


def test_no_case_is_refused() -> None:
    with pytest.raises(PredictionsError, match="no case to score"):
        card(study([], []))


def test_same_seed_same_scorecard_and_another_seed_another_interval() -> None:
    studied = drawn(5, 80, {"sex": 2})
    assert card(studied) == card(studied)
    first, second = card(studied), card(studied, seed=8)
    assert first.overall["auc"] == second.overall["auc"]
    assert first.predictive_values[0].ppv != second.predictive_values[0].ppv


def test_roc_area_is_the_auc_with_failures() -> None:
    found = card(drawn(6, 150, {}))
    x = [0.0, *(1 - one.specificity for one in found.roc), 1.0]
    y = [0.0, *(one.sensitivity for one in found.roc), 1.0]
    assert found.counts.failures > 0
    assert float(np.trapezoid(y, x)) == pytest.approx(estimate(found.overall["auc"]).value)
    thresholds = [one.threshold for one in found.roc]
    assert thresholds == sorted(thresholds, reverse=True)
    declared = next(one for one in found.roc if one.threshold == found.threshold)
    assert declared.sensitivity == estimate(found.overall["sensitivity"]).value


def test_long_roc_is_thinned_and_keeps_its_area() -> None:
    found = card(drawn(7, 5000, {}, images=2), replicates=100)
    x = [0.0, *(1 - one.specificity for one in found.roc), 1.0]
    y = [0.0, *(one.sensitivity for one in found.roc), 1.0]
    assert len(found.roc) <= 1000
    assert float(np.trapezoid(y, x)) == pytest.approx(estimate(found.overall["auc"]).value, abs=1e-4)
