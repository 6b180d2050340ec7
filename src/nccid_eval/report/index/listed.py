"""What the page over all runs shows of each, made from its release/ alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nccid_eval.records import Measure, Units

NO_CRITERIA = "no primary criterion"
NOT_TESTED = "failed on synthetic cases"
UNREADABLE = "cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRun:
    """`folder` is a name under reports/; `files` are those that its release/ holds.

    `trouble` says why nothing else is known. `target` is empty where the model was shown no unseen image.
    """

    folder: str
    run_id: str = ""
    moment: str = ""  # ISO 8601, UTC, of the run's start; '' where nobody noted it
    model: str = ""
    version: str = ""
    vendor: str = ""
    target: str = ""
    cases: int | None = None
    units: Units | None = None  # what is counted; None: cases
    failed: int | None = None  # of these, without a usable answer; None where that is withheld
    measures: Mapping[str, Measure] = field(default_factory=dict)  # auc, sensitivity, specificity
    level: float | None = None  # of the intervals
    verdict: str = NO_CRITERIA  # or met, not met, inconclusive, NOT_TESTED, UNREADABLE
    partition: str = ""  # digest
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedComparison:
    """A comparison's folder under reports/, and what it compares."""

    folder: str
    moment: str = ""  # of the newest run in it
    models: tuple[str, ...] = ()
    target: str = ""
    cases: int | None = None
    units: Units | None = None
    partition: str = ""
    files: tuple[str, ...] = ()
    trouble: str = ""
