"""A second build of the same partition: nothing changed, which is soon said; or something did, and what to do."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

from nccid_eval.errors import PartitionError
from nccid_eval.partition.building.addresses import Contents, canonical_digest, content_of, files_of, plain
from nccid_eval.partition.building.job import Job
from nccid_eval.partition.building.ledger import heading
from nccid_eval.partition.built import manifest
from nccid_eval.partition.cases.exclusions import FAULTS
from nccid_eval.partition.identity import canonical_rules
from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.warehouse import Layout, WarehouseFile
from nccid_eval.records import Partition, PartitionRules

_PARTS = {"rules": "the rules", "code": "the program or a library", "sources": "the warehouse"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedFile(WarehouseFile):
    """A file that leaves a note of what was read from it."""

    contents: dict[str, str]

    def read(self) -> bytes:
        try:
            content = WarehouseFile.read(self)
        except Refused as refused:
            self.contents[self.name] = f"refused: {refused.reason}"
            raise
        self.contents[self.name] = hashlib.sha256(content).hexdigest()
        return content


def noting(file: WarehouseFile, contents: dict[str, str]) -> NotedFile:
    return NotedFile(**{field.name: getattr(file, field.name) for field in fields(file)}, contents=contents)


def made_of(layout: Layout, contents: Contents, rules: PartitionRules, code: str) -> dict[str, str]:
    """What a partition is made of, in three digests: whatever can move anything in it moves one of them."""
    return {
        "rules": canonical_digest(canonical_rules(rules)),
        "code": code,
        "sources": canonical_digest([plain(layout), sorted(contents.items())]),
    }


def unchanged(out: Path, job: Job) -> Partition:
    """The partition that lies at `out`, if a build would give the same. Every source is hashed again, none is parsed.

    Raises PartitionError that says what changed, and how to build the new version.
    """
    built = manifest.load(out)
    before = heading(manifest.load_ledger(out))
    _refuse(out, before, made_of(job.layout, {}, job.rules, job.code), ("rules", "code"))  # soon told
    contents = _contents(job)
    _refuse(out, before, made_of(job.layout, contents, job.rules, job.code), ("sources",))
    if job.strict and any(step.stage in FAULTS for step in built.flow if not step.kept):
        raise PartitionError(
            "the partition in the output folder leaves out faulty images or patients without a clinical record",
            where=str(out),
            mend="build without --strict, or into a new folder",
        )
    return built


def earlier_ledger(folder: Path | None) -> list[Path]:
    """The ledger that an earlier partition keeps. Raises PartitionError where there is none, or it was changed."""
    if folder is None:
        return []
    manifest.load_ledger(folder)
    return [folder / manifest.LEDGER]


def _contents(job: Job) -> dict[str, str]:
    files = [file for task in job.tasks for file in files_of(task)] + [file for _, file in job.layout.clinical]
    progress = job.counting("hashing files")
    contents: dict[str, str] = {}
    with ThreadPoolExecutor(job.workers) as threads:  # nothing is parsed, so no child is needed
        for done, (file, content) in enumerate(zip(files, threads.map(content_of, files), strict=True), start=1):
            contents[file.name] = content
            progress(done, len(files))
    return contents


def _refuse(out: Path, before: Contents, now: Contents, parts: Sequence[str]) -> None:
    changed = [_PARTS[part] for part in parts if before.get(part) != now[part]]
    if changed:
        raise PartitionError(
            f"the output folder holds a partition already, and {' and '.join(changed)} changed since",
            where=str(out),
            mend=f"build the new version into a new folder; with --from {out} it takes over what is the same",
        )
