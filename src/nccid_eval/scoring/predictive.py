"""Predictive values at stated prevalences, and likelihood ratios.

Sources: Bayes; Altman and Bland 1994 (predictive values); Simel, Samsa, Matchar 1991 (likelihood ratios).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nccid_eval.records import Estimate, Measure, NotEstimable, Numbers, Plan, PredictiveValues
from nccid_eval.scoring.proportions import Tally, effective_cases, unestimable, wilson
from nccid_eval.scoring.resampling import percentile_interval, ratio
from nccid_eval.scoring.signature import signed
from nccid_eval.scoring.wording import percent

Rule = Callable[[Numbers, Numbers, float], Numbers]


def ppv(sensitivity: Numbers, specificity: Numbers, prevalence: float) -> Numbers:
    """P(diseased | called positive); NaN where nobody would be called positive."""
    return _share(sensitivity * prevalence, (1 - specificity) * (1 - prevalence))


def npv(sensitivity: Numbers, specificity: Numbers, prevalence: float) -> Numbers:
    """P(healthy | called negative); NaN where nobody would be called negative."""
    return _share(specificity * (1 - prevalence), (1 - sensitivity) * prevalence)


def predictive_values(
    diseased: Tally, healthy: Tally, replicates: tuple[Numbers, Numbers] | None, plan: Plan
) -> tuple[PredictiveValues, ...]:
    """At the partition's own prevalence of cases, then at the stated ones, each taken as known.

    `replicates` holds sensitivity and specificity of each bootstrap replicate, None where neither can be made.
    """
    cases = diseased.total + healthy.total
    own = diseased.total / cases if cases else 0.0
    wanted = [(own, True), *((one, False) for one in plan.prevalences)]
    return tuple(
        PredictiveValues(
            prevalence=prevalence,
            of_partition=of_partition,
            ppv=_measure(ppv, "positive", prevalence, diseased, healthy, replicates, plan),
            npv=_measure(npv, "negative", prevalence, diseased, healthy, replicates, plan),
        )
        for prevalence, of_partition in wanted
    )


def likelihood_ratios(diseased: Tally, healthy: Tally, level: float) -> dict[str, Measure]:
    """LR+ and LR- with log-normal intervals on the effective numbers of cases."""
    missing = unestimable(diseased) or unestimable(healthy)
    names = ("lr_positive", "lr_negative")
    if missing:
        return dict.fromkeys(names, missing)
    if {diseased.value, healthy.value} & {0.0, 1.0}:
        reason = "undefined where sensitivity or specificity is 0 or 1"
        return dict.fromkeys(names, NotEstimable(reason=reason))
    se, sp = diseased.value, healthy.value
    return {
        "lr_positive": _likelihood_ratio(se, 1 - sp, diseased, healthy, level),
        "lr_negative": _likelihood_ratio(1 - se, sp, diseased, healthy, level),
    }


def _likelihood_ratio(above: float, below: float, diseased: Tally, healthy: Tally, level: float) -> Measure:
    from scipy.stats import norm

    variance = (
        (1 - above) / (above * effective_cases(diseased))
        + (1 - below) / (below * effective_cases(healthy))
        + 2 * _shared(diseased, healthy) / (above * below)
    )
    half = float(norm.ppf((1 + level) / 2)) * math.sqrt(max(variance, 0.0))
    value = above / below
    single = diseased.is_single and healthy.is_single
    measure = Estimate(
        value=value,
        low=value * math.exp(-half),
        high=value * math.exp(half),
        positives=diseased.total,
        negatives=healthy.total,
        patients=int(np.count_nonzero(diseased.cases + healthy.cases)),
        method=f"{percent(level)} log-normal interval" + ("" if single else " on effective cases (clustered)"),
    )
    return signed(measure, "likelihood-ratio:log-normal/1", level=level, clusters="none" if single else "patient")


def _shared(diseased: Tally, healthy: Tally) -> float:
    """Covariance of sensitivity and specificity through patients with both kinds of case.

    It enters both ratios with a plus: each is one share over the complement of the other.
    """
    joint = int(np.count_nonzero(diseased.cases + healthy.cases))
    first = (diseased.hits - diseased.value * diseased.cases) / diseased.total
    second = (healthy.hits - healthy.value * healthy.cases) / healthy.total
    return joint / (joint - 1) * float(first @ second)


def _measure(
    rule: Rule,
    call: str,
    prevalence: float,
    diseased: Tally,
    healthy: Tally,
    replicates: tuple[Numbers, Numbers] | None,
    plan: Plan,
) -> Measure:
    missing = unestimable(diseased) or unestimable(healthy)
    if missing or replicates is None:
        return missing or NotEstimable(reason="no replicate could be drawn")
    value = float(rule(np.array(diseased.value), np.array(healthy.value), prevalence))
    if not math.isfinite(value):
        return NotEstimable(reason=f"no case is called {call}")
    if {diseased.value, healthy.value} & {0.0, 1.0}:
        # resampling a constant gives no width; the limits of both shares together give too much, never too little
        limits = tuple(zip(wilson(diseased, plan.level), wilson(healthy, plan.level), strict=True))
        low, high = (float(rule(np.array(se), np.array(sp), prevalence)) for se, sp in limits)
        how = f"{percent(plan.level)} limits of sensitivity and specificity together (conservative)"
        method, drawn = "predictive-value:joint-limits/1", {}
    else:
        low, high = percentile_interval(rule(*replicates, prevalence), plan.level)
        how = f"{percent(plan.level)} percentile interval, {plan.replicates} patient bootstraps, seed {plan.seed}"
        method, drawn = "predictive-value:bootstrap/1", {"replicates": plan.replicates, "seed": plan.seed}
    measure = Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        positives=diseased.total,
        negatives=healthy.total,
        patients=int(np.count_nonzero(diseased.cases + healthy.cases)),
        method=f"Bayes at a prevalence of {percent(prevalence)}; {how}",
    )
    return signed(measure, method, level=plan.level, prevalence=prevalence, failures="wrong", **drawn)


def _share(wanted: Numbers, other: Numbers) -> Numbers:
    return ratio(wanted, wanted + other)
