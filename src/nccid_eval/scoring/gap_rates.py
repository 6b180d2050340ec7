"""Sensitivity, specificity, failure rate and AUC of every group under many deals of the groups at once.

Cases fall into bins of score, called and failed, so that one histogram of (group, bin, label) gives all four.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nccid_eval.records import Flags, Numbers
from nccid_eval.scoring.sample import Indices, Sample

MOST_BINS = 1024


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bins:
    """`key` is 2·bin + label of each case; the flags are of bins, ascending by score."""

    key: Indices
    number: int
    called: Flags
    failed: Flags
    rounded: bool  # bins hold several scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rates:
    """Each (deals × groups); healthy rates are 0 where there is no healthy case at all."""

    sensitivity: Numbers
    specificity: Numbers
    failure_rate: Numbers
    auc: Numbers

    def by_name(self) -> dict[str, Numbers]:
        return {
            "sensitivity": self.sensitivity,
            "specificity": self.specificity,
            "auc": self.auc,
            "failure_rate": self.failure_rate,
            "underdiagnosis": 1 - self.sensitivity,
        }


def binned(sample: Sample, most: int) -> Bins:
    """One bin a distinct score, or about `most` of equal numbers of cases where there are more."""
    starts = np.concatenate(([True], sample.score[1:] != sample.score[:-1]))
    rounded = int(starts.sum()) > most
    if rounded:
        first = np.flatnonzero(starts)[np.cumsum(starts) - 1]  # ties share the place of their first
        level = first * most // len(first)
        starts = np.concatenate(([True], level[1:] != level[:-1]))
    for flag in (sample.called, sample.failed):
        starts[1:] |= flag[1:] != flag[:-1]
    return Bins(
        key=2 * (np.cumsum(starts) - 1) + sample.label,
        number=int(starts.sum()),
        called=sample.called[starts],
        failed=sample.failed[starts],
        rounded=rounded,
    )


def rates_of(codes: Indices, bins: Bins, groups: int) -> Rates:
    """`codes` is (deals × cases): the group of each case."""
    deals = len(codes)
    width = 2 * bins.number
    place = codes * width
    place += bins.key
    place += (np.arange(deals) * groups * width)[:, None]
    filled = np.bincount(place.ravel(), minlength=deals * groups * width)
    table = filled.reshape(deals, groups, bins.number, 2).astype(np.float64)
    healthy, diseased = table[..., 0], table[..., 1]
    negatives, positives = healthy.sum(axis=2), diseased.sum(axis=2)
    failed = bins.failed.astype(np.float64)
    below = np.cumsum(healthy, axis=2) - healthy / 2
    return Rates(
        sensitivity=_share(diseased @ (bins.called & ~bins.failed).astype(np.float64), positives),
        specificity=_share(healthy @ (~bins.called & ~bins.failed).astype(np.float64), negatives),
        failure_rate=_share((diseased + healthy) @ failed, positives + negatives),
        auc=_share(np.einsum("dgb,dgb->dg", diseased, below), positives * negatives),
    )


def _share(above: Numbers, below: Numbers) -> Numbers:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
