"""What is staged of each image under the rules: its new names, its place in a series, and what is shown of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from nccid_eval.errors import PartitionError
from nccid_eval.partition.cases.selection import Candidate, case_name
from nccid_eval.partition.cases.series_cases import InSeries, places_in_series
from nccid_eval.partition.identity import opaque_id, opaque_uid
from nccid_eval.partition.staging import Demographics, Staged, StagingTask
from nccid_eval.records import PartitionRules


def staging_tasks(
    candidates: Sequence[Candidate], work: Path, key: bytes, rules: PartitionRules
) -> list[StagingTask]:
    """One for each candidate, in their order; `work` is the folder to stage into."""
    places = places_in_series(candidates) if rules.case == "series" else {}
    return [_task(image, work, key, rules, places.get(image.source.name)) for image in candidates]


def refuse_left_behind(image: Candidate, staged: Staged, key: bytes, unit: str) -> None:
    """Raises PartitionError where something that identifies is still in what would be shown: the fault is ours."""
    if not staged.left_behind:
        return
    case = opaque_id(key, "case", case_name(image.source, unit))
    raise PartitionError(
        f"an identifier was found in a staged header: {staged.left_behind}; no partition is written",
        where=f"case {case}, made of {image.source.name}",
        mend="report it: a staged file may hold what docs/headers.md lists, and nothing of the patient",
    )


def _task(image: Candidate, work: Path, key: bytes, rules: PartitionRules, place: InSeries | None) -> StagingTask:
    source = image.source
    study, series = _groups(image, rules)
    told = Demographics(sex=image.attributes["sex"], age=image.attributes["age"]) if rules.demographics else None
    return StagingTask(
        source=source.file,
        target=work / f"{hashlib.sha256(source.name.encode()).hexdigest()}.dcm",
        sha256=image.sha256,
        modality=image.header.modality,
        view=image.header.view,
        sop=opaque_uid(key, image.header.sop_uid or source.name),
        study=opaque_uid(key, study),
        series=opaque_uid(key, series),
        frame=opaque_uid(key, place.frame) if place and place.frame else "",
        number=place.number if place else 0,
        origin=place.origin if place else None,
        demographics=told,
        keep_transfer_syntax=rules.keep_transfer_syntax,
        blank=rules.blank,
    )


def _groups(image: Candidate, rules: PartitionRules) -> tuple[str, str]:
    """Of which study and series a header tells; a blank one does not tell which cases belong together."""
    if rules.blank == "headers":
        case = case_name(image.source, rules.case)
        return f"study of {case}", f"series of {case}"
    return image.source.study, image.source.series
