"""The points of the ROC curve, failures counted as wrong, so that its area is the AUC by intention to diagnose.

The curve runs from (0, 0) through the points to (1, 1) in (1 - specificity, sensitivity); at each point the cases
with a score at or above its threshold are called positive.
"""

from __future__ import annotations

import numpy as np

from nccid_eval.records import Flags, Numbers, Plan, RocPoint
from nccid_eval.scoring.roc_limits import pointwise_limits
from nccid_eval.scoring.sample import Sample, subset

MOST_POINTS = 1000
STEP = 0.01
GRID: Numbers = np.arange(101) / 100  # thresholds that anybody may ask for


def roc_points(sample: Sample, threshold: float, plan: Plan) -> tuple[RocPoint, ...]:
    """Points by falling threshold: nobody called, the curve's corners, the declared threshold, everybody called.

    Of scores in 0 to 1 every threshold of GRID too, exactly. More than 1,000 corners are thinned to that many, evenly
    along the curve. Each point has the plan's intervals of both proportions. Empty without both kinds of case.
    """
    m, n = int(sample.label.sum()), int((~sample.label).sum())
    answered = subset(sample, ~sample.failed)
    if not m or not n or not len(answered.score):
        return ()
    levels, asked = _levels(answered.score, threshold)
    positives, negatives = answered.score[answered.label], answered.score[~answered.label]
    hits = len(positives) - np.searchsorted(positives, levels, side="left")
    rejections = np.searchsorted(negatives, levels, side="left")
    kept = _kept(hits, rejections, asked)
    hits, rejections = hits[kept], rejections[kept]
    # Sorted by score, failed diseased cases stand first and failed healthy ones last: either are never right.
    sensitive = pointwise_limits(sample.patient[sample.label][::-1], hits, plan.level, plan.proportion_interval)
    specific = pointwise_limits(sample.patient[~sample.label], rejections, plan.level, plan.proportion_interval)
    return tuple(
        RocPoint(
            threshold=float(level),
            sensitivity=int(found) / m,
            specificity=int(cleared) / n,
            sensitivity_low=first[0],
            sensitivity_high=first[1],
            specificity_low=second[0],
            specificity_high=second[1],
        )
        for level, found, cleared, first, second in zip(
            levels[kept], hits, rejections, sensitive, specific, strict=True
        )
    )


def _levels(score: Numbers, threshold: float) -> tuple[Numbers, Flags]:
    """Thresholds, falling, and which of them stay whatever the curve does; `score` ascends.

    The grid is there where it, and one more step, spans the scores.
    """
    asked, beyond = np.array([threshold]), float(np.nextafter(score[-1], np.inf))
    if score[0] >= 0 and score[-1] < 1 + STEP:
        asked, beyond = np.append(GRID, threshold), 1.0 if score[-1] < 1 else 1 + STEP
    levels = np.unique(np.concatenate([score, asked, [beyond]]))[::-1]
    levels = levels[np.isfinite(levels)]
    return levels, np.isin(levels, asked)


def _kept(hits: np.ndarray, rejections: np.ndarray, asked: Flags) -> np.ndarray:
    """Places of the points that stay: those asked for, and as many corners as there is room for."""
    kept = np.flatnonzero(_corners(hits, rejections) | asked)
    if len(kept) <= MOST_POINTS:
        return kept
    length = (hits / max(hits[-1], 1) + 1 - rejections / max(rejections[0], 1))[kept]
    wanted = np.linspace(length[0], length[-1], MOST_POINTS - int(asked.sum()))
    nearest = np.minimum(np.searchsorted(length, wanted), len(kept) - 1)
    return np.union1d(kept[nearest], np.flatnonzero(asked))


def _corners(hits: np.ndarray, rejections: np.ndarray) -> Flags:
    """The ends, and the points at which the curve bends; those between on one line say nothing more."""
    rise, run = np.diff(hits), np.diff(rejections)
    bends = np.ones(len(hits), dtype=np.bool_)
    bends[1:-1] = rise[:-1] * run[1:] != rise[1:] * run[:-1]
    return bends
