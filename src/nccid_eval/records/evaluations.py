"""6 what a run folder, a report and MLflow are made of."""

from __future__ import annotations

from dataclasses import dataclass

from nccid_eval.records.cases import CaseTable, FlowStep, Partition
from nccid_eval.records.configuration import Limits, Plan
from nccid_eval.records.leakage import Leakage
from nccid_eval.records.quality import Quality
from nccid_eval.records.runs import OrderCheck, Rehearsal, RunFacts
from nccid_eval.records.scorecard import Scorecard
from nccid_eval.records.submitted import Image, Scanned, Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """All that a run was started with, so that it can be resumed and scored again. Holds paths: never leaves."""

    run_id: str
    submission: Submission
    partition: Partition
    image: Image
    cases: CaseTable  # those that the indications of use cover
    flow: tuple[FlowStep, ...]  # of the partition, then of eligibility
    plan: Plan
    limits: Limits
    gpu: str
    seed: int
    commit: str
    seccomp: str = ""  # digest of the profile that its containers run under
    scanned: Scanned | None = None  # None: no vulnerability scan is configured
    plan_fixed: bool = True  # False: scored again by another plan than the run's
    quality: Quality | None = None  # None: the partition has no such table
    leakage: Leakage | None = None  # None: no audit was handed in


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What is counted in place of cases."""

    name: str  # study | series | patient; "unit" for predictions that were made elsewhere
    aggregation: str  # max | mean: how the scores of its cases become its score


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All that may leave: what was tested, on what, how it ran, how good it was. The scorecard passed the gate.

    `submission`, `partition` and `run` are None for predictions that were made elsewhere.
    """

    run_id: str
    scorecard: Scorecard
    flow: tuple[FlowStep, ...]
    submission: Submission | None
    partition: Partition | None
    run: RunFacts | None
    commit: str
    plan_fixed: bool = True  # the plan was fixed before the run; nobody knows for predictions made elsewhere
    rehearsal: Rehearsal | None = None
    order_check: OrderCheck | None = None
    units: Units | None = None  # None: every case is counted
    quality: Quality | None = None
    leakage: Leakage | None = None
