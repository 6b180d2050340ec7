"""The JSON form keeps every digit, holds no NaN, and comes back equal."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from studies import card, drawn, estimate, study

from nccid_eval.scoring import from_json, gate, to_json


def test_round_trip_is_exact_with_groups_reasons_and_suppression() -> None:
    studied = drawn(1, 90, {"sex": 2, "site": 6})
    for found in (card(studied), gate(card(studied), studied[1], 10)):
        assert from_json(json.loads(json.dumps(to_json(found), allow_nan=False))) == found


def test_shape() -> None:
    form = to_json(card(drawn(2, 90, {"sex": 2})))
    assert form["schema"] == "nccid-eval/scorecard/1"
    names = {"value", "low", "high", "positives", "negatives", "patients", "method", "signature"}
    assert set(form["overall"]["auc"]) == names
    assert form["overall"]["auc"]["patients"] == 90
    row = form["by_group"]["sex"]["sex0"]
    rates = {"sensitivity", "specificity", "false_negative_rate", "false_positive_rate", "failure_rate"}
    assert set(row) == {"auc", *rates, "counts", "differences"}
    assert set(row["differences"]["sensitivity"]) >= {"value", "low", "high", "p", "p_adjusted"}
    assert {one["verdict"] for one in form["verdicts"]} <= {"met", "not met", "inconclusive"}


def test_what_cannot_be_estimated_is_a_reason_in_its_place() -> None:
    form = to_json(card(study([0.1, 0.9], [1, 1])))
    assert form["overall"]["auc"] == {"reason": "fewer than two healthy patients"}
    assert form["verdicts"][1]["measure"] == {"reason": "fewer than two healthy patients"}
    assert form["predictive_values"][0]["ppv"] == {"reason": "fewer than two healthy patients"}


def test_another_schema_is_refused() -> None:
    form = to_json(card(study([0.1, 0.9], [1, 1])))
    with pytest.raises(ValueError, match="scorecard/2"):
        from_json({**form, "schema": "nccid-eval/scorecard/2"})


def test_a_number_that_is_none_does_not_get_out() -> None:
    found = card(drawn(3, 60, {}))
    broken = replace(estimate(found.overall["auc"]), low=float("nan"))
    with pytest.raises(ValueError, match="not finite"):
        to_json(replace(found, overall={**found.overall, "auc": broken}))
