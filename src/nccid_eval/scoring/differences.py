"""A group against its complement: differences of AUC, sensitivity and specificity, with intervals and p.

Sources: Newcombe 1998 (hybrid score); Zou and Donner 2008, Zou 2007 (limits of a difference from the limits of each
side, with correlation); Rao and Scott 1992 (z test on effective numbers); DeLong 1988, Obuchowski 1997 (areas).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nccid_eval.records import Counts, Estimate, Measure, NotEstimable, Numbers, Plan
from nccid_eval.scoring.auc import Area, area, interval
from nccid_eval.scoring.proportions import Tally, clustered_variance, effective_cases, unestimable, wilson
from nccid_eval.scoring.resampling import percentile_interval, ratio
from nccid_eval.scoring.sample import Sample, count, distinct
from nccid_eval.scoring.wording import percent

FEWEST_FOR_BOOTSTRAP = 10  # patients on a side; below, replicates without any become likely
Limits = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a difference: its value and the limits of its own interval."""

    value: float
    low: float
    high: float


def auc_difference(group: Sample, rest: Sample, level: float) -> Measure:
    """AUC of the group less that of its complement; a patient may have cases in both."""
    first, second = area(group), area(rest)
    if isinstance(first, NotEstimable):
        return NotEstimable(reason=f"in this group: {first.reason}")
    if isinstance(second, NotEstimable):
        return NotEstimable(reason=f"outside this group: {second.reason}")
    shared = _shared_covariance(group, rest, first, second)
    correlation = _correlation(shared, first.variance, second.variance)
    sides = [
        Side(value=one.value, low=low, high=high)
        for one in (first, second)
        for low, high, _ in [interval(one, level)]
    ]
    low, high = combine(sides[0], sides[1], correlation)
    variances = [_null_variance(first, second), _null_variance(second, first)]
    variance = sum(variances) - 2 * correlation * math.sqrt(variances[0] * variances[1])
    return _estimate(
        first.value - second.value,
        (low, high),
        _two_sided(first.value - second.value, variance),
        counts=(count(group), count(rest)),
        patients=distinct(np.concatenate((group.patient, rest.patient))),
        method=f"{percent(level)} interval from the two logit intervals (Zou); z test on clustered variances",
    )


def proportion_difference(group: Tally, rest: Tally, replicates: Numbers, plan: Plan) -> Measure:
    """Proportion of the group less that of its complement.

    `replicates` (replicates × 4): hits and cases of the group, hits and cases of the complement. Newcombe at one case
    a patient; the patient bootstrap otherwise, but where a side stands at 0 or 1 or holds few patients, where
    resampling has no width, Newcombe's construction on Wilson limits of the effective numbers.
    """
    for side, place in ((group, "in this group"), (rest, "outside this group")):
        missing = unestimable(side)
        if missing:
            return NotEstimable(reason=f"{place}: {missing.reason}")
    together = int(np.count_nonzero(group.cases + rest.cases))
    single = together == group.total + rest.total
    fewest = min(group.patients, rest.patients)
    if single:
        limits, how = _newcombe(group, rest, plan.level), "Newcombe interval"
    elif {group.value, rest.value} & {0.0, 1.0} or fewest < FEWEST_FOR_BOOTSTRAP:
        limits = combine(_side(group, plan.level), _side(rest, plan.level), 0.0)
        how = "Newcombe interval on effective cases (clustered)"
    else:
        drawn = ratio(replicates[:, 0], replicates[:, 1]) - ratio(replicates[:, 2], replicates[:, 3])
        limits = percentile_interval(drawn, plan.level)
        how = f"percentile interval, {plan.replicates} patient bootstraps, seed {plan.seed}"
    test = "z test" if single else "z test on effective cases (Rao-Scott)"
    total = group.total + rest.total
    value = group.value - rest.value
    return Estimate(
        value=value,
        low=min(limits[0], value),
        high=max(limits[1], value),
        positives=0 if group.kind == "healthy" else total,
        negatives=0 if group.kind == "diseased" else total,
        patients=together,
        method=f"{percent(plan.level)} {how}; {test}",
        p=_two_sided(value, _pooled_variance(group, rest)),
    )


def combine(first: Side, second: Side, correlation: float) -> Limits:
    """Limits of a difference from the limits of its two sides (Newcombe's squaring and adding; Zou 2007)."""
    down, up = first.value - first.low, first.high - first.value
    other_down, other_up = second.value - second.low, second.high - second.value
    difference = first.value - second.value
    below = down**2 + other_up**2 - 2 * correlation * down * other_up
    above = up**2 + other_down**2 - 2 * correlation * up * other_down
    return difference - math.sqrt(max(below, 0.0)), difference + math.sqrt(max(above, 0.0))


def _newcombe(group: Tally, rest: Tally, level: float) -> Limits:
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(
        group.hits.sum(), group.total, rest.hits.sum(), rest.total, method="newcomb", compare="diff", alpha=1 - level
    )
    return float(low), float(high)


def _side(tally: Tally, level: float) -> Side:
    low, high = wilson(tally, level)
    return Side(value=tally.value, low=low, high=high)


def _pooled_variance(group: Tally, rest: Tally) -> float:
    """Variance of the difference where both sides have one proportion, on effective numbers (Rao and Scott 1992)."""
    sizes = effective_cases(group), effective_cases(rest)
    pooled = (group.value * sizes[0] + rest.value * sizes[1]) / sum(sizes)
    variances = [pooled * (1 - pooled) / size for size in sizes]
    residuals = [(one.hits - one.value * one.cases) / one.total for one in (group, rest)]
    joint = int(np.count_nonzero(group.cases + rest.cases))
    shared = joint / (joint - 1) * float(residuals[0] @ residuals[1])
    correlation = _correlation(shared, clustered_variance(group), clustered_variance(rest))
    return sum(variances) - 2 * correlation * math.sqrt(variances[0] * variances[1])


def _null_variance(one: Area, other: Area) -> float:
    """Where an area is 0 or 1, or its placements do not vary: the largest variance that the other's value allows."""
    if one.value not in (0.0, 1.0) and one.variance > 1e-15:
        return one.variance
    value = other.value if one.value in (0.0, 1.0) else one.value
    spread = value * (1 - value) if value not in (0.0, 1.0) else 0.25
    return spread / one.pairs


def _shared_covariance(group: Sample, rest: Sample, first: Area, second: Area) -> float:
    if not np.intersect1d(group.patient, rest.patient).size:
        return 0.0
    joint = distinct(np.concatenate((group.patient, rest.patient)))
    return joint / (joint - 1) * float(first.influence @ second.influence)


def _correlation(covariance: float, first: float, second: float) -> float:
    if covariance == 0 or min(first, second) < 1e-15:
        return 0.0
    return min(max(covariance / math.sqrt(first * second), -1.0), 1.0)


def _two_sided(difference: float, variance: float) -> float:
    from scipy.stats import norm

    if abs(difference) < 1e-12:
        return 1.0
    return 2 * float(norm.sf(abs(difference) / math.sqrt(variance))) if variance > 1e-15 else 1.0


def _estimate(
    value: float, limits: Limits, p: float, *, counts: tuple[Counts, Counts], patients: int, method: str
) -> Estimate:
    return Estimate(
        value=value,
        low=limits[0],
        high=limits[1],
        positives=counts[0].positives + counts[1].positives,
        negatives=counts[0].negatives + counts[1].negatives,
        patients=patients,
        method=method,
        p=p,
    )
