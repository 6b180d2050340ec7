"""How sure a rank by AUC is: the same bootstrap patients for all index tests, ranked anew in each replicate.

Sources: Hall and Miller 2009 (bootstrap of ranks); Efron and Tibshirani 1993 (strata, percentiles).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nccid_eval.records import Numbers, Plan, Rank
from nccid_eval.scoring import ranking
from nccid_eval.scoring.resampling import disease_strata, draws
from nccid_eval.scoring.sample import Sample


def rank_intervals(samples: Sequence[Sample], values: Sequence[float], plan: Plan) -> tuple[Rank, ...]:
    """Rank of each sample by its AUC in `values`, 1 the highest, equal ones sharing the better rank.

    The samples are of one truth, with two patients or more of each kind. The interval's low end takes ties as the
    better rank, its high end as the worse one, so that two alike are never told apart.
    """
    drawn = auc_replicates(samples, plan)
    better = (drawn[:, None, :] > drawn[:, :, None]).sum(axis=2) + 1
    worse = (drawn[:, None, :] >= drawn[:, :, None]).sum(axis=2)
    tail = (1 - plan.level) / 2
    low = np.quantile(better, tail, axis=0, method="inverted_cdf")
    high = np.quantile(worse, 1 - tail, axis=0, method="inverted_cdf")
    ranks = [1 + sum(other > value for other in values) for value in values]
    return tuple(
        Rank(rank=rank, low=min(int(first), rank), high=max(int(last), rank))
        for rank, first, last in zip(ranks, low, high, strict=True)
    )


def auc_replicates(samples: Sequence[Sample], plan: Plan) -> Numbers:
    """AUC of each sample in each replicate: (replicates × samples), the same patients drawn for all of them.

    It is defined in each: every stratum keeps its size, so no replicate lacks diseased or healthy cases.
    """
    strata, rankings = disease_strata(samples[0]), [ranking.rank(sample) for sample in samples]
    members, rng = np.concatenate(strata), np.random.default_rng(plan.seed)
    weights = np.zeros(samples[0].patients, dtype=np.intp)
    found = np.empty((plan.replicates, len(samples)))
    for row, drawn in zip(found, draws([len(one) for one in strata], plan.replicates, rng), strict=True):
        weights[members] = drawn
        row[:] = [ranking.auc(one, ranking.weigh(one, weights[one.patients])) for one in rankings]
    return found
