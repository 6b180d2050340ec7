"""What a study can show, before and after a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from studies import PLAN, card, drawn, study

from nccid_eval.records import Criterion, Power, PowerRow, Predictions, Truth
from nccid_eval.scoring import power_sizes as sizes
from nccid_eval.scoring.auc import area
from nccid_eval.scoring.power import DEFAULT_ICC, answers_icc, design_effect, power_before
from nccid_eval.scoring.proportions import Tally
from nccid_eval.scoring.sample import intention_to_diagnose

ATTRIBUTES = {"sex": 2, "site": 4}


def of_run(studied: tuple[Predictions, Truth], **changes: object) -> Power:
    found = card(studied, **{"permutations": 100, **changes}).power
    assert found is not None
    return found


def row(power: Power, group: str, measure: str) -> PowerRow:
    return next(one for one in power.rows if (one.group, one.measure) == (group, measure))


def tally(hits: list[float], cases: list[float]) -> Tally:
    return Tally(hits=np.array(hits), cases=np.array(cases), kind="diseased")


def test_a_row_a_measure_for_all_and_for_each_planned_group() -> None:
    found = of_run(drawn(1, 120, {**ATTRIBUTES, "smoking": 2}))
    groups = ["all", "sex: sex0", "sex: sex1", *(f"site: site{at}" for at in range(4))]
    assert [one.group for one in found.rows if one.measure == "sensitivity"] == groups
    assert [one.group for one in found.rows if one.measure == "specificity"] == groups
    assert row(found, "all", "sensitivity").detectable_difference is None
    assert found.power == PLAN.power


def test_the_smaller_group_shows_less() -> None:
    found = of_run(drawn(2, 200, ATTRIBUTES))
    whole, site, sex = (row(found, name, "sensitivity") for name in ("all", "site: site0", "sex: sex0"))
    assert whole.half_width is not None
    assert sex.half_width is not None
    assert site.half_width is not None
    assert whole.half_width < sex.half_width < site.half_width
    assert sex.detectable_difference is not None
    assert site.detectable_difference is not None
    assert sex.detectable_difference < site.detectable_difference


def test_one_case_a_patient_gives_the_same_numbers_before_and_after_a_run() -> None:
    predictions, truth = drawn(3, 150, ATTRIBUTES, images=1)
    before, after = power_before(truth, PLAN), of_run((predictions, truth))
    assert before.rows == after.rows
    assert before.needed == after.needed
    assert {one.design_effect for one in before.rows} == {1.0}


def test_before_a_run_the_correlation_is_the_stated_one() -> None:
    _, truth = drawn(4, 100, ATTRIBUTES)
    found = power_before(truth, PLAN)
    sizes_of = np.unique(truth.patient[truth.label], return_counts=True)[1]
    expected = 1 + ((sizes_of**2).sum() / sizes_of.sum() - 1) * DEFAULT_ICC
    assert row(found, "all", "sensitivity").design_effect == pytest.approx(expected)
    assert "stated" in found.method


def test_answers_that_always_agree_within_a_patient_make_patients_the_cases() -> None:
    patients, images = 60, 3
    labels = np.repeat([1, 0] * (patients // 2), images)
    rights = np.repeat(np.arange(patients) % 4 < 2, images)
    scores = np.where(rights == (labels == 1), 0.9, 0.1)
    names = [f"p{one}" for one in np.repeat(np.arange(patients), images)]
    found = row(of_run(study(scores.tolist(), labels.tolist(), names)), "all", "sensitivity")
    assert found.design_effect == pytest.approx(images)
    assert found.cases == patients // 2 * images
    assert found.half_width == pytest.approx(sizes.half_width(0.75, patients // 2, 0.95))


def test_correlation_cannot_be_told_from_one_case_each_or_from_answers_all_alike() -> None:
    assert answers_icc(tally([1, 0, 1], [1, 1, 1])) is None
    assert answers_icc(tally([2, 2, 2], [2, 2, 2])) is None
    assert answers_icc(tally([0, 0], [2, 3])) is None
    assert answers_icc(tally([1], [2])) is None
    assert answers_icc(tally([1, 1, 1, 1], [2, 2, 2, 2])) == 0.0  # less alike than chance: not below 0
    assert design_effect(tally([1, 1], [4, 4]), 0.5) == 2.5


def test_the_assumed_value_lies_above_the_bar_and_below_one() -> None:
    studied = drawn(5, 100, {"sex": 2})
    bars = (Criterion(metric="sensitivity", bar=0.8), Criterion(metric="specificity", bar=0.98))
    found = of_run(studied, criteria=bars)
    assert row(found, "all", "sensitivity").assumed == pytest.approx(0.85)
    assert row(found, "all", "specificity").assumed == pytest.approx(0.99)
    assert row(of_run(studied, criteria=()), "all", "specificity").assumed == 0.85


def test_the_sentence_says_how_many_are_wanted_and_how_many_there_are() -> None:
    """600 diseased, one case each, are more than the 471 wanted; the power of 600 by the same formula is 96%."""
    labels = [1] * 600 + [0] * 200
    studied = study([0.01 * (at % 90) for at in range(800)], labels)
    bars = (Criterion(metric="sensitivity", bar=0.85), Criterion(metric="auc", bar=0.75))
    found = of_run(studied, criteria=bars)
    assert found.needed["sensitivity above 0.85"] == (
        "471 diseased cases (here 600) to show it with a power of 90% where the truth is 0.9; those here give 96%"
    )
    both = found.needed["auc above 0.75"]
    assert "diseased cases (here 600)" in both
    assert "healthy cases (here 200)" in both


def test_a_design_effect_multiplies_what_is_wanted() -> None:
    _, truth = drawn(6, 100, {})
    found = power_before(truth, replace(PLAN, criteria=(Criterion(metric="sensitivity", bar=0.85),)))
    effect = row(found, "all", "sensitivity").design_effect
    assert effect is not None
    assert effect > 1
    wanted = int(np.ceil(471 * effect - 1e-9))
    assert found.needed["sensitivity above 0.85"].startswith(f"{wanted:,} diseased cases")
    assert f"471 times a design effect of {effect:.2f}" in found.needed["sensitivity above 0.85"]


def test_no_case_of_a_kind_is_a_reason() -> None:
    studied = study([0.1, 0.4, 0.6, 0.9], [1, 1, 1, 0], None, {"sex": list("aaab")})
    found = of_run(studied, criteria=(Criterion(metric="auc", bar=0.5),))
    none = row(found, "sex: a", "specificity")
    assert (none.reason, none.half_width) == ("no healthy case", None)
    assert row(found, "sex: b", "specificity").reason == "no healthy case outside this group"
    only = of_run(study([0.1, 0.4], [1, 1]), criteria=(Criterion(metric="specificity", bar=0.5),))
    assert only.needed == {"specificity above 0.5": "there is no healthy case"}


def test_a_group_so_small_that_no_difference_would_be_found_says_so() -> None:
    assert sizes.detectable_difference(0.75, 1.0, 400.0, 0.95, 0.9) is None
    labels = [1] * 60 + [0] * 60
    sex = ["a"] + ["b"] * 118 + ["a"]
    found = of_run(study([0.01 * at for at in range(120)], labels, None, {"sex": sex}))
    assert row(found, "sex: a", "sensitivity").reason == "no difference is so large that it would be found"


def test_a_bar_of_zero_asks_for_nothing() -> None:
    found = of_run(drawn(7, 60, {}), criteria=(Criterion(metric="auc", bar=0.0),))
    assert found.needed == {"auc above 0": "a bar of 0 asks for nothing"}


def test_the_difference_that_is_called_detectable_has_the_power() -> None:
    for share, group, rest in ((0.9, 50.0, 400.0), (0.75, 120.0, 120.0)):
        found = sizes.detectable_difference(share, group, rest, 0.95, 0.8)
        assert found is not None
        assert sizes.power_of_difference(share, share - found, rest, group, 0.95) == pytest.approx(0.8, abs=1e-9)


def test_the_cases_wanted_for_an_auc_show_it_about_as_often_as_asked_for() -> None:
    """Binormal scores of AUC .80 against a bar of .75: simulated power by the logit interval."""
    from nccid_eval.scoring.auc import interval

    diseased, healthy = sizes.auc_cases_needed(0.75, 0.80, 0.4, 0.95, 0.9)
    assert diseased / (diseased + healthy) == pytest.approx(0.4, abs=0.01)
    assert sizes.auc_power(0.75, 0.80, diseased, healthy, 0.95) >= 0.9
    assert sizes.auc_power(0.75, 0.80, diseased - 3, healthy - 3, 0.95) < 0.9
    rng = np.random.default_rng(1)
    shown = []
    for _ in range(300):
        label = np.arange(diseased + healthy) < diseased
        score = rng.normal(size=len(label)) + 1.1902 * label  # √2 · Φ⁻¹(.80)
        found = area(intention_to_diagnose(*study(score.tolist(), label.tolist()), 0.5))
        shown.append(interval(found, 0.95)[0] > 0.75)  # type: ignore[arg-type]
    assert np.mean(shown) == pytest.approx(0.9, abs=0.05)
