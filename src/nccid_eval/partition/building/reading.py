"""Reading every image: inspected in a child process, or known by its content from an earlier build."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nccid_eval.partition.building.addresses import address, content_of, file_fields, files_of
from nccid_eval.partition.building.ledger import Known, Ledger
from nccid_eval.partition.dicom import Inspection, InspectionTask, inspect
from nccid_eval.partition.pool import Pool
from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.warehouse import Layout, WarehouseFile
from nccid_eval.records import PartitionRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`known` is the address of what an earlier build made of this file, or ''."""

    task: InspectionTask
    known: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a file held, and what it is; None for what the address is known to give. `contents`: as in addresses."""

    address: str
    contents: dict[str, str]
    inspection: Inspection | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What each image is, in path order, None where it killed its reader; the content of every file that was read.

    `known` images were the same as in an earlier build.
    """

    images: list[Inspection | None]
    contents: dict[str, str]
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFile(WarehouseFile):
    """A file that was read already: what is made of it is made of the very bytes that were hashed."""

    content: bytes | Refused

    def read(self) -> bytes:
        if isinstance(self.content, Refused):
            raise self.content
        return self.content


def inspection_tasks(layout: Layout, rules: PartitionRules) -> list[InspectionTask]:
    return [
        InspectionTask(
            file=source.file,
            patient=source.patient,
            modalities=rules.modalities,
            image_dates=rules.image_dates,
            metadata=source.metadata,
        )
        for source in layout.images
    ]


def inspect_all(
    pool: Pool, layout: Layout, tasks: Sequence[InspectionTask], ledger: Ledger, progress: Callable[[int, int], None]
) -> Inspected:
    names = [source.name for source in layout.images]
    known = [ledger.recall(Inspection, name) for name in names]
    readings = [
        Reading(task=task, known=one.address if one else "", code=ledger.code)
        for task, one in zip(tasks, known, strict=True)
    ]
    contents: dict[str, str] = {}

    def hear(place: int, answer: Read) -> None:
        contents.update(answer.contents)
        found = _inspection(answer, known[place])
        if found and found.sha256:
            ledger.note(names[place], answer.address, found)

    answers = pool.map(read, readings, progress, hear)
    for task, answer in zip(tasks, answers, strict=True):
        if answer is None:
            contents |= {file.name: content_of(file) for file in files_of(task)}
    return Inspected(
        images=[_inspection(answer, before) for answer, before in zip(answers, known, strict=True)],
        contents=contents,
        known=sum(answer is not None and answer.inspection is None for answer in answers),
    )


def _inspection(answer: Read | None, known: Known[Inspection] | None) -> Inspection | None:
    if answer is None:
        return None
    return answer.inspection or (known.result if known else None)


def read(reading: Reading) -> Read:
    """Read a file once; inspect it where its content is not the known one. Runs in a child process."""
    held = {file.name: _hold(file) for file in files_of(reading.task)}
    fields: dict[str, Any] = {field: held[file.name] for field, file in file_fields(reading.task)}
    task = replace(reading.task, **fields)
    if reading.known:
        contents = {name: content_of(file) for name, file in held.items()}
        if address(task, contents, reading.code) == reading.known:
            return Read(address=reading.known, contents=contents, inspection=None)
    found = inspect(task)
    contents = {name: content_of(file) for name, file in held.items() if name != task.file.name or not found.sha256}
    contents.setdefault(task.file.name, found.sha256)  # hashed there already
    return Read(address=address(task, contents, reading.code), contents=contents, inspection=found)


def _hold(file: WarehouseFile) -> HeldFile:
    content: bytes | Refused
    try:
        content = file.read()
    except Refused as refused:
        content = refused
    return HeldFile(place=file.place, name=file.name, content=content)
