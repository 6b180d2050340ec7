"""Gaps between groups: what is planted is found, what is not there is not, and who enters."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from studies import PLAN, card, drawn, estimate, study

from nccid_eval.records import BetweenSites, Bias, Gap, Measure, NotEstimable, Predictions, Scorecard, Truth
from nccid_eval.scoring import from_json, to_json
from nccid_eval.scoring.insufficient import patients_needed
from nccid_eval.scoring.proportions import Tally

ALL = ("sensitivity", "specificity", "auc", "failure_rate", "equalised_odds", "underdiagnosis")


def bias_of(found: Scorecard) -> Bias:
    assert found.bias is not None
    return found.bias


def gap(found: Scorecard, attribute: str, measure: str) -> Gap:
    one = bias_of(found).gaps[attribute][measure]
    assert isinstance(one, Gap), one
    return one


def faint(seed: int, patients: int = 500) -> tuple[Predictions, Truth]:
    """Women's disease shows at four tenths of the contrast, as in the synthetic warehouse; all else is alike."""
    predictions, truth = drawn(seed, patients, {"sex": 2, "site": 4, "view": 2})
    women = (truth.attributes["sex"] == "sex0") & truth.label
    predictions.score[women] -= 0.6 * 1.4
    return predictions, truth


@pytest.mark.parametrize("seed", range(5))
def test_the_bias_of_the_synthetic_warehouse_is_found_and_nobody_else_is_blamed(seed: int) -> None:
    found = card(faint(seed), permutations=400, replicates=100)
    for measure, most in (("sensitivity", 1 / 401), ("underdiagnosis", 1 / 401), ("auc", 0.02)):
        one = gap(found, "sex", measure)
        assert (one.worst, one.best) == ("sex0", "sex1")
        assert one.p <= most
        assert one.value > one.null_high > one.null_mean > 0
    row = found.by_group["sex"]["sex0"].differences
    assert (estimate(row["sensitivity"]).p_adjusted or 1) < 0.001
    for attribute in ("site", "view"):
        assert gap(found, attribute, "sensitivity").p > 0.01
        assert gap(found, attribute, "equalised_odds").p > 0.01


def test_gaps_are_those_of_the_rows() -> None:
    found = card(drawn(1, 600, {"site": 4}))
    rows = found.by_group["site"]
    for measure in ("sensitivity", "specificity", "auc", "failure_rate"):
        values = {level: estimate(one.measures[measure]).value for level, one in rows.items()}
        one = gap(found, "site", measure)
        assert one.value == pytest.approx(max(values.values()) - min(values.values()), abs=1e-12)
        ends = sorted(values, key=values.__getitem__)
        assert (one.worst, one.best) == ((ends[-1], ends[0]) if measure == "failure_rate" else (ends[0], ends[-1]))
    odds, under = gap(found, "site", "equalised_odds"), gap(found, "site", "underdiagnosis")
    assert odds.value == max(gap(found, "site", name).value for name in ("sensitivity", "specificity"))
    assert under.value == pytest.approx(gap(found, "site", "sensitivity").value)
    assert under.worst == gap(found, "site", "sensitivity").worst


def test_p_is_uniform_where_no_group_differs() -> None:
    """Clustered scores, sixty studies: a twentieth of the p lie below .05, within four standard errors."""
    p = []
    for seed in range(60):
        found = card(drawn(seed, 120, {"site": 4, "view": 2}), permutations=99, replicates=20, minimum_patients=2)
        p += [gap(found, name, measure).p for name in ("site", "view") for measure in ("sensitivity", "auc")]
    assert np.mean(np.array(p) <= 0.05) < 0.05 + 4 * (0.05 * 0.95 / 60) ** 0.5 / 2
    assert 0.4 < np.mean(p) < 0.6


def test_scores_in_steps_move_no_value_and_hardly_the_null() -> None:
    """Above a thousand distinct scores the null is made on steps; the gap itself is not."""
    found = card(drawn(2, 1200, {"sex": 2}), replicates=20, permutations=200)
    one = gap(found, "sex", "auc")
    assert "steps" in one.method
    values = [estimate(row.measures["auc"]).value for row in found.by_group["sex"].values()]
    assert one.value == pytest.approx(abs(values[0] - values[1]), abs=1e-12)


def test_groups_that_are_unknown_or_small_do_not_enter() -> None:
    predictions, truth = drawn(3, 300, {"site": 3})
    site = np.where(truth.patient < "p12", "", truth.attributes["site"])
    site = np.where(np.isin(truth.patient, ["p50", "p51", "p52"]), "tiny", site)
    truth = replace(truth, attributes={"site": site})
    found = card((predictions, truth), minimum_patients=0)
    assert {"unknown", "tiny"} <= set(found.by_group["site"])
    one = gap(found, "site", "sensitivity")
    assert one.groups == 3
    assert not {one.worst, one.best} & {"unknown", "tiny"}
    gated = gap(card((predictions, truth)), "site", "sensitivity")
    assert "groups of 10 diseased and healthy patients or more" in gated.method
    assert gated.groups < 3 or gated.value == one.value


def test_too_few_groups_are_a_reason() -> None:
    found = bias_of(card(drawn(4, 60, {"site": 1, "sex": 2})))
    for one in found.gaps["site"].values():
        assert one == NotEstimable(reason="fewer than two groups of 10 diseased and healthy patients or more")
    assert bias_of(card(drawn(4, 40, {}))).gaps == {}


def test_attributes_outside_the_plan_have_no_gap() -> None:
    assert list(bias_of(card(drawn(5, 200, {"sex": 2, "ward": 2}))).gaps) == ["sex"]


def test_the_seed_repeats_and_another_attribute_moves_nothing() -> None:
    first, again = (card(drawn(6, 200, {"sex": 2, "site": 3})) for _ in range(2))
    assert first.bias == again.bias
    predictions, truth = drawn(6, 200, {"sex": 2, "site": 3})
    fewer = replace(truth, attributes={"sex": truth.attributes["sex"]})
    assert bias_of(card((predictions, fewer))).gaps["sex"] == bias_of(first).gaps["sex"]
    other = bias_of(card(drawn(6, 200, {"sex": 2, "site": 3}), seed=8)).gaps["sex"]["auc"]
    assert isinstance(other, Gap)
    assert other.null_mean != gap(first, "sex", "auc").null_mean


def test_the_order_of_cases_moves_nothing() -> None:
    predictions, truth = drawn(7, 150, {"sex": 2, "view": 2})
    order = np.random.default_rng(1).permutation(len(truth.case))
    turned = (
        Predictions(
            case=predictions.case[order],
            score=predictions.score[order],
            answered=predictions.answered[order],
            outcome=predictions.outcome[order],
        ),
        Truth(
            case=truth.case[order],
            patient=truth.patient[order],
            label=truth.label[order],
            attributes={name: values[order] for name, values in truth.attributes.items()},
        ),
    )
    assert bias_of(card((predictions, truth))).gaps == bias_of(card(turned)).gaps


def test_bias_goes_through_json() -> None:
    found = card(drawn(8, 300, {"sex": 2, "site": 5}), intersections=(("sex", "site"),))
    assert from_json(json.loads(json.dumps(to_json(found), allow_nan=False))) == found


def test_sites_are_summarised_with_where_a_new_one_would_lie() -> None:
    predictions, truth = drawn(9, 900, {"site": 6})
    for at in range(6):
        inside = truth.label & (truth.attributes["site"] == f"site{at}")
        predictions.score[inside] += 0.4 * (at - 2.5)
    found = bias_of(card((predictions, truth), replicates=20)).between_sites["sensitivity"]
    assert isinstance(found, BetweenSites)
    assert found.sites == 6
    assert found.tau > 0.2
    assert 0.3 < found.i_squared < 1
    assert found.prediction_low < found.mean.low < found.mean.value < found.mean.high < found.prediction_high


def test_alike_sites_have_no_spread() -> None:
    labels = [1, 0] * 150
    sites = [f"s{at // 2 % 3}" for at in range(300)]
    scores = [float(label if at // 6 % 5 else 1 - label) for at, label in enumerate(labels)]
    found = bias_of(card(study(scores, labels, None, {"site": sites}))).between_sites["specificity"]
    assert isinstance(found, BetweenSites)
    assert (found.tau, found.i_squared) == (0, 0)
    assert (found.prediction_low, found.prediction_high) == (found.mean.low, found.mean.high)


def test_two_sites_say_nothing_of_the_spread() -> None:
    found = bias_of(card(drawn(10, 200, {"site": 2}))).between_sites
    assert {one.reason for one in found.values() if isinstance(one, NotEstimable)} == {
        "fewer than 3 levels of 'site' can be shown"
    }
    assert len(found) == 3


def test_insufficient_data_says_how_many_it_would_take() -> None:
    """Everybody's sensitivity .9, a difference of ten points, two-sided .05, power .9:
    ((1.95996 √.09 + 1.28155 √.16) / .1)² = 121.1."""
    hits = np.array([1.0] * 90 + [0.0] * 10)
    tally = Tally(hits=hits, cases=np.ones(100), kind="diseased")
    assert patients_needed(tally, PLAN) == 122
    sites = ["x"] * 199 + ["y"]
    found = card(study([float(at % 5) for at in range(200)], [1, 0] * 100, None, {"site": sites}), minimum_patients=0)
    missing: Measure = found.by_group["site"]["y"].measures["sensitivity"]
    assert isinstance(missing, NotEstimable)
    assert missing.reason.startswith("insufficient data: fewer than two diseased patients; a group of about ")
    assert missing.reason.endswith("diseased patients would show a difference of 10 points (power 90%)")
