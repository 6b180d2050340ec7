"""1 partition: what a leakage audit of training against validation found, as it may leave."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakageCheck:
    """One check of the audit. Counts are of what was compared, told in steps: at least so many. No leak is named."""

    name: str
    status: str  # clean | leak | to be looked at | not assessable
    training: int
    validation: int
    note: str  # what it leaves open, without a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Leakage:
    """The audit of the warehouse that the partition was built from; it compared every image of the partition."""

    status: str  # the worst of its checks'
    training: str  # the warehouse whose training part it was held against, a name for people
    audited_with: str  # version of nccid_eval
    checks: tuple[LeakageCheck, ...]
