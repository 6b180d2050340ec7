"""A warehouse's unseen part -> a partition folder: the order of the steps, and what is said along the way."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from nccid_eval.errors import NoClinicalRecord, UnreadableImage, WarehouseError
from nccid_eval.partition import manifest
from nccid_eval.partition.clinical import Cohort, read_cohort
from nccid_eval.partition.dicom import InspectionTask, inspect
from nccid_eval.partition.flow import Stage, count_flow, tally
from nccid_eval.partition.identity import opaque_id, opaque_uid, partition_key
from nccid_eval.partition.pool import Pool, WorkerLimits
from nccid_eval.partition.selection import Candidate, Decoded, LeftOut, case_name, duplicates, group_cases, select
from nccid_eval.partition.staging import Staged, StagingTask, stage
from nccid_eval.partition.warehouse import Layout, open_place, survey
from nccid_eval.partition.writing import whole_or_nothing, write
from nccid_eval.records import FlowStep, Partition, PartitionRules

Progress = Callable[[str, int, int], None]
Warn = Callable[[str], None]

_UNREADABLE = ("file", "pixels", "decoding")
_STAGES = (  # key, name on the exclusions, box of what goes on
    ("folder", "folder", "images in xray/"),
    ("file", "file", "DICOM files that can be read"),
    ("modality", "modality", "radiographs"),
    ("view", "view and body part", "frontal chest radiographs"),
    ("pixels", "pixel description", "sound pixel descriptions"),
    ("clinical", "clinical record", "with a clinical record"),
    ("standard", "reference standard", "with a reference standard"),
    ("decoding", "decoding", "decoded"),
    ("duplicates", "duplicates", "without copies"),
    ("cases", "cases", "images of the cases"),
)


def build(
    warehouse: str | Path,
    out: Path,
    rules: PartitionRules,
    *,
    strict: bool,
    workers: int,
    progress: Progress,
    warn: Warn,
) -> Partition:
    place = open_place(str(warehouse))
    layout = survey(place, rules.modalities)
    out = out.resolve()
    place.refuse_output(out)
    with whole_or_nothing(out, warn) as folder, Pool(workers, WorkerLimits()) as pool:
        tasks = [InspectionTask(file=s.file, patient=s.patient, modalities=rules.modalities) for s in layout.images]
        seen = pool.map(inspect, tasks, lambda done, total: progress("reading images", done, total))
        cohort = read_cohort(layout.clinical, lambda done, total: progress("reading clinical files", done, total))
        candidates, left_out = select(layout, seen, cohort, rules)
        _be_strict(left_out, strict)
        key = partition_key([*(one.sha256 for one in seen if one), *cohort.sources], rules)
        decoded, refused = _stage(pool, candidates, folder, key, rules.case, progress)
        _be_strict(refused, strict)
        copies = duplicates(decoded)
        gone = {one.source.name for one in copies}
        cases, mixed = group_cases([one for one in decoded if one.image.source.name not in gone], rules.case)
        left_out += [*refused, *copies, *mixed]
        _warn_of(left_out, cohort, warn)
        flow = _flow(layout, left_out, [one.image for group in cases.values() for one in group])
        if not cases:
            raise _no_case(warehouse, left_out)
        write(folder, cases, key=key, rules=rules, flow=flow, warehouse=place.name)
    return manifest.load(out)


def _stage(
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


def _flow(layout: Layout, left_out: Sequence[LeftOut], kept: Sequence[Candidate]) -> tuple[FlowStep, ...]:
    stages = []
    for key, name, box in _STAGES:
        reasons = tally((one.reason, one.source.where) for one in left_out if one.stage == key)
        if key == "folder":
            reasons = {f"in {folder}/": here for folder, here in layout.elsewhere.items() if here}
        stages.append(Stage(name=name, kept=box, reasons=reasons))
    return count_flow("images in validation/", stages, Counter(image.source.where for image in kept))


def _be_strict(left_out: Sequence[LeftOut], strict: bool) -> None:
    for one in left_out:
        if strict and one.stage in _UNREADABLE:
            raise UnreadableImage(
                f"an image cannot be used: {one.reason}",
                where=one.source.name,
                mend="mend or remove the file, or build without --strict to leave it out",
            )
        if strict and one.stage == "clinical":
            raise NoClinicalRecord(
                "a patient has images and no clinical record",
                where=one.source.name,
                mend="add the patient's file under data/, or build without --strict to leave the images out",
            )


def _warn_of(left_out: Sequence[LeftOut], cohort: Cohort, warn: Warn) -> None:
    """A line for each reason that speaks of a fault in the data; the reference standard's reasons are no faults."""
    faults = [(one.reason, one.source.name) for one in left_out if one.stage in (*_UNREADABLE, "clinical")]
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for reason, name in [*faults, *cohort.problems]:
        first.setdefault(reason, name)
        counts[reason] += 1
    for reason, name in first.items():
        warn(f"{reason}: {counts[reason]}, first {name}")


def _no_case(warehouse: str | Path, left_out: Sequence[LeftOut]) -> WarehouseError:
    common = Counter(one.reason for one in left_out).most_common(3)
    reasons = "; ".join(f"{reason} ({count})" for reason, count in common)
    mend = f"see why they were left out: {reasons}"
    return WarehouseError("no image became a case", where=str(warehouse), mend=mend)
