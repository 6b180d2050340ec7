"""4 and 5 predictions and scoring: from answers to numbers that carry their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nccid_eval.records.arrays import Flags, Numbers, Texts
from nccid_eval.records.configuration import Criterion


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """Checked predictions; `score` means something only where `answered`."""

    case: Texts
    score: Numbers
    answered: Flags
    outcome: Texts  # values of Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its interval. Counts are of cases, `patients` of clusters; `method` says how both were made."""

    value: float
    low: float
    high: float
    positives: int
    negatives: int
    patients: int
    method: str
    p: float | None = None  # two-sided, for differences
    p_adjusted: float | None = None  # Holm over the planned family, Benjamini-Hochberg over the exploratory scan
    signature: str = ""  # method, options, seed and version, as text that compares: scoring.signature
    family: str | None = None  # what p_adjusted was adjusted over: 'Holm over 63 planned tests'


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEstimable:
    reason: str
    suppressed: bool = False


Measure = Estimate | NotEstimable


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    cases: int
    positives: int
    negatives: int
    patients: int
    diseased_patients: int
    healthy_patients: int
    failures: int | None  # None: suppressed
    diseased_only: bool = False  # healthy cases are left out, not absent: the attribute is not recorded for them


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionTable:
    """At the declared threshold, in cases; a failure counts as wrong."""

    true_positives: int
    false_negatives: int
    true_negatives: int
    false_positives: int
    failed_positives: int  # of the false negatives
    failed_negatives: int  # of the false positives


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictiveValues:
    prevalence: float
    of_partition: bool
    ppv: Measure
    npv: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class RocPoint:
    """What scoring gives at one threshold. Intervals are pointwise, None where none was made.

    `borrowed`: its own is withheld, and this one stands on the effective cases of the nearest point with one.
    """

    threshold: float
    sensitivity: float
    specificity: float
    sensitivity_low: float | None = None
    sensitivity_high: float | None = None
    specificity_low: float | None = None
    specificity_high: float | None = None
    sensitivity_borrowed: bool = False
    specificity_borrowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupScore:
    """One cell: a level of an attribute. `differences` are to its complement. Suppressed: `counts` is None."""

    counts: Counts | None
    measures: Mapping[str, Measure]
    differences: Mapping[str, Measure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    criterion: Criterion
    measure: Measure
    verdict: str  # met | not met | inconclusive
