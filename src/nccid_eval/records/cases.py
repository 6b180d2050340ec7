"""1 partition: the cases, and the truth about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nccid_eval.records.arrays import Flags, Texts
from nccid_eval.records.configuration import PartitionRules


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
    unit: Texts | None = None  # the unit of analysis that each case is of; None: each is its own
