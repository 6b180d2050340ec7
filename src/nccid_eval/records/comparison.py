"""Several finished runs on one partition, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nccid_eval.records.configuration import Plan
from nccid_eval.records.evaluations import Units
from nccid_eval.records.scores import Counts, GroupScore, Measure, NotEstimable, RocPoint
from nccid_eval.records.submitted import Indications


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """By AUC, 1 the highest; `low` to `high` are the ranks that chance leaves open."""

    rank: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What was run, as its own release tells it."""

    indications: Indications
    probability: bool
    trained_on_nccid: bool
    protocol: str
    image_id: str
    commit: str
    plan_fixed: bool  # before the run


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRun:
    """One run. `measures` are on the compared cases; `roc` and `by_group` are its released scorecard's, own cases."""

    run_id: str
    vendor: str  # "", as model and version, for predictions that were made elsewhere
    model: str
    version: str
    threshold: float
    cases: int  # that this run was asked; those compared may be fewer
    measures: Mapping[str, Measure]  # auc, sensitivity, specificity, failure_rate
    rank: Rank | NotEstimable
    roc: tuple[RocPoint, ...]
    by_group: Mapping[str, Mapping[str, GroupScore]]
    gate: str
    failed: int | None = None  # and `failures`, outcome -> cases: as released, of its own cases; None: suppressed
    failures: Mapping[str, int] = field(default_factory=dict)
    conclusion: str = ""  # on its own plan's criteria, "" where there is none
    alarm: str = ""  # of its confounding audit
    plan_digest: str = ""  # of the plan that it was scored by
    tested: Tested | None = None  # None: predictions that were made elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """Of the run `first` less the run `second`, each at its own declared threshold."""

    first: str
    second: str
    measure: str  # auc | sensitivity | specificity
    difference: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class NonInferiority:
    """A new version against its predecessor: non-inferior when the lower limit lies above minus the margin."""

    run: str
    predecessor: str
    measure: str
    margin: float
    difference: Measure
    verdict: str  # non-inferior | inferior | inconclusive


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All that may leave. Runs stand by falling AUC; `cases` says in words which cases were compared.

    `counts` are of these cases; its `failures` are the cases that one run or more failed.
    """

    target: str
    partition_digest: str
    plan: Plan
    cases: str
    counts: Counts
    runs: tuple[ComparedRun, ...]
    differences: tuple[PairedDifference, ...]
    non_inferiority: tuple[NonInferiority, ...]
    rank_method: str
    versions: Mapping[str, str]
    units: Units | None = None  # None: every case is counted
