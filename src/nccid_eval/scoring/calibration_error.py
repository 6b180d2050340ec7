"""Expected calibration error over ten groups of rising score, and what it would be were the scores exactly right.

Sources: Naeini, Cooper, Hauskrecht 2015 (ECE); Bröcker and Smith 2007 (labels drawn from the scores as the null).
"""

from __future__ import annotations

import numpy as np

from nccid_eval.records import Measure, Numbers, Plan
from nccid_eval.scoring.estimates import with_counts
from nccid_eval.scoring.logistic import clustered_sums
from nccid_eval.scoring.resampling import patient_weights, percentile_interval
from nccid_eval.scoring.sample import Indices, Sample, count
from nccid_eval.scoring.signature import signed
from nccid_eval.scoring.wording import percent

_GROUPS = 10


def calibration_error(sample: Sample, plan: Plan) -> Measure:
    """ECE with percentiles of the patient bootstrap, which like the value lie too high: read it beside its null.

    Patients are drawn without strata, as how many are diseased is what the scores are held against.
    """
    residual = sample.label - sample.score
    groups = np.searchsorted(_starts(sample.score), np.arange(len(residual)), side="right") - 1
    columns = [np.where(groups == at, residual, 0.0) for at in range(groups[-1] + 1)]
    sums = clustered_sums(np.column_stack([*columns, np.ones(len(residual))]), sample.patient).astype(np.float32)
    rng, everyone = np.random.default_rng(plan.seed), np.arange(len(sums))
    drawn = np.concatenate([w @ sums for w in patient_weights((everyone,), len(sums), plan.replicates, rng)])
    value = float(np.abs(np.add.reduceat(residual, _starts(sample.score))).sum()) / len(residual)
    limits = percentile_interval(np.abs(drawn[:, :-1]).sum(axis=1) / drawn[:, -1], plan.level)
    measure = with_counts(
        value,
        limits,
        count(sample),
        f"ECE over {groups[-1] + 1} groups of rising score; {percent(plan.level)} percentile interval, "
        f"{plan.replicates} patient bootstraps without strata, seed {plan.seed}; biased upwards, hence the null",
    )
    options = {"level": plan.level, "replicates": plan.replicates, "seed": plan.seed}
    return signed(measure, "ece:ten-groups/1", clusters="patient", failures="left-out", **options)


def null_errors(sample: Sample, plan: Plan) -> Numbers:
    """ECE of labels drawn from the scores, `replicates` times. A patient's cases share one draw, as one diagnosis."""
    starts, score = _starts(sample.score), sample.score
    rng = np.random.default_rng([plan.seed, 1])
    errors = np.empty(plan.replicates)
    for at in range(plan.replicates):
        diseased = rng.random(sample.patients).take(sample.patient) < score
        errors[at] = np.abs(np.add.reduceat(diseased - score, starts)).sum()
    return errors / len(score)


def _starts(score: Numbers) -> Indices:
    """Where each group of about a tenth of the cases starts; equal scores stay together."""
    wanted = score[np.arange(_GROUPS) * len(score) // _GROUPS]
    return np.unique(np.searchsorted(score, wanted, side="left"))
