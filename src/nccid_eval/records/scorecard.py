"""5 scoring: the numbers of one evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nccid_eval.records.audit import Audit, Power
from nccid_eval.records.bias import Bias
from nccid_eval.records.configuration import Plan
from nccid_eval.records.probability import Calibration, DecisionCurve
from nccid_eval.records.scores import (
    ConfusionTable,
    Counts,
    GroupScore,
    Measure,
    NotEstimable,
    PredictiveValues,
    RocPoint,
    Verdict,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """The numbers of one evaluation. Measures of `overall`: auc, auc_answered, sensitivity, specificity, …"""

    target: str
    threshold: float
    plan: Plan
    partition_digest: str
    gate: str  # what the disclosure gate did, in words
    counts: Counts
    overall: Mapping[str, Measure]
    confusion: ConfusionTable | None  # None: suppressed
    predictive_values: tuple[PredictiveValues, ...]
    roc: tuple[RocPoint, ...]
    by_group: Mapping[str, Mapping[str, GroupScore]]
    failures: Mapping[str, int]  # outcome -> cases
    failure_analyses: Mapping[str, Mapping[str, Measure]]  # excluded, as_positive, as_negative -> measures
    verdicts: tuple[Verdict, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    conclusion: str = ""  # of the primary criteria together: met where all are met, not met where one is not
    bias: Bias | None = None
    calibration: Calibration | NotEstimable | None = None  # not estimable: the output does not claim probability
    decision_curves: tuple[DecisionCurve, ...] = ()  # likewise empty
    audit: Audit | None = None
    power: Power | None = None
