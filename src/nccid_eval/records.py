"""What flows between the rooms, in the order in which it is made.

Records carry data and do nothing. Arrays of one record have equal length, one entry a case.
Nothing from which a `Truth` can be reached may be a field of a `RunRequest`: a test walks the types and proves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.str_]
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

# ── what the evaluator fixes before a run (configs/*.toml) ──────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionRules:
    """configs/partition.toml: the reference standard and which images become cases."""

    target: str  # covid_positive
    unit: str  # image | study: what the index test judges in one go
    modalities: tuple[str, ...]
    positive_days_before: int  # an image counts as positive from so many days before a positive swab …
    positive_days_after: int  # … to so many after it; outside it is excluded, never negative
    negative_days: int  # a negative patient's image counts within so many days of the swab


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """configs/limits.toml: what one container may use, and for how long."""

    ready_s: float  # start to the ready line
    case_s: float  # a request may take this times the cases in it
    run_s: float  # the whole run
    max_batch: int  # caps the container's own wish
    cpus: int  # 0: all but one where there are more than two
    memory_gib: float  # the most that a submission may ask for
    shm_mib: int
    tmp_mib: int
    attempts_per_case: int  # after timeout, oom or exited
    restarts: int  # containers beyond the first, for the whole run
    infra_attempts: int  # our own failures in a row, then the run stops as incomplete
    output_mib: int  # what a container may print in a run


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A bar fixed before the run: met when the lower one-sided bound lies above it."""

    metric: str  # a key of Scorecard.overall
    bar: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """configs/plan.toml: how predictions are scored. `digest` is the SHA-256 of its canonical JSON."""

    level: float  # two-sided confidence level
    prevalences: tuple[float, ...]
    replicates: int
    seed: int
    attributes: tuple[str, ...]  # the planned subgroup family
    minimum_patients: int  # below it a cell is suppressed (diseased and healthy counted apart); 0: the gate is off
    criteria: tuple[Criterion, ...]
    digest: str


# ── 1 partition ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStep:
    """One box of the flow diagram: what was left out at a stage and why, or what went on (`kept`)."""

    stage: str
    reason: str
    kept: bool
    images: int
    studies: int
    patients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTable:
    """The cases that an index test is shown: opaque ids, and how many files each case's folder holds."""

    case: tuple[str, ...]
    files: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A built partition, as much of it as may be known before scoring; `digest` names its content."""

    folder: Path
    digest: str
    rules: PartitionRules
    cases: CaseTable
    flow: tuple[FlowStep, ...]
    warehouse: str  # a name for people, never a path with a pseudonym in it
    built_with: str  # version of nccid_eval


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """The reference standard and the attributes of each case. An empty string is an unknown attribute."""

    case: Texts
    patient: Texts
    label: Flags
    attributes: Mapping[str, Texts]


# ── 2 submission ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Indications:
    target: str
    modalities: tuple[str, ...]
    views: tuple[str, ...]
    min_age_years: float
    uses_demographics: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerNeeds:
    image: str  # as written: a tar beside submission.toml, or name@sha256:…
    protocol: str
    gpu: str  # none | optional | required
    memory_gib: float
    shm_mib: int
    tmp_mib: int
    jit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """submission.toml, checked."""

    folder: Path
    vendor: str
    name: str
    version: str
    indications: Indications
    threshold: float
    probability: bool
    container: ContainerNeeds
    nccid_training_partition: bool
    other_sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that passed intake; `id` is the SHA-256 of its configuration, by which alone it is run."""

    id: str
    size_bytes: int
    layers: int


# ── 3 sandbox ───────────────────────────────────────────────────────────────────────────────────────────────


class Outcome(StrEnum):
    OK = "ok"
    DECLINED = "declined"
    TIMEOUT = "timeout"
    OOM = "oom"
    EXITED = "exited"
    MALFORMED = "malformed"
    INFRA = "infra"  # ours, never scored
    POISON = "poison"  # ours: the case killed the harness itself

    @property
    def is_vendors(self) -> bool:
        return self not in (Outcome.INFRA, Outcome.POISON)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """All that the sandbox gets. The order of asking is a shuffle of the cases by `seed`."""

    run_id: str
    image_id: str
    input_dir: Path  # one folder a case
    cases: CaseTable
    needs: ContainerNeeds
    limits: Limits
    gpu: str  # a device index, or "" for none
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSpec:
    """Every option of a hardened container, independent of the engine; what was applied is read back as one."""

    image_id: str
    input_dir: str
    user: str
    network: str
    read_only_root: bool
    capabilities: tuple[str, ...]
    no_new_privileges: bool
    memory_bytes: int
    memory_swap_bytes: int
    pids: int
    cpuset: str
    nofile: int
    file_size_bytes: int
    core_bytes: int
    tmp_options: str
    shm_bytes: int
    ipc: str
    cgroup_namespace: str
    init: bool
    hostname: str
    log_driver: str
    stop_signal: str
    gpu: str
    environment: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    case: str
    outcome: Outcome
    score: float | None  # six decimals, only with outcome ok
    error: str  # the container's own word when declined
    latency_s: float  # its request's latency divided by the cases in it


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """How a run went, apart from what was answered; nothing here moves a number of the scorecard."""

    run_id: str
    started: str  # ISO 8601, UTC
    finished: str
    seed: int
    image_id: str
    engine: str
    options: Mapping[str, str]  # the options as they were read back
    max_batch: int
    ready_s: float
    containers: int
    latency_first_s: float
    latency_median_s: float  # a case, first request left out
    latency_p95_s: float
    memory_peak_mib: float | None  # None where the engine cannot tell
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRun:
    results: tuple[CaseResult, ...]
    facts: RunFacts


# ── 4 predictions ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """Checked predictions; `score` means something only where `answered`."""

    case: Texts
    score: Numbers
    answered: Flags
    outcome: Texts  # values of Outcome


# ── 5 scoring ───────────────────────────────────────────────────────────────────────────────────────────────


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
    p_adjusted: float | None = None  # Holm over the planned family


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
    failures: int


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
    threshold: float
    sensitivity: float
    specificity: float


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
    confusion: ConfusionTable
    predictive_values: tuple[PredictiveValues, ...]
    roc: tuple[RocPoint, ...]
    by_group: Mapping[str, Mapping[str, GroupScore]]
    failures: Mapping[str, int]  # outcome -> cases
    failure_analyses: Mapping[str, Mapping[str, Measure]]  # excluded, as_positive, as_negative -> measures
    verdicts: tuple[Verdict, ...]
    versions: Mapping[str, str] = field(default_factory=dict)


# ── 6 what reports and MLflow are made of ───────────────────────────────────────────────────────────────────


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
