"""Curves that may leave: no step between two released points holds only a few patients.

ROC curve and decision curves are thinned together, as each point of either tells how many cases are called positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from nccid_eval.records import Counts, DecisionCurve, RocPoint, Scorecard, Texts, Truth
from nccid_eval.scoring.gate_intervals import safe_intervals
from nccid_eval.scoring.roc import GRID

DECIMALS = 2  # of a released threshold


def safe_step(truth: Truth, minimum: int) -> int:
    """So many cases hold `minimum` patients even where they are the ones with the most cases."""
    return _safe_step(truth.patient, minimum)


def _safe_step(patient: Texts, minimum: int) -> int:
    sizes = np.sort(np.unique(patient, return_counts=True)[1])[::-1]
    return int(sizes[: minimum - 1].sum()) + 1


def thin_roc(scorecard: Scorecard, truth: Truth, minimum: int) -> tuple[RocPoint, ...]:
    """The ends of the curve and the declared threshold, known anyway, and points a safe step apart.

    Of a curve that has them, thresholds of the grid: they are the same whatever the scores, and no case's own.
    Thresholds of the decision curves come first: a point of both curves tells no more than a point of one.
    """
    points = _candidates(scorecard)
    if len(points) < 3:
        return points
    kept = _apart(points, scorecard, safe_step(truth, minimum))
    return with_safe_intervals(_coarse(kept, scorecard.threshold), scorecard, truth, minimum)


def with_safe_intervals(
    points: Sequence[RocPoint], scorecard: Scorecard, truth: Truth, minimum: int
) -> tuple[RocPoint, ...]:
    """Points that may leave, and of their intervals those that may."""
    steps = _safe_step(truth.patient[truth.label], minimum), _safe_step(truth.patient[~truth.label], minimum)
    return safe_intervals(points, scorecard, steps)


def _candidates(card: Scorecard) -> tuple[RocPoint, ...]:
    """The ends, the declared threshold and those of the grid; all points where the curve has not the whole grid."""
    asked = {*GRID.tolist(), card.threshold}
    if not asked <= {one.threshold for one in card.roc}:
        return card.roc
    return (card.roc[0], *(one for one in card.roc[1:-1] if one.threshold in asked), card.roc[-1])


def _apart(points: Sequence[RocPoint], card: Scorecard, step: int) -> list[RocPoint]:
    called = _called(points, card.counts)
    ends = {0, len(points) - 1}
    kept = ends | {at for at, one in enumerate(points) if one.threshold == card.threshold}
    for at in _decided(card, called):
        if all(abs(called[at] - called[one]) >= step for one in kept):
            kept.add(at)
    anchors = sorted(kept)
    for first, last in pairwise(anchors):
        latest = first
        for at in range(first + 1, last):
            if called[at] - called[latest] >= step and called[last] - called[at] >= step:
                kept.add(at)
                latest = at
    return [points[at] for at in sorted(kept)]


def _coarse(points: Sequence[RocPoint], declared: float) -> tuple[RocPoint, ...]:
    """The points with their thresholds in steps: as it stands each is one case's score, and six decimals carry much.

    The declared threshold stays. Another point that would pass for it goes, and an end moves a step outwards.
    """
    coarse = []
    for at, point in enumerate(points):
        step = round(point.threshold, DECIMALS)
        if point.threshold == declared:
            coarse.append(point)
        elif at in (0, len(points) - 1):
            coarse.append(replace(point, threshold=_outwards(point.threshold, declared, up=at == 0)))
        elif step != declared:
            coarse.append(replace(point, threshold=step))
    return tuple(coarse)


def _outwards(threshold: float, declared: float, *, up: bool) -> float:
    """The next step beyond all scores, so that an end still says nobody or everybody."""
    step, sign = round(threshold, DECIMALS), 1 if up else -1
    beyond = sign * step < sign * threshold or step == declared
    return round(step + sign * 10**-DECIMALS, DECIMALS) if beyond else step


def _decided(scorecard: Scorecard, called: list[int]) -> list[int]:
    """Points of the ROC curve where as many cases are called as at a threshold of the decision curves."""
    if scorecard.confusion is None or not scorecard.decision_curves:
        return []
    place = {number: at for at, number in enumerate(called)}
    counts = (one.called for one in scorecard.decision_curves[0].points if one.called is not None)
    wanted = (one + scorecard.confusion.failed_negatives for one in counts)
    return [place[one] for one in wanted if one in place]


def thin_decisions(released: Scorecard, truth: Truth, minimum: int) -> tuple[DecisionCurve, ...]:
    """Points a safe step from each other and from the points of the thinned ROC curve, or of equal counts with one.

    Counts of cases called positive then go. `released` holds the thinned ROC curve. Failed healthy cases count as
    called in it, and are not in the decision curves. Curves without counts stay where they went through a gate of
    the same minimum before, else they go.
    """
    curves = released.decision_curves
    if not curves or not curves[0].points or curves[0].points[0].called is None:
        return curves if f"(fewer than {minimum} " in released.gate else ()
    if released.confusion is None:
        return ()
    step = safe_step(truth, minimum)
    kept = {one - released.confusion.failed_negatives for one in _called(released.roc, released.counts)}
    places = []
    for at, point in enumerate(curves[0].points):
        if point.called is not None and all(one == point.called or abs(one - point.called) >= step for one in kept):
            kept.add(point.called)
            places.append(at)
    return tuple(
        replace(curve, points=tuple(replace(curve.points[at], called=None) for at in places)) for curve in curves
    )


def _called(points: Sequence[RocPoint], counts: Counts) -> list[int]:
    return [round(one.sensitivity * counts.positives + (1 - one.specificity) * counts.negatives) for one in points]
