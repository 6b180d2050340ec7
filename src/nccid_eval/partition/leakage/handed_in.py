"""Findings that an evaluator hands in with a partition: are they of its images, and what of them may leave?

They name patients. What leaves says of each check how it ended and at least how many things it compared, in steps:
no leak, no name, no exact count. How many patients or images an audit met is no diagnosis, but exact totals of two
audits of one warehouse would tell who came between them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from nccid_eval.errors import PartitionError
from nccid_eval.partition.building.ledger import rows_of
from nccid_eval.partition.built import manifest
from nccid_eval.partition.leakage.findings import Check, Findings
from nccid_eval.records import Leakage, LeakageCheck, Partition
from nccid_eval.settings import to_record

AGAIN = "audit the warehouse that the partition was built from: nccid-eval partition leakage WAREHOUSE --out FILE"
_STEPS = (1, 2, 5)


def leakage_of(partition: Partition, path: Path) -> Leakage:
    """What may leave of the findings in `path`. Raises PartitionError where they are of other images."""
    found = _read(path)
    missed = _images(partition) - set(found.validation_images)
    if missed:
        raise PartitionError(
            f"the leakage audit did not compare {len(missed):,} of the partition's images",
            where=str(path),
            mend=AGAIN,
        )
    return Leakage(
        status=found.status.value,
        training=found.training_of,
        audited_with=found.version,
        checks=tuple(_told(check) for check in found.checks),
    )


def at_least(exact: int) -> int:
    """The next step below or at a count: 1, 2, 5, 10, 20, 50, …"""
    power = 10 ** (len(str(exact)) - 1) if exact > 0 else 0
    return max((step * power for step in _STEPS if step * power <= exact), default=0)


def _told(check: Check) -> LeakageCheck:
    return LeakageCheck(
        name=check.name,
        status=check.status.value,
        training=at_least(check.training),
        validation=at_least(check.validation),
        note=re.sub(r"\d[\d,]*", "some", check.note),
    )


def _images(partition: Partition) -> set[str]:
    """SHA-256 of the warehouse's files that the cases are made of."""
    used = {row.source for row in manifest.load_sources(partition.folder)}
    rows = (row for row, _ in rows_of(manifest.load_ledger(partition.folder)) if row["kind"] == "Inspection")
    known = {row["name"]: row["result"]["sha256"] for row in rows}
    if not used <= known.keys():
        raise PartitionError(
            "the partition does not say what its images are made of", where=str(partition.folder), mend=manifest.MEND
        )
    return {known[source] for source in used}


def _read(path: Path) -> Findings:
    try:
        table: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise PartitionError(
            f"the leakage audit cannot be read: {cause.strerror}", where=str(path), mend=AGAIN
        ) from None
    except (ValueError, RecursionError):
        table = None
    if not isinstance(table, dict):
        raise PartitionError("the leakage audit is not JSON", where=str(path), mend=AGAIN)
    told = {key: value for key, value in table.items() if key != "status"}  # which follows from the checks
    return to_record(told, Findings, where=str(path), error=PartitionError)
