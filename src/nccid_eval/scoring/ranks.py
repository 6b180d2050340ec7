"""How sure a rank by AUC is: the same bootstrap patients for all index tests, ranked anew in each replicate.

Sources: Hall and Miller 2009 (bootstrap of ranks); Efron and Tibshirani 1993 (strata, percentiles).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nccid_eval.records import Numbers, Plan, Rank
from nccid_eval.scoring.resampling import disease_strata, patient_weights
from nccid_eval.scoring.sample import Sample


def rank_intervals(samples: Sequence[Sample], values: Sequence[float], plan: Plan) -> tuple[Rank, ...]:
    """Rank of each sample by its AUC in `values`, 1 the highest, equal ones sharing the better rank.

    The samples are of one truth, with two patients or more of each kind. The interval's low end takes ties as the
    better rank, its high end as the worse one, so that two alike are never told apart.
    """
    drawn = auc_replicates(samples, plan)
    defined = drawn[np.isfinite(drawn).all(axis=1)]
    better = (defined[:, None, :] > defined[:, :, None]).sum(axis=2) + 1
    worse = (defined[:, None, :] >= defined[:, :, None]).sum(axis=2)
    tail = (1 - plan.level) / 2
    low = np.quantile(better, tail, axis=0, method="inverted_cdf")
    high = np.quantile(worse, 1 - tail, axis=0, method="inverted_cdf")
    ranks = [1 + sum(other > value for other in values) for value in values]
    return tuple(
        Rank(rank=rank, low=min(int(first), rank), high=max(int(last), rank))
        for rank, first, last in zip(ranks, low, high, strict=True)
    )


def auc_replicates(samples: Sequence[Sample], plan: Plan) -> Numbers:
    """AUC of each sample in each replicate: (replicates × samples), all from the same draws; NaN where undefined."""
    orders = [_Order(sample) for sample in samples]
    rng = np.random.default_rng(plan.seed)
    blocks = patient_weights(disease_strata(samples[0]), samples[0].patients, plan.replicates, rng)
    return np.concatenate([np.column_stack([one.areas(weights) for one in orders]) for weights in blocks])


class _Order:
    """A sample's cases as columns by ascending score, and where each run of equal scores starts."""

    def __init__(self, sample: Sample) -> None:
        self.patient, self.label = sample.patient, sample.label.astype(np.float32)
        self.starts = np.flatnonzero(np.concatenate(([True], sample.score[1:] != sample.score[:-1])))

    def areas(self, weights: NDArray[np.float32]) -> Numbers:
        """AUC of each row of patient weights. Sums of counts are exact in single precision up to 2^24."""
        drawn = weights[:, self.patient]
        diseased = drawn * self.label
        positives = np.add.reduceat(diseased, self.starts, axis=1)
        negatives = np.add.reduceat(drawn - diseased, self.starts, axis=1)
        below = np.cumsum(negatives, axis=1) - negatives / 2
        ordered = np.einsum("ij,ij->i", positives.astype(np.float64), below.astype(np.float64))
        pairs = positives.sum(axis=1, dtype=np.float64) * negatives.sum(axis=1, dtype=np.float64)
        areas: Numbers = np.full(len(pairs), np.nan)
        np.divide(ordered, pairs, out=areas, where=pairs > 0)
        return areas
