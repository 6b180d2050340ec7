"""Cases become units before anything is scored: one score, one label, one row of attributes a unit."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nccid_eval import scoring
from nccid_eval.errors import PredictionsError
from nccid_eval.partition.building.writing import _JOINED
from nccid_eval.records import Predictions, Truth
from nccid_eval.scoring.units import JOINED

Row = tuple[str, str, bool, float | None]  # unit, patient, label, score (None: timeout)
ROWS: list[Row] = [
    ("u1", "p1", False, 0.2),
    ("u2", "p2", False, 0.3),
    ("u1", "p1", True, 0.7),
    ("u3", "p3", False, 0.1),
    ("u3", "p3", False, None),
    ("u2", "p2", False, 0.3),
    ("u2", "p2", False, 0.3),
]


def truth_of(rows: list[Row]) -> Truth:
    return Truth(
        case=np.array([f"c{place}" for place in range(len(rows))]),
        patient=np.array([patient for _, patient, _, _ in rows]),
        label=np.array([label for _, _, label, _ in rows]),
        attributes={"view": np.array([("AP", "PA", "")[place % 3] for place in range(len(rows))])},
        unit=np.array([unit for unit, _, _, _ in rows]),
    )


def predictions_of(rows: list[Row]) -> Predictions:
    scores = [score for _, _, _, score in rows]
    return Predictions(
        case=truth_of(rows).case,
        score=np.array([0.0 if one is None else one for one in scores]),
        answered=np.array([one is not None for one in scores]),
        outcome=np.array(["timeout" if one is None else "ok" for one in scores]),
    )


def table(rows: list[Row], aggregation: str) -> dict[str, tuple[float, bool, bool, str]]:
    units, truth = scoring.by_unit(predictions_of(rows), truth_of(rows), aggregation)
    assert units.case.tolist() == truth.case.tolist()
    columns = (units.case, units.score, units.answered, truth.label, units.outcome)
    return {unit: tuple(values) for unit, *values in zip(*(one.tolist() for one in columns), strict=True)}


@pytest.mark.parametrize(("aggregation", "first"), [("max", 0.7), ("mean", 0.45)])
def test_a_unit_has_the_highest_or_mean_score_and_is_diseased_where_a_case_is(aggregation: str, first: float) -> None:
    assert table(ROWS, aggregation) == {
        "u1": (first, True, True, "ok"),
        "u2": (0.3, True, False, "ok"),
        "u3": (0.0, False, False, "timeout"),
    }


def test_units_stand_in_the_order_of_their_first_cases() -> None:
    shuffled = [ROWS[place] for place in (3, 0, 5, 1, 2, 4, 6)]
    assert list(table(shuffled, "max")) == ["u3", "u1", "u2"]


def test_a_unit_fails_with_the_commonest_outcome_of_its_failed_cases() -> None:
    rows: list[Row] = [("u", "p", True, score) for score in (None, 0.9, None, None)]
    given = predictions_of(rows)
    outcome = np.array(["oom", "ok", "timeout", "timeout"])
    units, _ = scoring.by_unit(replace(given, outcome=outcome), truth_of(rows), "max")
    assert units.outcome.tolist() == ["timeout"]


def test_what_failed_on_our_side_counts_for_nothing() -> None:
    rows: list[Row] = [("u", "p", True, None), ("u", "p", False, 0.4), ("v", "q", False, 0.2)]
    given = replace(predictions_of(rows), outcome=np.array(["infra", "ok", "ok"]))
    units, truth = scoring.by_unit(given, truth_of(rows), "max")
    assert (units.answered.tolist(), truth.label.tolist()) == ([True, True], [False, False])


def test_a_mean_is_that_of_the_decimals_and_rounded_where_asked() -> None:
    rows: list[Row] = [("u", "p", True, one) for one in (0.1, 0.2, 0.3, 0.000001)]
    exact, _ = scoring.by_unit(predictions_of(rows), truth_of(rows), "mean")
    rounded, _ = scoring.by_unit(predictions_of(rows), truth_of(rows), "mean", decimals=6)
    assert exact.score.tolist() == [0.15000025]
    assert rounded.score.tolist() == [0.15]


def test_attributes_in_which_cases_differ_are_joined_or_the_first_counts() -> None:
    given = truth_of(ROWS)
    given = replace(given, attributes={**given.attributes, "quarter": np.array(list("ba") + [""] * 5)})
    truth = scoring.truth_by_unit(given)
    assert truth.attributes["view"].tolist() == ["AP", "AP+PA", "AP+PA"]
    assert truth.attributes["quarter"].tolist() == ["b", "a", ""]
    assert truth.unit is None


def test_what_a_case_joins_already_is_joined_once() -> None:
    given = replace(truth_of(ROWS), attributes={"view": np.array(["AP+PA", "PA", "AP", "", "", "PA", "AP+PA"])})
    assert scoring.truth_by_unit(given).attributes["view"].tolist() == ["AP+PA", "AP+PA", ""]


def test_a_study_of_a_partition_and_a_unit_join_the_same_attributes() -> None:
    assert JOINED == _JOINED


def test_without_units_nothing_changes() -> None:
    given, truth = predictions_of(ROWS), truth_of(ROWS)
    for unit in (None, truth.case):
        alone = replace(truth, unit=unit)
        assert scoring.by_unit(given, alone, "max") == (given, alone)
        assert scoring.truth_by_unit(alone) is alone


def test_a_unit_of_two_patients_is_refused() -> None:
    with pytest.raises(PredictionsError, match="several patients") as caught:
        table([("u", "p", True, 0.1), ("u", "q", True, 0.1)], "max")
    assert caught.value.mend


@given(
    seed=st.integers(0, 999),
    rows=st.lists(st.sampled_from(ROWS), min_size=1),
    aggregation=st.sampled_from(["max", "mean"]),
)
def test_the_order_of_cases_moves_no_units_score_or_label(seed: int, rows: list[Row], aggregation: str) -> None:
    shuffled = Random(seed).sample(rows, len(rows))
    assert table(shuffled, aggregation) == table(rows, aggregation)
