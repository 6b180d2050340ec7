"""Room 1: NCCID warehouse -> Partition.

warehouse/  where the files lie: a folder or a bucket      clinical/  the clinical files, cell by cell
dicom/      pre-flight of an image, series, pixels         labels/    the reference standards
cases/      which images become cases, and the flow        staging/   what a container gets of an image
quality/    how well the clinical records are filled in    leakage/   is the unseen part unseen?
building/   the steps of a build, and building again       built/     reading a built partition
pool: child processes for hostile files. identity: opaque ids. refusal, text: what all of these share.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nccid_eval.partition.built.eligibility import describe, eligible
from nccid_eval.partition.built.manifest import load, load_truth
from nccid_eval.partition.built.shown import as_control
from nccid_eval.partition.built.verifying import verify, verify_sealed
from nccid_eval.partition.pool import in_a_child
from nccid_eval.partition.quality.reading import describe_quality, quality_of
from nccid_eval.records import Partition, PartitionRules

__all__ = [
    "as_control",
    "build",
    "describe",
    "describe_quality",
    "eligible",
    "in_a_child",
    "load",
    "load_truth",
    "quality_of",
    "verify",
    "verify_sealed",
]


def build(
    warehouse: str | Path,
    out: Path,
    rules: PartitionRules,
    *,
    strict: bool,
    workers: int,
    progress: Callable[[str, int, int], None],
    warn: Callable[[str], None],
    tell: Callable[[str], None] = lambda _: None,
    earlier: Path | None = None,
    endpoint: str = "",
) -> Partition:
    """Build the partition `out` from `<warehouse>/validation/`: all of it, or nothing.

    `warehouse` is a folder or s3://bucket/prefix; `endpoint` is the URL of a store in S3's protocol, '' for AWS.

    A bad file costs that file: it is counted in the flow, and `warn` gets a line for each reason. Under `strict` it
    ends the build (UnreadableImage), as does a patient without a clinical record (NoClinicalRecord). `progress` gets
    what is being done, how many are done, and how many there are. The digest depends on the data and the rules alone,
    not on `workers`. A stopped build of `out` is gone on with. Where `out` is already what would be built, `tell`
    gets a line and nothing is written. What is known of the same files is taken over from the partition `earlier`.
    Raises WarehouseError, PartitionError (something else is in `out`, or it lies in the warehouse), StorageError, and
    Interrupted for Ctrl-C.
    """
    from nccid_eval.partition.building import steps  # loads pydicom

    return steps.build(
        warehouse,
        out,
        rules,
        strict=strict,
        workers=workers,
        progress=progress,
        warn=warn,
        tell=tell,
        earlier=earlier,
        endpoint=endpoint,
    )
