"""Staging as a whole: the tasks, in an order that tells nothing, and what became of each image."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nccid_eval.partition.building.abandoned import STAGED
from nccid_eval.partition.building.addresses import address, canonical_digest
from nccid_eval.partition.building.ledger import Known, Ledger
from nccid_eval.partition.building.staging_tasks import refuse_left_behind, staging_tasks
from nccid_eval.partition.cases.selection import Candidate, Decoded, LeftOut, case_name
from nccid_eval.partition.identity import opaque_id
from nccid_eval.partition.pool import Pool
from nccid_eval.partition.staging import Staged, StagingTask, stage
from nccid_eval.records import PartitionRules

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restaging:
    """`known` is what an earlier attempt at this build made of the task, if it did."""

    task: StagingTask
    known: Staged | None


def stage_all(
    pool: Pool,
    candidates: Sequence[Candidate],
    folder: Path,
    key: bytes,
    rules: PartitionRules,
    ledger: Ledger,
    progress: Progress,
) -> tuple[list[Decoded], list[LeftOut]]:
    """Stage every candidate under `folder`. What a killed attempt with the same key and code staged is kept."""
    work = folder / f"{STAGED}{canonical_digest([key.hex(), ledger.code])[:16]}"
    tasks = staging_tasks(candidates, work, key, rules)
    order = _places_by_id(candidates, tasks, key, rules.case)
    in_order = [tasks[place] for place in order]
    _create(work, [task.target for task in in_order])
    answers = _staged(pool, in_order, ledger, lambda done, total: progress("staging images", done, total))
    results = [answer for _, answer in sorted(zip(order, answers, strict=True), key=lambda pair: pair[0])]
    killed = Staged(sha256="", picture="", refusal=("decoding", "kills the program that decodes it"))
    decoded: list[Decoded] = []
    refused: list[LeftOut] = []
    for image, task, result in zip(candidates, tasks, results, strict=True):
        staged = result or killed
        refuse_left_behind(image, staged, key, rules.case)
        if staged.refusal:
            refused.append(LeftOut(source=image.source, stage=staged.refusal[0], reason=staged.refusal[1]))
            continue
        decoded.append(
            Decoded(image=image, path=task.target, sha256=staged.sha256, picture=staged.picture, uid=task.sop)
        )
    return decoded, refused


def _places_by_id(candidates: Sequence[Candidate], tasks: Sequence[StagingTask], key: bytes, unit: str) -> list[int]:
    """The order in which images are staged: that of their opaque ids, as the disk gives it away for good."""
    ids = [opaque_id(key, "case", case_name(image.source, unit)) for image in candidates]
    return sorted(range(len(tasks)), key=lambda place: (ids[place], tasks[place].sop))


def _create(work: Path, targets: Sequence[Path]) -> None:
    """All before the first is decoded: inodes and times of birth would else tell which image took long.

    What a killed attempt made is kept where it made all of them, as it did so in this order.
    """
    for place in work.parent.glob(f"{STAGED}*"):
        if place != work or {path.name for path in place.iterdir()} != {path.name for path in targets}:
            shutil.rmtree(place)
    if not work.exists():
        work.mkdir()
        for target in targets:
            target.touch()


def _staged(
    pool: Pool, tasks: Sequence[StagingTask], ledger: Ledger, progress: Callable[[int, int], None]
) -> list[Staged | None]:
    addresses = [address(task, {}, ledger.code) for task in tasks]
    work = [
        Restaging(task=task, known=_known(ledger.recall(Staged, task.target.name), here))
        for task, here in zip(tasks, addresses, strict=True)
    ]

    def hear(place: int, staged: Staged) -> None:
        if not staged.refusal or staged.refusal[0] == "decoding":  # a file that could not be read may be there again
            ledger.note(tasks[place].target.name, addresses[place], staged)

    return pool.map(restage, work, progress, hear)


def _known(known: Known[Staged] | None, here: str) -> Staged | None:
    return known.result if known and known.address == here else None


def restage(work: Restaging) -> Staged:
    """Stage an image, unless that was done and the file still is what was written. Runs in a child process."""
    known = work.known
    if known and (known.refusal or _sha256(work.task.target) == known.sha256):
        return known
    return stage(work.task)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
