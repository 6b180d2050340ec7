"""Limits of a proportion at many thresholds at once, clustered by patient, as `proportions` makes them at one.

Sources: those of `proportions`. With x_c hits among n_c cases of patient c, Σ(x_c - p n_c)² falls into Σx_c²,
Σx_c n_c and Σn_c²; the first two grow case by case as the threshold moves, so running sums hold them at every one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nccid_eval.records import Numbers
from nccid_eval.scoring.proportions import KINDS
from nccid_eval.scoring.sample import Indices

Limits = Sequence[tuple[float | None, float | None]]


def pointwise_limits(patient: Indices, hits: Indices, level: float, kind: str) -> Limits:
    """Limits at each number of `hits`, by an interval of KINDS; None with fewer than two patients.

    `patient`: codes of all cases of one kind, in the order in which they become hits.
    """
    from statsmodels.stats.proportion import proportion_confint

    if len(np.unique(patient)) < 2:
        return [(None, None)] * len(hits)
    value = hits / len(patient)
    cases = effective_cases(patient, hits)
    low, high = proportion_confint(value * cases, cases, alpha=1 - level, method=KINDS[kind][0])
    held = np.minimum(np.maximum(low, 0.0), value), np.maximum(np.minimum(high, 1.0), value)
    return list(zip(*(one.tolist() for one in held), strict=True))


def effective_cases(patient: Indices, hits: Indices) -> Numbers:
    """p(1-p)/clustered variance at each number of hits, at most the cases; the patients where p is 0 or 1."""
    sizes = np.bincount(patient).astype(np.float64)
    total, patients = len(patient), int(np.count_nonzero(sizes))
    if total == patients:
        return np.full(len(hits), float(total))
    value = hits / total
    spread = (
        _running(2 * _earlier(patient) + 1.0)[hits]
        - 2 * value * _running(sizes[patient])[hits]
        + value**2 * float(sizes @ sizes)
    )
    variance = patients / (patients - 1) * spread / total**2
    effective = np.full(len(hits), float(total))
    np.divide(value * (1 - value), variance, out=effective, where=variance > 0)
    return np.where((hits == 0) | (hits == total), float(patients), np.minimum(effective, total))


def _earlier(patient: Indices) -> Indices:
    """How many cases of the same patient come before each case."""
    order = np.argsort(patient, kind="stable")
    ordered = patient[order]
    first = np.searchsorted(ordered, ordered, side="left")
    earlier = np.empty_like(order)
    earlier[order] = np.arange(len(order)) - first
    return earlier


def _running(steps: NDArray[np.floating]) -> Numbers:
    return np.concatenate([[0.0], np.cumsum(steps)])
