"""Holm's adjustment over the planned family of differences (Holm 1979)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from nccid_eval.records import Estimate, GroupScore, Measure

Groups = Mapping[str, Mapping[str, GroupScore]]
Place = tuple[str, str, str]  # attribute, level, measure
PLANNED_AS = {"age": "age_band"}  # a table's `age` is the plan's age band


def is_planned(attribute: str, planned: Collection[str]) -> bool:
    return attribute in planned or PLANNED_AS.get(attribute) in planned


def adjust(groups: Groups, planned: Collection[str]) -> dict[str, dict[str, GroupScore]]:
    """Set `p_adjusted` of each planned difference; those of other attributes are exploratory and keep None.

    Where the plan names none of the attributes, all of them are the family. An attribute with two levels is tested
    once: each level is the other's complement.
    """
    family = [name for name in groups if is_planned(name, planned)] or list(groups)
    tests = {_test(groups, place): p for place, p in _raw(groups) if place[0] in family}
    adjusted = dict(zip(tests, holm(list(tests.values())), strict=True))

    def renewed(place: Place, measure: Measure) -> Measure:
        if not isinstance(measure, Estimate):
            return measure
        return replace(measure, p_adjusted=adjusted.get(_test(groups, place)) if place[0] in family else None)

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
