"""What flows between the rooms, in the order in which it is made; one module a stage.

Records carry data and do nothing. Arrays of one record have equal length, one entry a case.
Nothing from which a `Truth` can be reached may be a field of a `RunRequest`: a test walks the types and proves it.
"""

from nccid_eval.records.arrays import Flags, Numbers, Texts
from nccid_eval.records.audit import Audit, Power, PowerRow, Stratum
from nccid_eval.records.bias import BetweenSites, Bias, Gap
from nccid_eval.records.cases import CaseTable, FlowStep, Partition, Truth
from nccid_eval.records.comparison import ComparedRun, Comparison, NonInferiority, PairedDifference, Rank, Tested
from nccid_eval.records.configuration import Criterion, Limits, Margins, PartitionRules, Plan, Scan
from nccid_eval.records.evaluations import Assessment, Evaluation, Units
from nccid_eval.records.leakage import Leakage, LeakageCheck
from nccid_eval.records.probability import Calibration, CurvePoint, DecisionCurve, DecisionPoint
from nccid_eval.records.quality import Band, Quality, QualityGroup
from nccid_eval.records.runs import (
    Bind,
    CaseResult,
    ContainerSpec,
    OrderCheck,
    Outcome,
    Rehearsal,
    RunFacts,
    RunRequest,
    SandboxRun,
)
from nccid_eval.records.scorecard import Scorecard
from nccid_eval.records.scores import (
    ConfusionTable,
    Counts,
    Estimate,
    GroupScore,
    Measure,
    NotEstimable,
    Predictions,
    PredictiveValues,
    RocPoint,
    Verdict,
)
from nccid_eval.records.stages import Stage
from nccid_eval.records.submitted import ContainerNeeds, Deletion, Image, Indications, Scanned, Submission
from nccid_eval.records.vendor import VendorFailure, VendorRefusal, VendorResult

__all__ = [
    "Assessment",
    "Audit",
    "Band",
    "BetweenSites",
    "Bias",
    "Bind",
    "Calibration",
    "CaseResult",
    "CaseTable",
    "ComparedRun",
    "Comparison",
    "ConfusionTable",
    "ContainerNeeds",
    "ContainerSpec",
    "Counts",
    "Criterion",
    "CurvePoint",
    "DecisionCurve",
    "DecisionPoint",
    "Deletion",
    "Estimate",
    "Evaluation",
    "Flags",
    "FlowStep",
    "Gap",
    "GroupScore",
    "Image",
    "Indications",
    "Leakage",
    "LeakageCheck",
    "Limits",
    "Margins",
    "Measure",
    "NonInferiority",
    "NotEstimable",
    "Numbers",
    "OrderCheck",
    "Outcome",
    "PairedDifference",
    "Partition",
    "PartitionRules",
    "Plan",
    "Power",
    "PowerRow",
    "Predictions",
    "PredictiveValues",
    "Quality",
    "QualityGroup",
    "Rank",
    "Rehearsal",
    "RocPoint",
    "RunFacts",
    "RunRequest",
    "SandboxRun",
    "Scan",
    "Scanned",
    "Scorecard",
    "Stage",
    "Stratum",
    "Submission",
    "Tested",
    "Texts",
    "Truth",
    "Units",
    "VendorFailure",
    "VendorRefusal",
    "VendorResult",
    "Verdict",
]
