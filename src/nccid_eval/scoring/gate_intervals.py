"""Which pointwise intervals of the ROC curve may leave, and what stands in the place of the others.

An interval tells how the hits cluster in patients. Two of them, at points between which one diseased patient lies,
would tell how many images that patient has. So between points with an interval of sensitivity of their own lie no
diseased case, or enough diseased patients; likewise healthy ones of specificity. The others borrow the effective
number of cases of the nearest that has its own: made of what is released, a borrowed interval tells nothing more.

Source: on the logit scale Wilson's limits lie 2 asinh(z / (2 √(n p (1-p)))) either side of p (Newcombe 2001).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from nccid_eval.records import RocPoint, Scorecard


class Limits(NamedTuple):
    low: float | None
    high: float | None
    borrowed: bool


class _At(NamedTuple):
    """A proportion at a point: how many hits, and its limits if it has any."""

    hits: int
    value: float
    limits: Limits


def safe_intervals(points: Sequence[RocPoint], card: Scorecard, steps: tuple[int, int]) -> tuple[RocPoint, ...]:
    """The points; intervals that are not a safe step of diseased, or of healthy, cases apart are borrowed ones.

    `steps`: so many cases of either kind hold enough patients. Nobody and everybody right, and the declared
    threshold, are known from the overall numbers: an interval is as far from these too, or the same.
    """
    declared = [one.threshold == card.threshold for one in points]
    m, n = card.counts.positives, card.counts.negatives
    first = [_At(round(one.sensitivity * m), one.sensitivity, _sensitivity(one)) for one in points]
    second = [_At(round(one.specificity * n), one.specificity, _specificity(one)) for one in points]
    limits = zip(_limits(first, declared, m, steps[0]), _limits(second, declared, n, steps[1]), strict=True)
    return tuple(_with(point, *both) for point, both in zip(points, limits, strict=True))


def _limits(given: Sequence[_At], declared: Sequence[bool], total: int, step: int) -> list[Limits]:
    told = _told(given, declared, total, step)
    own = [one for one, is_told in zip(given, told, strict=True) if is_told and 0 < one.hits < total]
    return [one.limits if is_told else borrowed(one, own) for one, is_told in zip(given, told, strict=True)]


def _told(given: Sequence[_At], declared: Sequence[bool], total: int, step: int) -> list[bool]:
    """Which have an interval of their own that may be told, in the curve's order."""
    known = {0, total} | {one.hits for one, is_it in zip(given, declared, strict=True) if is_it}
    told = []
    for one, is_declared in zip(given, declared, strict=True):
        apart = one.hits in known or all(abs(one.hits - other) >= step for other in known)
        told.append(one.limits.low is not None and not one.limits.borrowed and (is_declared or apart))
        known |= {one.hits} if told[-1] else set()
    return told


def borrowed(wanted: _At, own: Sequence[_At]) -> Limits:
    """Limits on the effective number of cases of the nearest of `own`; none where there is none."""
    if not own:
        return Limits(None, None, borrowed=False)
    nearest = min(own, key=lambda one: abs(one.hits - wanted.hits))
    scale = math.sqrt(nearest.value * (1 - nearest.value) / (wanted.value * (1 - wanted.value)))
    low, high = (_shifted(wanted.value, nearest.value, one or 0.0, scale) for one in nearest.limits[:2])
    return Limits(low, high, borrowed=True)


def _shifted(value: float, near: float, limit: float, scale: float) -> float:
    """The limit that lies from `value` as `limit` does from `near`, on as many effective cases."""
    if not 0 < limit < 1:
        return limit
    half = math.log(limit / (1 - limit)) - math.log(near / (1 - near))
    return 1 / (1 + (1 - value) / value * math.exp(-2 * math.asinh(math.sinh(half / 2) * scale)))


def _sensitivity(point: RocPoint) -> Limits:
    return Limits(point.sensitivity_low, point.sensitivity_high, point.sensitivity_borrowed)


def _specificity(point: RocPoint) -> Limits:
    return Limits(point.specificity_low, point.specificity_high, point.specificity_borrowed)


def _with(point: RocPoint, first: Limits, second: Limits) -> RocPoint:
    return replace(
        point,
        sensitivity_low=first.low,
        sensitivity_high=first.high,
        sensitivity_borrowed=first.borrowed,
        specificity_low=second.low,
        specificity_high=second.high,
        specificity_borrowed=second.borrowed,
    )
