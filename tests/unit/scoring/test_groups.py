"""Groups, their differences to the complement, and the planned family."""

from __future__ import annotations

import numpy as np
import pytest
from studies import card, drawn, estimate, study

from nccid_eval.records import Estimate, Scorecard, Truth
from nccid_eval.scoring.cells import ordered_attributes
from nccid_eval.scoring.multiplicity import CONFIRMATORY

EXPLORATORY = "Benjamini-Hochberg over {} exploratory tests"


def differences(found: Scorecard, attribute: str) -> list[Estimate]:
    cells = found.by_group[attribute].values()
    return [one for cell in cells for one in cell.differences.values() if isinstance(one, Estimate)]


def biased(seed: int) -> tuple[object, Truth]:
    """Disease is fainter in site0, by as much as it is visible elsewhere."""
    predictions, truth = drawn(seed, 400, {"site": 3, "sex": 2})
    faint = (truth.attributes["site"] == "site0") & truth.label
    predictions.score[faint] -= 1.2
    return predictions, truth


def test_planted_bias_is_found_and_the_other_attribute_is_not_blamed() -> None:
    found = card(biased(1))  # type: ignore[arg-type]
    site = found.by_group["site"]["site0"].differences
    assert estimate(site["sensitivity"]).high < 0
    assert (estimate(site["sensitivity"]).p_adjusted or 1) < 0.001
    assert estimate(site["auc"]).high < 0
    assert (estimate(site["specificity"]).p_adjusted or 0) > 0.05
    assert all((one.p_adjusted or 0) > 0.05 for one in differences(found, "sex"))


def test_difference_is_the_group_less_the_others() -> None:
    found = card(drawn(2, 200, {"sex": 2}))
    cells = found.by_group["sex"]
    for name in ("auc", "sensitivity", "specificity"):
        a, b = (estimate(cells[level].measures[name]).value for level in ("sex0", "sex1"))
        assert estimate(cells["sex0"].differences[name]).value == pytest.approx(a - b)
        assert estimate(cells["sex1"].differences[name]).value == pytest.approx(b - a)
        assert estimate(cells["sex0"].differences[name]).p == pytest.approx(
            estimate(cells["sex1"].differences[name]).p
        )


def test_two_levels_are_one_test_in_the_family() -> None:
    found = card(drawn(3, 200, {"sex": 2}))
    p = {
        one.p
        for one in (found.by_group["sex"]["sex0"].differences[name] for name in ("auc", "sensitivity", "specificity"))
    }  # type: ignore[union-attr]
    smallest = min(one for one in p if one is not None)
    adjusted = [one.p_adjusted for one in differences(found, "sex") if one.p == pytest.approx(smallest)]
    assert adjusted == [pytest.approx(min(1, 3 * smallest))] * 2


def test_attributes_outside_the_plan_are_exploratory() -> None:
    found = card(drawn(4, 200, {"scanner": 3, "site": 3}))
    assert list(found.by_group) == ["site", "scanner"]
    assert {one.family for one in differences(found, "scanner")} == {EXPLORATORY.format(15)}
    for level in found.by_group["site"].values():
        families = {name: estimate(one).family for name, one in level.differences.items()}
        planned = "Holm over 9 planned tests"
        assert families == dict.fromkeys(CONFIRMATORY, planned) | {"failure_rate": EXPLORATORY.format(15)}
    everyone = differences(found, "site") + differences(found, "scanner")
    assert all(one.p is not None and (one.p_adjusted or 0) >= one.p for one in everyone)


def test_without_a_planned_attribute_all_are_the_family() -> None:
    found = card(drawn(4, 200, {"scanner": 3, "ward": 2}))
    assert all(one.p_adjusted is not None for name in ("scanner", "ward") for one in differences(found, name))


def test_age_of_a_table_is_the_plan_s_age_band() -> None:
    from dataclasses import replace

    from studies import PLAN

    _, truth = study([0.1, 0.2], [0, 1], None, {"x": ["a", "b"], "age": ["<18", "≥80"], "sex": ["F", "M"]})
    plan = replace(PLAN, attributes=("sex", "age_band"))
    assert ordered_attributes(truth, plan) == ["sex", "age", "x"]
    found = card(drawn(4, 200, {"scanner": 3, "age": 3}), attributes=("age_band",))
    assert all(
        "Holm over 9" in (estimate(one.differences["auc"]).family or "") for one in found.by_group["age"].values()
    )
    assert {one.family for one in differences(found, "scanner")} == {EXPLORATORY.format(15)}


def test_an_empty_value_is_the_level_unknown() -> None:
    sexes = ["F", "M", "", "M"] * 15
    labels = [at // 4 % 2 for at in range(60)]
    found = card(study([0.1 * (at % 10) for at in range(60)], labels, None, {"sex": sexes}))
    assert list(found.by_group["sex"]) == ["F", "M", "unknown"]
    counts = [one.counts.cases for one in found.by_group["sex"].values() if one.counts]
    assert counts == [15, 30, 15]


def test_one_case_a_patient_uses_newcombe_and_several_the_bootstrap() -> None:
    single = card(drawn(5, 300, {"sex": 2}, images=1)).by_group["sex"]["sex0"].differences["sensitivity"]
    several = card(drawn(5, 300, {"sex": 2})).by_group["sex"]["sex0"].differences["sensitivity"]
    assert "Newcombe interval; z test" in estimate(single).method
    assert "200 patient bootstraps, seed 7" in estimate(several).method
    assert estimate(several).low < estimate(several).value < estimate(several).high


def test_a_small_group_without_a_miss_is_no_alarm() -> None:
    """Three patients, all found, beside 200 of whom four in five are: chance explains it."""
    labels = [1] * 609 + [0] * 400
    patients = [f"p{at // 3}" for at in range(1009)]
    sites = ["small"] * 9 + ["large"] * 1000
    scores = [0.9] * 9 + [0.9 if at // 3 % 5 else 0.1 for at in range(600)] + [0.2] * 400
    found = card(study(scores, labels, patients, {"site": sites})).by_group["site"]["small"].differences
    measure = estimate(found["sensitivity"])
    assert measure.low < 0 < measure.high
    assert (measure.p or 0) > 0.2
    assert "effective cases" in measure.method


def test_a_patient_in_two_views_is_shared() -> None:
    """Each patient has both views with almost one score: the difference is far surer than two samples make it."""
    rng = np.random.default_rng(1)
    mine = rng.normal(size=100) + np.repeat([0.0, 1.5], 50)
    scores = np.concatenate((mine, mine + 0.05 * rng.normal(size=100)))
    labels = [*([0] * 50 + [1] * 50)] * 2
    patients = [f"p{at}" for at in range(100)]
    views = ["AP"] * 100 + ["PA"] * 100
    shared = card(study(scores.tolist(), labels, patients * 2, {"view": views})).by_group["view"]["AP"]
    apart = card(study(scores.tolist(), labels, None, {"view": views})).by_group["view"]["AP"]
    for name in ("auc", "sensitivity", "specificity"):
        together, alone = estimate(shared.differences[name]), estimate(apart.differences[name])
        assert together.value == alone.value
        assert together.high - together.low < 0.5 * (alone.high - alone.low)
