"""6 what a vendor is told of its own model: vendor.json and the letter are both made of it.

Nothing here is about one case, about a group of patients or about another vendor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nccid_eval.records.evaluations import Units
from nccid_eval.records.runs import OrderCheck, Rehearsal
from nccid_eval.records.scores import Measure, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorFailure:
    """Cases that failed in one way. `meaning` and `because` are words of closed lists."""

    outcome: str
    cases: int
    meaning: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorResult:
    """Of a run that was scored. Measures have no more digits than a page shows; times are in steps, in words.

    Counts are of cases, or of `units` where a coarser thing is counted.
    """

    run_id: str
    vendor: str
    model: str
    version: str
    image_id: str
    finished: str  # ISO 8601, to the hour
    target: str
    threshold: float
    partition_digest: str
    plan_digest: str
    plan_fixed: bool
    level: float
    units: Units | None
    cases: int
    positives: int
    negatives: int
    patients: int
    answered: int | None  # None: withheld, as few patients failed
    failures: tuple[VendorFailure, ...]
    left_out: int  # cases that our own software could not survive: of every vendor
    overall: Mapping[str, Measure]
    verdicts: tuple[Verdict, ...]
    conclusion: str
    seconds: Mapping[str, str]
    order_check: OrderCheck | None
    rehearsal: Rehearsal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorRefusal:
    """Of a run that ended before an unseen case was shown: the model failed on synthetic ones.

    `reasons` are our own words. `said` are the last lines of stderr, which hold no patient.
    """

    run_id: str
    vendor: str
    model: str
    version: str
    image_id: str
    step: str
    cases: int
    failures: tuple[VendorFailure, ...]
    reasons: tuple[str, ...]
    said: tuple[str, ...]
