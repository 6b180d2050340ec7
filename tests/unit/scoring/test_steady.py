"""Numbers with the digits on which all processors agree: noise in the last digits leaves the same bytes."""

from __future__ import annotations

import dataclasses
import json
import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.report.evaluation_factory import empty_evaluation, evaluation, outside_evaluation

from nccid_eval import scoring
from nccid_eval.records import Estimate, NotEstimable, Scorecard
from nccid_eval.scoring.steady import steady

STATED = ("threshold", "bar")


def card(**overall: float) -> Scorecard:
    """A scorecard whose measures are these numbers."""
    whole = evaluation().scorecard
    auc = whole.overall["auc"]
    assert isinstance(auc, Estimate)
    return dataclasses.replace(
        whole, overall={name: dataclasses.replace(auc, value=one) for name, one in overall.items()}
    )


def value(given: Scorecard, name: str) -> float:
    found = given.overall[name]
    assert isinstance(found, Estimate)
    return found.value


def noisy(table: Any, draw: random.Random, name: str = "") -> Any:
    """The same table as another processor would have made it: each computed number off by some 1e-15 of itself."""
    if isinstance(table, dict):
        return {key: one if key == "plan" else noisy(one, draw, key) for key, one in table.items()}
    if isinstance(table, list):
        return [noisy(one, draw, name) for one in table]
    computed = isinstance(table, float) and name not in STATED
    return table * (1 + draw.uniform(-1e-15, 1e-15)) if computed else table


@pytest.mark.parametrize("seed", range(3))
def test_noise_of_another_processor_leaves_the_same_bytes(seed: int) -> None:
    draw = random.Random(seed)
    off = 1 + 1e-4  # so that no number of the factory is a round one, on the edge between two
    ours = noisy(scoring.to_json(evaluation().scorecard), random.Random(9))
    ours = json.loads(json.dumps(ours), parse_float=lambda text: float(text) / off)
    theirs = noisy(ours, draw)
    assert ours != theirs
    first, second = (scoring.to_json(steady(scoring.from_json(one))) for one in (ours, theirs))
    assert json.dumps(first) == json.dumps(second)


@pytest.mark.parametrize("make", [evaluation, outside_evaluation, empty_evaluation])
def test_twice_is_once_and_nothing_moves_that_a_reader_sees(make: Callable[[], Any]) -> None:
    given = make().scorecard
    once = steady(given)
    assert steady(once) == once
    assert once.plan == given.plan
    assert once.threshold == given.threshold
    assert [one.threshold for one in once.roc] == [one.threshold for one in given.roc]
    for name, measure in given.overall.items():
        rounded = once.overall[name]
        if isinstance(measure, NotEstimable):
            assert rounded == measure
        else:
            assert isinstance(rounded, Estimate)
            assert math.isclose(rounded.value, measure.value, rel_tol=1e-8)


def test_nine_digits_are_kept_and_what_rounding_left_over_is_nothing() -> None:
    made = steady(card(a=0.123456789123, b=1234.56789123, c=3e-17, d=-2e-13, e=1e-9, f=-0.0))
    assert [value(made, name) for name in "abcde"] == [0.123456789, 1234.56789, 0.0, 0.0, 1e-9]
    assert math.copysign(1, value(made, "d")) == math.copysign(1, value(made, "f")) == 1.0


def test_a_p_value_may_be_as_small_as_it_likes() -> None:
    small = evaluation().scorecard
    auc = small.overall["auc"]
    assert isinstance(auc, Estimate)
    made = steady(dataclasses.replace(small, overall={"auc": dataclasses.replace(auc, p=1.23456789012e-30)})).overall
    assert made["auc"].p == 1.23456789e-30  # type: ignore[union-attr]
