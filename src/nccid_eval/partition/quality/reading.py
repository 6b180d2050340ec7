"""A built partition's data-quality table: all counts for the evaluator, bands for a report."""

from __future__ import annotations

from typing import Any

from nccid_eval.errors import PartitionError
from nccid_eval.partition.built.manifest import QUALITY, load_quality
from nccid_eval.partition.quality.bands import released
from nccid_eval.partition.quality.counts import describe
from nccid_eval.records import Partition, Quality


def quality_of(partition: Partition, minimum: int) -> Quality | None:
    """What may leave where counts of fewer than `minimum` patients may not; None where the partition has no table."""
    counted = load_quality(partition.folder)
    return released(counted, minimum) if counted else None


def describe_quality(partition: Partition, by: str) -> dict[str, Any]:
    """All counts in JSON's types, by level of `by` (site, label, or '' for all patients together).

    Raises PartitionError where the partition has no table.
    """
    counted = load_quality(partition.folder)
    if counted is None:
        raise PartitionError(
            "this partition has no data-quality table", where=str(partition.folder / QUALITY), mend="build it again"
        )
    return describe(counted, by)
