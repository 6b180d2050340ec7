"""1 partition: how well the clinical records are filled in and read, as it may leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A share in whole percent: over `over` and up to `up_to`; 0 lies in the lowest band."""

    over: int
    up_to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityGroup:
    """Patients of one label. In `fields` each patient has one reason a field, in `checks` one answer a question."""

    label: str  # diseased | healthy
    fields: Mapping[str, Mapping[str, Band]]  # field of the form -> reason -> share of the patients
    checks: Mapping[str, Mapping[str, Band]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Bands of shares, made so wide that no count below `minimum_patients` can be computed back; no count at all.

    Of the patients of a partition's cases, whatever a submission's indications of use.
    """

    minimum_patients: int
    groups: tuple[QualityGroup, ...]  # labels of enough patients
    sites: Mapping[str, Band]  # site of enough patients -> share of all its patients' fields that are missing
