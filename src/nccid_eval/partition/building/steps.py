"""A warehouse's unseen part -> a partition folder: the order of the steps, and what is said along the way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from nccid_eval.partition.building.job import Job, over, plan_job
from nccid_eval.partition.building.ledger import Ledger
from nccid_eval.partition.building.pseudonyms import refuse_pseudonyms
from nccid_eval.partition.building.reading import Inspected, inspect_all
from nccid_eval.partition.building.rebuilding import earlier_ledger, made_of, noting, unchanged
from nccid_eval.partition.building.staging_plan import stage_all
from nccid_eval.partition.building.writing import whole_or_nothing, write
from nccid_eval.partition.built import manifest
from nccid_eval.partition.cases.exclusions import be_strict, flow_of, no_case, warn_of
from nccid_eval.partition.cases.index_studies import analysed
from nccid_eval.partition.cases.selection import Decoded, LeftOut, duplicates, group_cases, select, shared_uids
from nccid_eval.partition.cases.series_cases import group_series, settle_series
from nccid_eval.partition.clinical import read_cohort
from nccid_eval.partition.dicom import Inspection, count_metadata
from nccid_eval.partition.identity import partition_key
from nccid_eval.partition.pool import Pool, WorkerLimits
from nccid_eval.partition.quality.gathering import image_dates, quality_files
from nccid_eval.partition.warehouse import fetched_once, open_place, survey
from nccid_eval.records import Partition, PartitionRules

Progress = Callable[[str, int, int], None]
Tell = Callable[[str], None]


def build(
    warehouse: str | Path,
    out: Path,
    rules: PartitionRules,
    *,
    strict: bool,
    workers: int,
    progress: Progress,
    warn: Tell,
    tell: Tell,
    earlier: Path | None,
    endpoint: str,
) -> Partition:
    place = open_place(str(warehouse), endpoint)
    layout = survey(place, rules.modalities, metadata=rules.metadata_json)
    out = out.resolve()
    place.refuse_output(out)
    job = plan_job(place, layout, rules, strict, workers, progress, warn, tell)
    if manifest.is_partition(out):
        found = unchanged(out, job)
        tell(f"unchanged: {out} is the partition of this warehouse under these rules; nothing was written")
        return found
    if layout.no_roles:
        warn(f"{layout.no_roles}: which sites are split between training and validation stays unknown")
    learned = earlier_ledger(earlier)
    with (
        whole_or_nothing(out, warn) as folder,
        Ledger(folder / manifest.LEDGER, job.code, learned) as ledger,
        Pool(workers, WorkerLimits()) as pool,
        fetched_once(layout, folder / "fetched") as near,
    ):
        _fill(folder, over(job, near), ledger, pool)
    return manifest.load(out)


def _fill(folder: Path, job: Job, ledger: Ledger, pool: Pool) -> None:
    layout, rules = job.layout, job.rules
    inspected = _inspect(job, ledger, pool)
    clinical = [(patient, noting(file, inspected.contents)) for patient, file in layout.clinical]
    cohort = read_cohort(clinical, job.counting("reading clinical files"))
    candidates, left_out = select(layout, inspected.images, cohort, rules)
    be_strict(left_out, job.strict)
    key = partition_key([*(one.sha256 for one in inspected.images if one), *cohort.sources], rules)
    decoded, refused = stage_all(pool, candidates, folder, key, rules, ledger, job.progress)
    be_strict(refused, job.strict)
    cases, others = _cases(decoded, shared_uids(layout, inspected.images), rules)
    left_out += [*refused, *others]
    warn_of(left_out, cohort, job.warn)
    flow = flow_of(layout, left_out, [one.image for group in cases.values() for one in group], rules.modalities)
    if not cases:
        raise no_case(job.where, left_out)
    metadata, dates = count_metadata(layout, inspected.images), image_dates(layout.images, inspected.images)
    private = quality_files(cohort, cases, dates, metadata, rules, key)
    names = [source.name for source in layout.images]
    kept = ledger.settled(Inspection, names, made_of(layout, inspected.contents, rules, job.code))
    write(folder, cases, key=key, job=job, flow=flow, private=private, kept={manifest.LEDGER: kept})
    refuse_pseudonyms(folder, {*(one.patient for one in layout.images), *(one for one, _ in layout.clinical)})


def _inspect(job: Job, ledger: Ledger, pool: Pool) -> Inspected:
    found = inspect_all(pool, job.layout, job.tasks, ledger, job.counting("reading images"))
    if found.known:
        many = f"{found.known} of {len(found.images)} images"
        job.tell(f"{many} are those of an earlier build: not inspected again")
    if job.rules.case != "series":
        return found
    return replace(found, images=settle_series(job.layout.images, found.images))


def _cases(
    decoded: Sequence[Decoded], shared: Collection[str], rules: PartitionRules
) -> tuple[dict[str, list[Decoded]], list[LeftOut]]:
    copies = duplicates(decoded, rules.case, shared)
    gone = {one.source.name for one in copies}
    single = [one for one in decoded if one.image.source.name not in gone]
    whole, mixed = group_series(single) if rules.case == "series" else group_cases(single, rules.case)
    cases, others = analysed(whole, rules)
    return cases, [*copies, *mixed, *others]
