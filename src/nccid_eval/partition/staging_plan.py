"""Staging as a whole: the tasks, in an order that tells nothing, and what became of each image."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from nccid_eval.partition.identity import opaque_id, opaque_uid
from nccid_eval.partition.pool import Pool
from nccid_eval.partition.selection import Candidate, Decoded, LeftOut, case_name
from nccid_eval.partition.staging import Staged, StagingTask, stage

Progress = Callable[[str, int, int], None]


def stage_all(
    pool: Pool, candidates: Sequence[Candidate], folder: Path, key: bytes, unit: str, progress: Progress
) -> tuple[list[Decoded], list[LeftOut]]:
    work = folder / "staged"
    work.mkdir()
    tasks = [_task(image, work, key) for image in candidates]
    order = _places_by_id(candidates, tasks, key, unit)
    _create(tasks[place].target for place in order)
    answers = pool.map(
        stage, [tasks[place] for place in order], lambda done, total: progress("staging images", done, total)
    )
    results = [answer for _, answer in sorted(zip(order, answers, strict=True), key=lambda pair: pair[0])]
    killed = Staged(sha256="", picture="", refusal=("decoding", "kills the program that decodes it"))
    decoded: list[Decoded] = []
    refused: list[LeftOut] = []
    for image, task, result in zip(candidates, tasks, results, strict=True):
        staged = result or killed
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


def _create(targets: Iterable[Path]) -> None:
    """All before the first is decoded: inodes and times of birth would else tell which image took long."""
    for target in targets:
        target.touch()


def _task(image: Candidate, work: Path, key: bytes) -> StagingTask:
    source = image.source
    return StagingTask(
        source=source.file,
        target=work / f"{hashlib.sha256(source.name.encode()).hexdigest()}.dcm",
        sha256=image.sha256,
        modality=image.header.modality,
        view=image.header.view,
        sop=opaque_uid(key, image.header.sop_uid or source.name),
        study=opaque_uid(key, source.study),
        series=opaque_uid(key, source.series),
    )
