"""From cases to the unit of analysis: one score, one label, one row of attributes a unit.

Applied before anything is scored, so that every number of a scorecard counts units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from nccid_eval.errors import PredictionsError
from nccid_eval.records import Flags, Outcome, Predictions, Texts, Truth
from nccid_eval.scoring.sample import scored_cases

JOINED = frozenset(
    {"view", "maker", "modality", "photometric", "size", "bits"}
)  # a unit's cases may differ in them: "AP+PA"
_Members = Sequence[NDArray[np.intp]]  # the places of each unit's cases


def by_unit(
    predictions: Predictions, truth: Truth, aggregation: str, *, decimals: int | None = None
) -> tuple[Predictions, Truth]:
    """Predictions and truth of the units, each under its own name, in the order of their first cases.

    What failed on our side is left out first. A unit fails where one of its cases failed, with the commonest outcome
    among these: whoever fails on the hard image of a patient has not judged the patient. Its score is the
    `aggregation` (max or mean) of its cases' scores; the mean is that of the decimal numbers as they are written,
    rounded to `decimals` where given. The truth is `truth_by_unit`'s. Without units both come back as they are.
    Raises PredictionsError as that does, and where predictions and truth do not line up.
    """
    if not has_units(truth):
        return predictions, truth
    predictions, truth = scored_cases(predictions, truth)
    names, members = _members(truth)
    answered: Flags = np.array([predictions.answered[at].all() for at in members], dtype=np.bool_)
    scores = [
        _AGGREGATIONS[aggregation](predictions.score[at].tolist()) if whole else 0.0
        for at, whole in zip(members, answered, strict=True)
    ]
    outcomes = [_outcome(predictions.outcome[at], predictions.answered[at]) for at in members]
    units = Predictions(
        case=names,
        score=np.array(scores if decimals is None else [round(one, decimals) for one in scores], dtype=np.float64),
        answered=answered,
        outcome=np.array(outcomes, dtype=np.str_),
    )
    return units, truth_by_unit(truth)


def truth_by_unit(truth: Truth) -> Truth:
    """The truth of the units: diseased where one of the cases is.

    An attribute in which cases differ has all their values if it is one of JOINED ("AP+PA"), and for others the first
    in alphabetical order. Raises PredictionsError for a unit of several patients.
    """
    if not has_units(truth):
        return truth
    names, members = _members(truth)
    for name, at in zip(names.tolist(), members, strict=True):
        if len(set(truth.patient[at].tolist())) > 1:
            raise PredictionsError(
                f"the unit {name!r} has cases of several patients",
                where="column 'unit'",
                mend="give each unit one patient; rename the column if it is no unit of analysis",
            )
    first = np.array([at[0] for at in members], dtype=np.intp)
    return Truth(
        case=names,
        patient=truth.patient[first],
        label=np.array([truth.label[at].any() for at in members], dtype=np.bool_),
        attributes={name: _merged(values, members, name) for name, values in truth.attributes.items()},
    )


def has_units(truth: Truth) -> bool:
    """Whether a unit is anything but its case."""
    return truth.unit is not None and not np.array_equal(truth.unit, truth.case)


def _members(truth: Truth) -> tuple[Texts, _Members]:
    units = truth.case if truth.unit is None else truth.unit
    names, first, of_case = np.unique(units, return_index=True, return_inverse=True)
    order = np.argsort(of_case, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(of_case))[:-1])
    appearance = np.argsort(first)
    return names[appearance], [groups[place] for place in appearance]


def _mean(scores: Sequence[float]) -> float:
    # As decimals: three times 0.3 is 0.3 and not a hair below a threshold of 0.3.
    return float(sum(Fraction(Decimal(repr(one))) for one in scores) / len(scores))


_AGGREGATIONS: Mapping[str, Callable[[Sequence[float]], float]] = {"max": max, "mean": _mean}


def _outcome(outcomes: Texts, answered: Flags) -> str:
    failed: list[str] = outcomes[~answered].tolist()
    if not failed:
        return Outcome.OK.value
    return min(set(failed), key=lambda one: (-failed.count(one), one))


def _merged(values: Texts, members: _Members, name: str) -> Texts:
    return np.array([_said(values[at].tolist(), joined=name in JOINED) for at in members], dtype=np.str_)


def _said(values: Sequence[str], *, joined: bool) -> str:
    if not joined:
        return min((one for one in values if one), default="")
    parts = {part for one in values for part in one.split("+")}  # a case that is a study has joined its own
    return "+".join(sorted(parts - {""}))
