"""Attributes that healthy patients lack: sensitivity is said, and nothing tells of the few healthy who have them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from attacks import found_out, patients, released, small_remainders
from studies import card, drawn, estimate, reason, study

from nccid_eval.records import NotEstimable, Predictions, Scorecard, Truth
from nccid_eval.scoring import from_json, gate, to_json
from nccid_eval.scoring.cell_audit import describe_cells
from nccid_eval.scoring.recorded import for_diseased_alone
from nccid_eval.scoring.suppression import all_columns, hidden_in, unspoken

MINIMUM = 10
ONLY = "sensitivity only: ethnicity is not recorded for healthy patients"


def recorded(seed: int, known_healthy: int, patients: int = 300) -> tuple[Predictions, Truth]:
    """Ethnicity is known of nearly all the diseased and of `known_healthy` healthy patients; sites of unlike size."""
    rng = np.random.default_rng([seed, 9])
    predictions, truth = drawn(seed, patients, {"sex": 2})
    _, codes = np.unique(truth.patient, return_inverse=True)
    sick = np.isin(np.arange(patients), codes[truth.label])
    names = np.array(["Asian", "Black", "Mixed", "White", ""])
    own = names[rng.choice(5, patients, p=[0.2, 0.15, 0.04, 0.56, 0.05])]
    having = rng.permutation(np.flatnonzero(~sick))[:known_healthy]
    own[~sick & ~np.isin(np.arange(patients), having)] = ""
    own[having] = names[rng.integers(0, 4, known_healthy)]
    site = np.array(["a", "b", "c", "d"])[rng.choice(4, patients, p=[0.5, 0.3, 0.17, 0.03])]
    attributes = {**truth.attributes, "ethnicity": own[codes], "site": site[codes]}
    return predictions, replace(truth, attributes=attributes)


def scored(studied: tuple[Predictions, Truth], **changes: object) -> Scorecard:
    wanted = {"attributes": ("sex", "site", "ethnicity"), "intersections": (("sex", "ethnicity"),)}
    return card(studied, **(wanted | {"replicates": 100} | changes))


def test_only_what_hangs_on_diseased_cases_is_estimated() -> None:
    studied = recorded(1, 3)
    row = scored(studied).by_group["ethnicity"]["White"]
    for name in ("auc", "specificity", "false_positive_rate"):
        assert row.measures[name] == NotEstimable(reason=ONLY)
    assert row.differences["specificity"] == NotEstimable(reason=ONLY)
    sensitivity = estimate(row.measures["sensitivity"])
    assert sensitivity.negatives == 0
    assert estimate(row.measures["false_negative_rate"]).value == pytest.approx(1 - sensitivity.value)
    assert estimate(row.measures["false_negative_rate"]).low == pytest.approx(1 - sensitivity.high)
    assert estimate(row.differences["sensitivity"]).p is not None
    assert row.counts is not None
    assert (row.counts.healthy_patients, row.counts.negatives, row.counts.diseased_only) == (0, 0, True)


def test_no_number_of_the_row_moves_with_healthy_predictions() -> None:
    """So none of them can tell of a healthy patient who has the attribute."""
    predictions, truth = recorded(2, 5)
    other = Predictions(
        case=predictions.case,
        score=np.where(truth.label, predictions.score, -predictions.score),
        answered=predictions.answered | ~truth.label,
        outcome=predictions.outcome,
    )
    first, second = scored((predictions, truth)), scored((other, truth))
    assert first.overall["specificity"] != second.overall["specificity"]
    for level, row in first.by_group["ethnicity"].items():
        there = second.by_group["ethnicity"][level]
        assert row.measures == there.measures
        assert row.counts == there.counts
        assert row.differences["failure_rate"].p == there.differences["failure_rate"].p  # type: ignore[union-attr]


def test_failures_are_counted_among_the_diseased() -> None:
    labels = [1] * 40 + [0] * 40
    scores: list[float | None] = [None] * 10 + [0.9] * 30 + [None] * 40
    wards = ["x"] * 20 + ["y"] * 20 + [""] * 40
    found = card(study(scores, labels, None, {"ward": wards})).by_group["ward"]
    failing = estimate(found["x"].measures["failure_rate"])
    assert failing.value == 0.5
    assert (failing.positives, failing.negatives) == (20, 0)
    assert failing.method.startswith("of diseased cases")
    assert "of=diseased" in failing.signature
    assert estimate(found["x"].differences["failure_rate"]).value == 0.5


@pytest.mark.parametrize(("known", "expected"), [(0, True), (10, True), (11, False)])
def test_nearly_none_is_a_tenth(known: int, expected: bool) -> None:
    label = np.repeat([True, False], 100)
    has = np.concatenate((np.ones(100, dtype=np.bool_), np.arange(100) < known))
    assert for_diseased_alone(has, np.arange(200), label) is expected


def test_an_attribute_that_the_diseased_lack_as_well_is_no_such_case() -> None:
    label = np.repeat([True, False], 100)
    assert not for_diseased_alone(np.zeros(200, dtype=np.bool_), np.arange(200), label)
    assert not for_diseased_alone(np.ones(100, dtype=np.bool_), np.arange(100), label[:100])


@pytest.mark.parametrize("known", [0, 1, 4, 9])
def test_large_diseased_levels_are_released_and_the_healthy_part_never(known: int) -> None:
    studied = recorded(3, known)
    found = gate(scored(studied), studied[1], MINIMUM)
    white = found.by_group["ethnicity"]["White"]
    assert estimate(white.measures["sensitivity"]).patients > 50
    assert reason(white.measures["specificity"]) == ONLY
    assert not any(name == "ethnicity" for name, _ in released(found, diseased=False))
    mixed = found.by_group["ethnicity"]["Mixed"]  # fewer than ten diseased patients
    assert mixed.counts is None
    assert from_json(json.loads(json.dumps(to_json(found)))) == found


@pytest.mark.parametrize("seed", range(6))
def test_release_does_not_depend_on_which_healthy_patients_have_the_attribute(seed: int) -> None:
    """Two truths that differ in a few healthy patients' ethnicity alone release the same of it."""
    predictions, truth = recorded(seed, 0)
    known = truth.attributes["ethnicity"].copy()
    chosen = np.unique(truth.patient[~truth.label])[:7]
    known[np.isin(truth.patient, chosen)] = "Mixed"
    other = replace(truth, attributes={**truth.attributes, "ethnicity": known})
    first, second = (gate(scored((predictions, one)), one, MINIMUM) for one in (truth, other))
    assert first.by_group["ethnicity"] == second.by_group["ethnicity"]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("known", [0, 3, 9])
def test_nothing_small_can_be_computed_from_a_mixed_release(seed: int, known: int) -> None:
    studied = recorded(seed, known)
    found = gate(scored(studied), studied[1], MINIMUM)
    assert list(found_out(found, studied[1], MINIMUM, diseased=True)) == []
    healthy = list(found_out(found, studied[1], MINIMUM, diseased=False))
    # a level without any healthy patient is no secret: nobody is in it
    assert all(
        patients(studied[1], studied[1].attributes[name] == level, diseased=False) == 0
        for chosen in healthy
        for name, level in chosen
        if name == "ethnicity"
    )
    assert not [chosen for chosen in healthy if not any(name == "ethnicity" for name, _ in chosen)]
    for sick in (True, False):
        assert list(small_remainders(found, studied[1], MINIMUM, diseased=sick)) == []


def test_a_site_without_healthy_patients_is_still_suppressed() -> None:
    """There the field is recorded of all: that everybody at the site is diseased tells of each of them."""
    predictions, truth = recorded(4, 3)
    sick = np.isin(truth.patient, truth.patient[truth.label])
    site = np.where(sick & (truth.attributes["site"] == "b"), "only ill", truth.attributes["site"])
    site = np.where(~sick & (site == "only ill"), "a", site)
    truth = replace(truth, attributes={**truth.attributes, "site": site})
    found = gate(scored((predictions, truth)), truth, MINIMUM)
    assert patients(truth, site == "only ill", diseased=True) > 20
    assert found.by_group["site"]["only ill"].counts is None


def test_tables_that_tell_of_healthy_patients_are_told_to_leave_the_attribute_out() -> None:
    from studies import PLAN

    _, truth = recorded(5, 3)
    plan = replace(PLAN, attributes=("sex", "ethnicity"))
    whole = hidden_in(truth, plan, MINIMUM)
    both = unspoken(describe_cells(all_columns(truth, plan), truth), whole)
    assert ("ethnicity", "White") not in whole
    assert both["ethnicity", "White"] == ONLY
    assert whole.items() <= both.items()
    assert hidden_in(truth, plan, 0) == {}
