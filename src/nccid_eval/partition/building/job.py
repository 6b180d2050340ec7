"""What every step of a build needs to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from nccid_eval.partition.building.reading import inspection_tasks
from nccid_eval.partition.building.versions import code_digest, library_versions
from nccid_eval.partition.dicom import InspectionTask
from nccid_eval.partition.warehouse import Layout, Place
from nccid_eval.records import PartitionRules

Progress = Callable[[str, int, int], None]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`warehouse` is the last part of its place, `where` all of it. `tasks` are the layout's images in its order.

    `code` is a digest of this room and of `versions`.
    """

    warehouse: str
    where: str
    layout: Layout
    tasks: tuple[InspectionTask, ...]
    rules: PartitionRules
    versions: Mapping[str, str]
    code: str
    strict: bool
    workers: int
    progress: Progress
    warn: Tell
    tell: Tell

    def counting(self, what: str) -> Callable[[int, int], None]:
        """The progress of one step."""
        return lambda done, total: self.progress(what, done, total)


def plan_job(
    place: Place,
    layout: Layout,
    rules: PartitionRules,
    strict: bool,
    workers: int,
    progress: Progress,
    warn: Tell,
    tell: Tell,
) -> Job:
    versions = library_versions()
    return Job(
        warehouse=place.name,
        where=place.where,
        layout=layout,
        tasks=tuple(inspection_tasks(layout, rules)),
        rules=rules,
        versions=versions,
        code=code_digest(versions),
        strict=strict,
        workers=workers,
        progress=progress,
        warn=warn,
        tell=tell,
    )


def over(job: Job, layout: Layout) -> Job:
    """The same job with its images' files elsewhere."""
    return replace(job, layout=layout, tasks=tuple(inspection_tasks(layout, job.rules)))
