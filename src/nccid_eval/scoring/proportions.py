"""Sensitivity, specificity and failure rate with Wilson's interval, on the effective number of cases where patients
have several.

Sources: Wilson 1927; Rao and Scott 1992 (the variance of a ratio over clusters, and the effective number); Clopper
and Pearson 1934, Korn and Graubard 1998 (theirs on an effective number).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nccid_eval.records import Estimate, Flags, Measure, NotEstimable, Numbers
from nccid_eval.scoring.sample import Sample
from nccid_eval.scoring.signature import signed
from nccid_eval.scoring.wording import percent

# the plan's name: the library's, and in words
KINDS = {"wilson": ("wilson", "Wilson"), "clopper-pearson": ("beta", "Clopper-Pearson")}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tally:
    """Hits and cases of each patient of the study (zero where a patient has no such case); `kind` is for reasons."""

    hits: Numbers
    cases: Numbers
    kind: str  # diseased | healthy | "": whose cases are counted

    @property
    def total(self) -> int:
        return int(self.cases.sum())

    @property
    def patients(self) -> int:
        return int(np.count_nonzero(self.cases))

    @property
    def value(self) -> float:
        return float(self.hits.sum()) / self.total

    @property
    def is_single(self) -> bool:
        """No patient has more than one case."""
        return self.total == self.patients


def sensitivity_tally(sample: Sample) -> Tally:
    return _tally(sample, sample.right, sample.label, "diseased")


def specificity_tally(sample: Sample) -> Tally:
    return _tally(sample, sample.right, ~sample.label, "healthy")


def failure_tally(sample: Sample) -> Tally:
    return _tally(sample, sample.failed, np.ones(len(sample.label), dtype=np.bool_), "")


def clustered_variance(tally: Tally) -> float:
    """J/(J-1) Σ(x_c - p n_c)²/n², J patients with such a case."""
    residual = tally.hits - tally.value * tally.cases
    return tally.patients / (tally.patients - 1) * float(residual @ residual) / tally.total**2


def effective_cases(tally: Tally) -> float:
    """p(1-p)/clustered variance, at most the cases; the patients where p is 0 or 1, as that is 0/0."""
    if tally.is_single:
        return float(tally.total)
    hits = tally.hits.sum()
    if hits in (0, tally.total):
        return float(tally.patients)
    variance, binomial = clustered_variance(tally), tally.value * (1 - tally.value)
    return min(float(tally.total), binomial / variance) if variance > 0 else float(tally.total)


def wilson(tally: Tally, level: float) -> tuple[float, float]:
    """Wilson's limits on the effective number of cases; they hold the value."""
    return limits(tally, level, "wilson")


def limits(tally: Tally, level: float, kind: str) -> tuple[float, float]:
    """Limits of a `kind` of KINDS on the effective number of cases; they hold the value."""
    from statsmodels.stats.proportion import proportion_confint

    cases = effective_cases(tally)
    low, high = proportion_confint(tally.value * cases, cases, alpha=1 - level, method=KINDS[kind][0])
    return min(max(float(low), 0.0), tally.value), max(min(float(high), 1.0), tally.value)


def unestimable(tally: Tally) -> NotEstimable | None:
    if tally.patients >= 2:
        return None
    return NotEstimable(reason=f"fewer than two {tally.kind} patients".replace("  ", " "))


def proportion_measure(tally: Tally, sample: Sample, level: float, kind: str = "wilson") -> Measure:
    """The proportion with its interval, a `kind` of KINDS, or the reason where fewer than two patients carry it."""
    missing = unestimable(tally)
    if missing:
        return missing
    low, high = limits(tally, level, kind)
    where = (
        "" if tally.is_single else f" on {effective_cases(tally):.1f} effective of {tally.total} cases (clustered)"
    )
    positives = int(sample.label.sum())
    measure = Estimate(
        value=tally.value,
        low=low,
        high=high,
        positives=0 if tally.kind == "healthy" else positives,
        negatives=0 if tally.kind == "diseased" else len(sample.label) - positives,
        patients=tally.patients,
        method=f"{percent(level)} {KINDS[kind][1]} interval{where}",
    )
    return signed(measure, f"proportion:{kind}/1", level=level, clusters="none" if tally.is_single else "patient")


def _tally(sample: Sample, hit: Flags, chosen: Flags, kind: str) -> Tally:
    patient = sample.patient[chosen]
    return Tally(
        hits=np.bincount(patient[hit[chosen]], minlength=sample.patients).astype(np.float64),
        cases=np.bincount(patient, minlength=sample.patients).astype(np.float64),
        kind=kind,
    )
