"""5 scoring, for outputs that claim to be probabilities: calibration and decision curves."""

from __future__ import annotations

from dataclasses import dataclass

from nccid_eval.records.scores import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """A point of a curve with its band."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Answered cases alone. `ece` means nothing without its null: a perfectly calibrated model's is above 0 too."""

    intercept: Measure  # at slope 1: 0 is ideal
    slope: Measure  # 1 is ideal
    observed_expected: Measure  # 1 is ideal
    brier: Measure
    ece: Measure
    ece_null_mean: float
    ece_null_high: float  # 95th percentile
    curve: tuple[CurvePoint, ...]  # observed against predicted, smoothed
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPoint:
    """Net benefit a case at a threshold probability, beside calling everybody or nobody positive (0)."""

    threshold: float
    model: CurvePoint
    treat_all: float
    called: int | None = None  # cases called positive; the gate needs it, and lets none out


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCurve:
    """At the partition's prevalence, and the same at a stated one."""

    prevalence: float
    points: tuple[DecisionPoint, ...]
    method: str
