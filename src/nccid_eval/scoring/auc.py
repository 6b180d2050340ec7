"""The area under the ROC curve by placements, with Obuchowski's variance for several cases a patient.

Sources: DeLong, DeLong, Clarke-Pearson 1988 (placements); Obuchowski 1997 (clusters); Pepe 2003 (logit interval);
van Dantzig 1951, Birnbaum and Klose 1957 (the largest variance that an area can have).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nccid_eval.records import Counts, Flags, Measure, NotEstimable, Numbers
from nccid_eval.scoring.estimates import with_counts
from nccid_eval.scoring.sample import Sample, count
from nccid_eval.scoring.signature import signed
from nccid_eval.scoring.wording import percent


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Area:
    """An area and what its variance is made of: arrays have one entry for each patient code of the study."""

    value: float
    variance: float  # Obuchowski's; 0 where the placements do not vary
    diseased: Numbers  # X_c/m
    healthy: Numbers  # Y_c/n
    influence: Numbers  # X_c/m + Y_c/n
    pairs: int  # disjoint pairs of one diseased and one healthy patient that can be formed


def doubled_placements(score: Numbers, label: Flags) -> NDArray[np.int64]:
    """Twice the number of opposite cases that each case beats, ties as one: exact in integers.

    `score` ascends. A positive beats the negatives below it, a negative is beaten less by the positives above it.
    """
    starts = np.concatenate(([True], score[1:] != score[:-1]))
    first, run = np.flatnonzero(starts), np.cumsum(starts) - 1
    positive = label.astype(np.int64)
    positives_tied = np.add.reduceat(positive, first)
    negatives_tied = np.add.reduceat(1 - positive, first)
    negatives_below = np.cumsum(negatives_tied) - negatives_tied
    positives_above = positive.sum() - np.cumsum(positives_tied)
    for_positives = 2 * negatives_below + negatives_tied
    for_negatives = 2 * positives_above + positives_tied
    doubled: NDArray[np.int64] = np.where(label, for_positives[run], for_negatives[run])
    return doubled


def area(sample: Sample) -> Area | NotEstimable:
    """AUC and Obuchowski's variance: I10/(I10-1) ΣX²/m² + I01/(I01-1) ΣY²/n² + 2 I/(I-1) ΣXY/(mn).

    Equals DeLong's at one case a patient. Needs two patients with a diseased case and two with a healthy one.
    """
    sizes = count(sample)
    for number, kind in ((sizes.diseased_patients, "diseased"), (sizes.healthy_patients, "healthy")):
        if number < 2:
            return NotEstimable(reason=f"fewer than two {kind} patients")
    m, n = sizes.positives, sizes.negatives
    doubled = doubled_placements(sample.score, sample.label)
    value = int(doubled[sample.label].sum()) / (2 * m * n)
    x = _per_patient(sample, sample.label, doubled / (2 * n) - value) / m
    y = _per_patient(sample, ~sample.label, doubled / (2 * m) - value) / n
    pairs = min(sizes.diseased_patients, sizes.healthy_patients, sizes.patients // 2)
    return Area(value=value, variance=clustered(x, y, sizes), diseased=x, healthy=y, influence=x + y, pairs=pairs)


def clustered(x: Numbers, y: Numbers, sizes: Counts) -> float:
    """Obuchowski's variance of the sum of `x` (X_c/m, or a difference of two such) and `y` (Y_c/n likewise)."""
    variance = (
        _corrected(sizes.diseased_patients) * float(x @ x)
        + _corrected(sizes.healthy_patients) * float(y @ y)
        + 2 * _corrected(sizes.patients) * float(x @ y)
    )
    return max(variance, 0.0)


def auc_measure(sample: Sample, level: float, scale: str = "logit") -> Measure:
    """The area with its interval; `scale` is logit, or wald: the plain one, pROC's default."""
    found = area(sample)
    if isinstance(found, NotEstimable):
        return found
    low, high, how = interval(found, level, scale)
    sizes = count(sample)
    clusters = "DeLong's variance" if sizes.patients == sizes.cases else "Obuchowski's variance, patients as clusters"
    measure = with_counts(found.value, (low, high), sizes, f"AUC by placements, ties half; {clusters}; {how}")
    return signed(measure, f"auc:obuchowski-{scale}/1", level=level, ties="half", clusters="patient")


def interval(found: Area, level: float, scale: str = "logit") -> tuple[float, float, str]:
    """The two-sided interval and how it was made.

    At 1 (or 0) the variance says nothing. `pairs` independent pairs of patients were then all put in order, which
    an area A does with a chance of at most A^pairs: the bound is where that falls to half of 1 - level.
    """
    from scipy.special import expit, logit
    from scipy.stats import norm

    if found.value in (0.0, 1.0):
        bound = ((1 - level) / 2) ** (1 / found.pairs)
        how = f"{percent(level)} exact one-sided bound from {found.pairs} disjoint pairs of patients"
        return (bound, 1.0, how) if found.value == 1 else (0.0, 1 - bound, how)
    z, spread = float(norm.ppf((1 + level) / 2)), found.value * (1 - found.value)
    variance, note = found.variance, ""
    if variance < 1e-15:
        variance, note = spread / found.pairs, " on the largest possible variance, as the placements do not vary"
    error = math.sqrt(variance)
    if scale == "wald":
        low, high = max(found.value - z * error, 0.0), min(found.value + z * error, 1.0)
        return low, high, f"{percent(level)} plain (Wald) interval{note}"
    half, centre = z * error / spread, float(logit(found.value))
    return float(expit(centre - half)), float(expit(centre + half)), f"{percent(level)} logit interval{note}"


def _corrected(clusters: int) -> float:
    return clusters / (clusters - 1)


def _per_patient(sample: Sample, chosen: Flags, centred: Numbers) -> Numbers:
    sums = np.bincount(sample.patient[chosen], weights=centred[chosen], minlength=sample.patients)
    return sums.astype(np.float64)
