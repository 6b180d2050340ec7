"""5 scoring, bias: how far apart groups lie, beyond what chance alone would put between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nccid_eval.records.scores import Estimate, GroupScore, NotEstimable


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Largest difference between an attribute's groups. It is above 0 with no bias at all, hence the null and p.

    `measure`: sensitivity, specificity, auc, failure_rate, equalised_odds (the larger gap of sensitivity and
    specificity) or underdiagnosis (of the false-negative rate). `worst` and `best` name groups.
    """

    measure: str
    value: float
    worst: str
    best: str
    groups: int
    patients: int
    null_mean: float  # when patients' groups are shuffled
    null_high: float  # its 95th percentile
    p: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BetweenSites:
    """Random-effects summary of one measure over sites, and where a new site's value would lie."""

    mean: Estimate
    prediction_low: float
    prediction_high: float
    tau: float  # standard deviation between sites, on the scale that `method` names
    i_squared: float
    sites: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bias:
    """Attribute -> measure -> gap; 'sex × age_band' -> 'F × ≥80' -> group; measure -> summary over sites."""

    gaps: Mapping[str, Mapping[str, Gap | NotEstimable]]
    intersections: Mapping[str, Mapping[str, GroupScore]]
    between_sites: Mapping[str, BetweenSites | NotEstimable]
