"""The points of the ROC curve, failures counted as wrong, so that its area is the AUC by intention to diagnose.

The curve runs from (0, 0) through the points to (1, 1) in (1 - specificity, sensitivity); at each point the cases
with a score at or above its threshold are called positive.
"""

from __future__ import annotations

import numpy as np

from nccid_eval.records import Flags, RocPoint
from nccid_eval.scoring.sample import Sample, subset

MOST_POINTS = 1000


def roc_points(sample: Sample, threshold: float) -> tuple[RocPoint, ...]:
    """Points by falling threshold: nobody called, the curve's corners, the declared threshold, everybody called.

    More than 1,000 are thinned to that many, evenly along the curve. Empty without both kinds of case.
    """
    m, n = int(sample.label.sum()), int((~sample.label).sum())
    answered = subset(sample, ~sample.failed)
    if not m or not n or not len(answered.score):
        return ()
    failed_healthy = int((sample.failed & ~sample.label).sum())
    levels = np.unique(np.append(answered.score, [threshold, np.nextafter(answered.score[-1], np.inf)]))[::-1]
    levels = levels[np.isfinite(levels)]
    positives, negatives = answered.score[answered.label], answered.score[~answered.label]
    true_positives = len(positives) - np.searchsorted(positives, levels, side="left")
    false_positives = len(negatives) - np.searchsorted(negatives, levels, side="left") + failed_healthy
    keep = _corners(true_positives, false_positives) | (levels == threshold)
    kept = np.flatnonzero(keep)
    if len(kept) > MOST_POINTS:
        length = (true_positives / m + false_positives / n)[kept]
        wanted = np.linspace(length[0], length[-1], MOST_POINTS - 1)
        nearest = np.minimum(np.searchsorted(length, wanted), len(kept) - 1)
        kept = np.union1d(kept[nearest], np.flatnonzero(levels == threshold))
    return tuple(
        RocPoint(
            threshold=float(levels[at]),
            sensitivity=int(true_positives[at]) / m,
            specificity=(n - int(false_positives[at])) / n,
        )
        for at in kept
    )


def _corners(true_positives: np.ndarray, false_positives: np.ndarray) -> Flags:
    """The ends, and the points at which the curve bends; those between on one line say nothing more."""
    rise, run = np.diff(true_positives), np.diff(false_positives)
    bends = np.ones(len(true_positives), dtype=np.bool_)
    bends[1:-1] = rise[:-1] * run[1:] != rise[1:] * run[:-1]
    return bends
