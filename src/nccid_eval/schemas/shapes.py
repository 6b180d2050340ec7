"""Files of release/ whose form is not that of a record: vendor.json and rehearsal.json, as types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nccid_eval.records import NotEstimable, OrderCheck, Rehearsal, Units
from nccid_eval.records.vendor import VendorFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorEstimate:
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorVerdict:
    """With value, low and high, or with a reason why there are none."""

    metric: str
    bar: float
    primary: bool
    verdict: str
    value: float = 0.0
    low: float = 0.0
    high: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorTable:
    """release/vendor.json."""

    run: str
    vendor: str
    model: str
    version: str
    image: str
    finished: str
    target: str
    threshold: float
    partition: str
    plan: str
    plan_fixed: bool
    level: float
    cases: int
    positives: int
    negatives: int
    patients: int
    answered: int | str
    failures: tuple[VendorFailure, ...]
    left_out: int
    overall: Mapping[str, VendorEstimate | NotEstimable]
    verdicts: tuple[VendorVerdict, ...]
    conclusion: str
    seconds: Mapping[str, str]
    units: Units | None = None
    order_check: OrderCheck | None = None
    rehearsal: Rehearsal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalTable:
    """release/rehearsal.json."""

    step: str
    cases: int
    failures: Mapping[str, int]
    reasons: tuple[str, ...]
    stderr: tuple[str, ...]
    vendor: str = ""
    model: str = ""
    version: str = ""
