"""What cannot be estimated is said so: never NaN, never a warning, never a width of zero."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import pytest
from studies import card, drawn, estimate, reason, study

from nccid_eval.records import Estimate, Measure, Scorecard
from nccid_eval.scoring import from_json, gate, to_json

STUDIES = {
    "one case": ([0.4], [1], ["a"]),
    "one patient": ([0.4, 0.6, 0.7], [1, 0, 1], ["a", "a", "a"]),
    "two patients with both": ([0.4, 0.6, 0.7, 0.2], [1, 0, 1, 0], ["a", "a", "b", "b"]),
    "all diseased": ([0.4, 0.6, 0.7], [1, 1, 1], ["a", "b", "c"]),
    "all healthy": ([0.4, 0.6, 0.7], [0, 0, 0], ["a", "b", "c"]),
    "one diseased patient": ([0.4, 0.6, 0.7, 0.1], [1, 1, 0, 0], ["a", "a", "b", "c"]),
    "perfect": ([0.9, 0.8, 0.7, 0.1, 0.2, 0.3], [1, 1, 1, 0, 0, 0], list("abcdef")),
    "upside down": ([0.1, 0.2, 0.3, 0.9, 0.8, 0.7], [1, 1, 1, 0, 0, 0], list("abcdef")),
    "all ties": ([0.5] * 6, [1, 1, 1, 0, 0, 0], list("abcdef")),
    "all failed": ([None] * 6, [1, 1, 1, 0, 0, 0], list("abcdef")),
    "diseased failed": ([None, None, None, 0.1, 0.2, 0.3], [1, 1, 1, 0, 0, 0], list("abcdef")),
    "perfect in clusters": ([0.9, 0.8, 0.7, 0.6, 0.1, 0.2, 0.3, 0.0], [1, 1, 1, 1, 0, 0, 0, 0], list("aabbccdd")),
    "huge scores": ([1.7e308, -1.7e308, 1e-320, 0.0], [1, 0, 1, 0], list("abcd")),
}


def measures(found: Scorecard) -> list[Measure]:
    groups = [one for levels in found.by_group.values() for one in levels.values()]
    return [
        *found.overall.values(),
        *(one for analysis in found.failure_analyses.values() for one in analysis.values()),
        *(one for pair in found.predictive_values for one in (pair.ppv, pair.npv)),
        *(one for group in groups for one in (*group.measures.values(), *group.differences.values())),
    ]


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("levels", ["one", "two"])
def test_degenerate_studies_give_reasons_or_honest_intervals(name: str, levels: str) -> None:
    scores, labels, patients = STUDIES[name]
    sites = ["only"] * len(scores) if levels == "one" else ["x" if at % 2 else "y" for at in range(len(scores))]
    studied = study(scores, labels, patients, {"site": sites})
    found = card(studied)
    for measure in measures(found):
        if isinstance(measure, Estimate):
            assert all(math.isfinite(one) for one in (measure.value, measure.low, measure.high)), measure
            assert measure.low <= measure.value <= measure.high
            assert measure.low < measure.high, measure
        else:
            assert measure.reason
    for one in (found, gate(found, studied[1], 10)):
        assert from_json(json.loads(json.dumps(to_json(one), allow_nan=False))) == one


def test_one_class_names_what_is_missing() -> None:
    found = card(study([0.4, 0.6, 0.7], [1, 1, 1])).overall
    assert reason(found["auc"]) == "fewer than two healthy patients"
    assert reason(found["specificity"]) == "fewer than two healthy patients"
    assert estimate(found["sensitivity"]).value == pytest.approx(2 / 3)


def test_perfect_separation_has_a_one_sided_bound() -> None:
    found = estimate(card(study([0.9, 0.8, 0.7, 0.1, 0.2, 0.3], [1, 1, 1, 0, 0, 0])).overall["auc"])
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(0.025 ** (1 / 3))
    assert "3 disjoint pairs" in found.method


def test_the_bound_counts_patients_and_not_cases() -> None:
    found = card(study([0.9, 0.8, 0.7, 0.6, 0.1, 0.2, 0.3, 0.0], [1, 1, 1, 1, 0, 0, 0, 0], list("aabbccdd")))
    assert estimate(found.overall["auc"]).low == pytest.approx(0.025 ** (1 / 2))
    assert estimate(found.overall["sensitivity"]).low == pytest.approx(2 / (2 + 1.959964**2), rel=1e-6)


def test_all_ties_are_a_half_with_the_largest_variance() -> None:
    found = estimate(card(study([0.5] * 20, [0, 1] * 10)).overall["auc"])
    assert found.value == 0.5
    half = 1.959963985 * 2 / 10**0.5  # logit scale: z·sqrt(.25/10)/.25
    assert found.low == pytest.approx(1 / (1 + math.exp(half)), rel=1e-6)


def test_a_site_all_diseased_and_one_all_healthy() -> None:
    sites = ["ill"] * 20 + ["well"] * 20 + ["mixed"] * 20
    labels = [1] * 20 + [0] * 20 + [0, 1] * 10
    scores: Sequence[float] = [0.3 + 0.4 * one + 0.01 * (at % 17) for at, one in enumerate(labels)]
    groups = card(study(scores, labels, None, {"site": sites})).by_group["site"]
    assert reason(groups["ill"].measures["specificity"]) == "sensitivity only: this group has no healthy patient"
    assert "insufficient data: fewer than two diseased patients" in reason(groups["well"].measures["sensitivity"])
    assert reason(groups["ill"].differences["auc"]) == "sensitivity only: this group has no healthy patient"
    assert estimate(groups["ill"].measures["sensitivity"]).value == 1
    assert estimate(groups["mixed"].measures["auc"]).value > 0.9


def test_all_disease_at_one_site() -> None:
    sites = ["ill"] * 20 + ["well"] * 20
    scores = [0.3 + 0.01 * (at * 7 % 40) for at in range(40)]
    groups = card(study(scores, [1] * 20 + [0] * 20, None, {"site": sites})).by_group["site"]
    assert "outside this group: fewer than two diseased" in reason(groups["ill"].differences["sensitivity"])
    assert "outside this group: fewer than two healthy" in reason(groups["well"].differences["specificity"])


def test_a_single_level_has_no_complement() -> None:
    predictions, truth = drawn(1, 60, {"site": 1})
    groups = card((predictions, truth)).by_group["site"]
    assert "no case lies outside" in reason(groups["site0"].differences["auc"])
    assert groups["site0"].measures["auc"] == card((predictions, truth)).overall["auc"]
