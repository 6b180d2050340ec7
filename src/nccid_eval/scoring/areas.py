"""Average precision and partial AUC, and on request the AUC itself, with intervals from the patient bootstrap."""

from __future__ import annotations

from functools import partial

import numpy as np

from nccid_eval.records import Counts, Measure, NotEstimable, Numbers, Plan
from nccid_eval.scoring.auc import auc_measure
from nccid_eval.scoring.estimates import with_counts
from nccid_eval.scoring.ranking import (
    Statistic,
    auc,
    average_precision,
    partial_area,
    rank,
    replicates,
    standardised,
    unweighted,
)
from nccid_eval.scoring.resampling import percentile_interval
from nccid_eval.scoring.sample import Sample, count
from nccid_eval.scoring.signature import signed
from nccid_eval.scoring.wording import percent

SPECIFICITY = 0.9  # partial areas run from here to 1: where a test in use would stand
NAMES = ("average_precision", "partial_auc", "partial_auc_standardised")


def area_measure(sample: Sample, plan: Plan) -> Measure:
    """The AUC with the interval that the plan asks for: logit, wald or bootstrap."""
    closed = auc_measure(sample, plan.level, "logit" if plan.auc_interval == "bootstrap" else plan.auc_interval)
    if plan.auc_interval != "bootstrap" or isinstance(closed, NotEstimable) or closed.value in (0.0, 1.0):
        return closed  # at 0 or 1 resampling has no width: the exact bound stands
    value, drawn = _resampled(sample, (auc,), plan)
    return _measure(value[0], drawn[:, 0], "AUC, ties half", "auc:bootstrap/1", count(sample), plan)


def area_measures(sample: Sample, plan: Plan) -> dict[str, Measure]:
    """Average precision, and the partial AUC at a specificity of 0.9 to 1, raw and as McClish standardises it."""
    sizes = count(sample)
    for number, kind in ((sizes.diseased_patients, "diseased"), (sizes.healthy_patients, "healthy")):
        if number < 2:
            return dict.fromkeys(NAMES, NotEstimable(reason=f"fewer than two {kind} patients"))
    (precision, raw), drawn = _resampled(
        sample, (average_precision, partial(partial_area, specificity=SPECIFICITY)), plan
    )
    where = f"partial AUC, specificity {SPECIFICITY:g} to 1"
    whole = standardised(raw, SPECIFICITY), standardised(drawn[:, 1], SPECIFICITY)
    prevalence = percent(round(sizes.positives / sizes.cases, 3))
    how = f"average precision by steps at a prevalence of {prevalence} of cases"
    return {
        "average_precision": _measure(precision, drawn[:, 0], how, "average-precision:step/1", sizes, plan),
        "partial_auc": _measure(raw, drawn[:, 1], f"{where}, raw", "partial-auc:raw-0.9/1", sizes, plan),
        "partial_auc_standardised": _measure(
            *whole, f"{where}, standardised (McClish)", "partial-auc:mcclish-0.9/1", sizes, plan
        ),
    }


def _resampled(sample: Sample, statistics: tuple[Statistic, ...], plan: Plan) -> tuple[list[float], Numbers]:
    ranking = rank(sample)
    whole = unweighted(ranking)
    drawn = replicates(ranking, statistics, plan.replicates, np.random.default_rng(plan.seed))
    return [statistic(ranking, whole) for statistic in statistics], drawn


def _measure(value: float, drawn: Numbers, what: str, method: str, sizes: Counts, plan: Plan) -> Measure:
    low, high = percentile_interval(drawn, plan.level)
    if high - low < 1e-12:
        return NotEstimable(reason="all bootstrap replicates are equal, so that the interval would have no width")
    how = f"{percent(plan.level)} percentile interval, {plan.replicates} patient bootstraps, seed {plan.seed}"
    measure = with_counts(value, (low, high), sizes, f"{what}; {how}")
    options = {"level": plan.level, "replicates": plan.replicates, "seed": plan.seed}
    return signed(measure, method, clusters="patient", **options)
