"""5 scoring, confounding and power: could the pictures' make-up give the diagnosis away, and could the study tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nccid_eval.records.scores import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """One level of an attribute; counts are of patients, None where suppressed."""

    diseased_patients: int | None
    healthy_patients: int | None
    prevalence: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The confounding audit. `alarm` is a sentence for the front page, or empty."""

    alarm: str
    strata: Mapping[str, Mapping[str, Stratum]]  # attribute -> level
    one_sided: tuple[str, ...]  # 'site: Kestrel Quay (only diseased)'
    baseline: Measure  # AUC of the no-pixels baseline, cross-fitted by patient
    baseline_difference: Measure  # the model's AUC less the baseline's, paired
    features: tuple[str, ...]
    within: Mapping[str, Measure]  # attribute -> AUC among cases of the same level
    without_site: Mapping[str, Measure]  # site -> AUC of all others
    healthy_shift: Mapping[str, Mapping[str, Measure]]  # attribute -> level -> P(scored above the other healthy)


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRow:
    """What a group (or 'all') can show of one measure, at its number of cases and design effect.

    `reason` says why numbers are absent: suppressed, no such case, or no difference large enough.
    """

    group: str  # 'all', or 'sex: F'
    measure: str  # sensitivity | specificity
    assumed: float
    patients: int | None = None
    cases: int | None = None
    design_effect: float | None = None
    half_width: float | None = None  # of the interval at the assumed value
    detectable_difference: float | None = None  # smallest one to the complement found with the plan's power
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Precision and smallest detectable differences; `needed` says how many diseased or healthy a bar asks for."""

    power: float
    rows: tuple[PowerRow, ...]
    needed: Mapping[str, str]  # criterion -> sentence
    method: str
