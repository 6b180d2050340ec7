"""Several index tests on the same cases: each one's headline measures, and every pair's differences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from nccid_eval.records import Measure, Numbers, Plan
from nccid_eval.scoring.auc import auc_measure
from nccid_eval.scoring.paired import paired_auc_difference, paired_proportion_difference
from nccid_eval.scoring.proportions import failure_tally, proportion_measure, sensitivity_tally, specificity_tally
from nccid_eval.scoring.resampling import disease_strata, replicate_sums
from nccid_eval.scoring.sample import Sample
from nccid_eval.scoring.signature import stated

Pair = tuple[int, int]


def headline(sample: Sample, plan: Plan) -> dict[str, Measure]:
    """AUC, sensitivity, specificity and failure rate, failures counted as wrong: as in a scorecard."""
    tallies = {
        "sensitivity": sensitivity_tally(sample),
        "specificity": specificity_tally(sample),
        "failure_rate": failure_tally(sample),
    }
    kind = plan.proportion_interval
    shares = {name: proportion_measure(one, sample, plan.level, kind) for name, one in tallies.items()}
    return stated({"auc": auc_measure(sample, plan.level, plan.auc_interval), **shares}, failures="wrong")


def paired_differences(samples: Sequence[Sample], plan: Plan) -> dict[Pair, dict[str, Measure]]:
    """The first less the second of each pair of samples: AUC, sensitivity, specificity; failures are wrong.

    The samples are of one truth, each at its own threshold. All bootstraps share one draw of patients.
    """
    diseased, healthy = [sensitivity_tally(one) for one in samples], [specificity_tally(one) for one in samples]
    columns = [*(one.hits for one in (*diseased, *healthy)), diseased[0].cases, healthy[0].cases]
    rng = np.random.default_rng(plan.seed)
    sums = replicate_sums(np.column_stack(columns), disease_strata(samples[0]), plan.replicates, rng)

    def drawn(first: int, second: int, cases: int) -> Numbers:
        return sums[:, [first, second, cases]]

    runs = len(samples)
    return {
        (i, j): stated(
            {
                "auc": paired_auc_difference(samples[i], samples[j], plan.level),
                "sensitivity": paired_proportion_difference(diseased[i], diseased[j], drawn(i, j, -2), plan),
                "specificity": paired_proportion_difference(
                    healthy[i], healthy[j], drawn(runs + i, runs + j, -1), plan
                ),
            },
            failures="wrong",
        )
        for i, j in combinations(range(runs), 2)
    }
