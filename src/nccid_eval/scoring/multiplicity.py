"""Adjusted p: Holm over the planned family of differences, Benjamini and Hochberg over everything exploratory.

Sources: Holm 1979; Benjamini and Hochberg 1995.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nccid_eval.records import Estimate, GroupScore, Measure

Groups = Mapping[str, Mapping[str, GroupScore]]
Place = tuple[str, str, str]  # attribute, level, measure
PLANNED_AS = {"age": "age_band"}  # a table's `age` is the plan's age band
CONFIRMATORY = ("auc", "sensitivity", "specificity")  # a failure is wrong in each of them, so its rate explores


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """What stands in an estimate after the adjustment."""

    p: float
    family: str


def is_planned(attribute: str, planned: Collection[str]) -> bool:
    return attribute in planned or PLANNED_AS.get(attribute) in planned


def planned_attributes(attributes: Collection[str], planned: Collection[str]) -> list[str]:
    """Those of the family; where the plan names none of the attributes, all of them are."""
    return [name for name in attributes if is_planned(name, planned)] or list(attributes)


def adjust_all(
    groups: Groups, intersections: Groups, planned: Collection[str]
) -> tuple[dict[str, dict[str, GroupScore]], dict[str, dict[str, GroupScore]]]:
    """Set `p_adjusted` and `family` of each difference.

    The planned family is AUC, sensitivity and specificity of the planned attributes. All other differences are one
    exploratory scan. An attribute with two levels is tested once: each level is the other's complement.
    """
    everything = {**groups, **intersections}
    family = planned_attributes(groups, planned)
    raw = {_test(everything, place): p for place, p in _raw(everything)}
    confirmatory = {place: p for place, p in raw.items() if place[0] in family and place[2] in CONFIRMATORY}
    exploratory = {place: p for place, p in raw.items() if place not in confirmatory}
    found = _adjusted(confirmatory, holm, "Holm over {} planned tests") | _adjusted(
        exploratory, benjamini_hochberg, "Benjamini-Hochberg over {} exploratory tests"
    )
    return _renewed(groups, found), _renewed(intersections, found)


def _adjusted(
    tests: Mapping[Place, float], how: Callable[[Sequence[float]], list[float]], words: str
) -> dict[Place, Adjusted]:
    family = words.format(len(tests))
    adjusted = how(list(tests.values()))
    return {place: Adjusted(p=p, family=family) for place, p in zip(tests, adjusted, strict=True)}


def _renewed(groups: Groups, found: Mapping[Place, Adjusted]) -> dict[str, dict[str, GroupScore]]:
    def renewed(place: Place, measure: Measure) -> Measure:
        made = found.get(_test(groups, place))
        if not isinstance(measure, Estimate) or made is None:
            return measure
        return replace(measure, p_adjusted=made.p, family=made.family)

    return {
        attribute: {
            level: replace(
                score,
                differences={name: renewed((attribute, level, name), one) for name, one in score.differences.items()},
            )
            for level, score in levels.items()
        }
        for attribute, levels in groups.items()
    }


def _raw(groups: Groups) -> list[tuple[Place, float]]:
    return [
        ((attribute, level, name), measure.p)
        for attribute, levels in groups.items()
        for level, score in levels.items()
        for name, measure in score.differences.items()
        if isinstance(measure, Estimate) and measure.p is not None
    ]


def _test(groups: Groups, place: Place) -> Place:
    attribute, level, name = place
    return (attribute, "" if len(groups[attribute]) == 2 else level, name)


def holm(p: Sequence[float]) -> list[float]:
    """Step-down: the smallest p times the family's size, the next times one less, never falling, at most 1.

    Written out, as the library's collects garbage at each call, which costs more than a small scorecard.
    """
    order = np.argsort(p, kind="stable")
    stepped = np.asarray(p, dtype=np.float64)[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return [float(one) for one in adjusted]


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Step-up: the k-th smallest p times size / k, never above a later one's, at most 1."""
    order = np.argsort(p, kind="stable")[::-1]
    stepped = np.asarray(p, dtype=np.float64)[order] * (len(p) / np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.minimum.accumulate(stepped), 1.0)
    return [float(one) for one in adjusted]
