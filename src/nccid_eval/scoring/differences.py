"""A group against its complement: differences of AUC, sensitivity and specificity, with intervals and p.

Sources: Newcombe 1998 (hybrid score); Zou and Donner 2008, Zou 2007 (limits of a difference from the limits of each
side, with correlation); Rao and Scott 1992 (test on effective numbers); Welch 1947 (degrees of freedom).
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
from nccid_eval.scoring.signature import signed
from nccid_eval.scoring.wording import percent

NOTHING = 1e-15  # a variance or a difference below it is one of rounding
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
    measure = _estimate(
        first.value - second.value,
        (low, high),
        logit_p(first, second, correlation, [_degrees(group), _degrees(rest)]),
        counts=(count(group), count(rest)),
        patients=distinct(np.concatenate((group.patient, rest.patient))),
        method=f"{percent(level)} interval from the two logit intervals (Zou); Welch t test on the logit scale",
    )
    return signed(measure, "auc-difference:zou-logit/1", level=level, ties="half", clusters="patient", test="welch")


def proportion_difference(group: Tally, rest: Tally, replicates: Numbers, plan: Plan) -> Measure:
    """Proportion of the group less that of its complement.

    `replicates` (replicates × 4): hits and cases of the group, hits and cases of the complement.
    """
    for side, place in ((group, "in this group"), (rest, "outside this group")):
        missing = unestimable(side)
        if missing:
            return NotEstimable(reason=f"{place}: {missing.reason}")
    together, total = int(np.count_nonzero(group.cases + rest.cases)), group.total + rest.total
    single = together == total
    (low, high), how, method, drawn = _proportion_limits(group, rest, replicates, plan, single=single)
    test = "z test" if single else "Welch t test on effective cases (Rao-Scott)"
    value = group.value - rest.value
    measure = Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        positives=0 if group.kind == "healthy" else total,
        negatives=0 if group.kind == "diseased" else total,
        patients=together,
        method=f"{percent(plan.level)} {how}; {test}",
        p=_pooled_p(group, rest, None if single else [group.patients - 1, rest.patients - 1]),
    )
    options = {"clusters": "none", "test": "z"} if single else {"clusters": "patient", "test": "welch"}
    return signed(measure, f"difference:{method}/1", level=plan.level, **options, **drawn)


def _proportion_limits(
    group: Tally, rest: Tally, replicates: Numbers, plan: Plan, *, single: bool
) -> tuple[Limits, str, str, dict[str, int]]:
    """Newcombe at one case a patient, else the patient bootstrap; with it, how in words and in the signature.

    Where a side stands at 0 or 1, or holds few patients, resampling has no width or no cases: there, Newcombe's
    construction on Wilson limits of the effective numbers.
    """
    if single:
        return _newcombe(group, rest, plan.level), "Newcombe interval", "newcombe", {}
    if {group.value, rest.value} & {0.0, 1.0} or min(group.patients, rest.patients) < FEWEST_FOR_BOOTSTRAP:
        limits = combine(_side(group, plan.level), _side(rest, plan.level), 0.0)
        return limits, "Newcombe interval on effective cases (clustered)", "newcombe-effective", {}
    drawn = ratio(replicates[:, 0], replicates[:, 1]) - ratio(replicates[:, 2], replicates[:, 3])
    how = f"percentile interval, {plan.replicates} patient bootstraps, seed {plan.seed}"
    made = {"replicates": plan.replicates, "seed": plan.seed}
    return percentile_interval(drawn, plan.level), how, "bootstrap", made


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


def _pooled_p(group: Tally, rest: Tally, degrees: list[int] | None) -> float:
    """Two-sided p where both sides have one proportion, on effective numbers (Rao and Scott 1992)."""
    sizes = effective_cases(group), effective_cases(rest)
    pooled = (group.value * sizes[0] + rest.value * sizes[1]) / sum(sizes)
    variances = [pooled * (1 - pooled) / size for size in sizes]
    residuals = [(one.hits - one.value * one.cases) / one.total for one in (group, rest)]
    joint = int(np.count_nonzero(group.cases + rest.cases))
    shared = joint / (joint - 1) * float(residuals[0] @ residuals[1])
    correlation = _correlation(shared, clustered_variance(group), clustered_variance(rest))
    return _two_sided(group.value - rest.value, variances, correlation, degrees)


def logit_p(first: Area, second: Area, correlation: float, degrees: list[int]) -> float:
    """Two-sided p of equal areas on the logit scale, t by Welch and Satterthwaite.

    On the plain scale and by z, small groups raise false alarms by the dozen: a group whose area is high by chance
    has a variance that is low by chance. An area at 0 or 1 is held half a pair of patients off the edge.
    """
    from scipy.special import logit

    values, variances = zip(*(off_the_edge(one) for one in (first, second)), strict=True)
    spread = [value * (1 - value) for value in values]
    on_logit = [variance / one**2 for variance, one in zip(variances, spread, strict=True)]
    return _two_sided(float(logit(values[0]) - logit(values[1])), on_logit, correlation, degrees)


def off_the_edge(found: Area) -> Limits:
    half = 0.5 / found.pairs if found.pairs > 1 else 0.25
    value = min(max(found.value, half), 1 - half) if found.value in (0.0, 1.0) else found.value
    if value != found.value or found.variance < NOTHING:
        return value, value * (1 - value) / found.pairs
    return value, found.variance


def _degrees(sample: Sample) -> int:
    sizes = count(sample)
    return min(sizes.diseased_patients, sizes.healthy_patients) - 1


def _shared_covariance(group: Sample, rest: Sample, first: Area, second: Area) -> float:
    if not np.intersect1d(group.patient, rest.patient).size:
        return 0.0
    joint = distinct(np.concatenate((group.patient, rest.patient)))
    return joint / (joint - 1) * float(first.influence @ second.influence)


def _correlation(covariance: float, first: float, second: float) -> float:
    if covariance == 0 or min(first, second) < NOTHING:
        return 0.0
    return min(max(covariance / math.sqrt(first * second), -1.0), 1.0)


def _two_sided(difference: float, variances: list[float], correlation: float, degrees: list[int] | None) -> float:
    """p by z, or with `degrees` of freedom of each side by t, on Welch's and Satterthwaite's together."""
    from scipy.stats import norm, t

    variance = sum(variances) - 2 * correlation * math.sqrt(variances[0] * variances[1])
    if abs(difference) < NOTHING or variance < NOTHING:
        return 1.0
    statistic = abs(difference) / math.sqrt(variance)
    if degrees is None:
        return 2 * float(norm.sf(statistic))
    shares = [one**2 / freedom for one, freedom in zip(variances, degrees, strict=True)]
    return 2 * float(t.sf(statistic, sum(variances) ** 2 / sum(shares)))


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
