"""A warehouse's unseen part -> a partition folder: the order of the steps, and what is said along the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nccid_eval.partition import manifest
from nccid_eval.partition.clinical import read_cohort
from nccid_eval.partition.dicom import InspectionTask, inspect
from nccid_eval.partition.exclusions import be_strict, flow_of, no_case, warn_of
from nccid_eval.partition.identity import partition_key
from nccid_eval.partition.index_studies import analysed
from nccid_eval.partition.pool import Pool, WorkerLimits
from nccid_eval.partition.selection import duplicates, group_cases, select
from nccid_eval.partition.series_cases import group_series, settle_series
from nccid_eval.partition.staging_plan import stage_all
from nccid_eval.partition.warehouse import open_place, survey
from nccid_eval.partition.writing import whole_or_nothing, write
from nccid_eval.records import Partition, PartitionRules

Progress = Callable[[str, int, int], None]
Warn = Callable[[str], None]


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
        tasks = [
            InspectionTask(file=s.file, patient=s.patient, modalities=rules.modalities, image_dates=rules.image_dates)
            for s in layout.images
        ]
        seen = pool.map(inspect, tasks, lambda done, total: progress("reading images", done, total))
        if rules.case == "series":
            seen = settle_series(layout.images, seen)
        cohort = read_cohort(layout.clinical, lambda done, total: progress("reading clinical files", done, total))
        candidates, left_out = select(layout, seen, cohort, rules)
        be_strict(left_out, strict)
        key = partition_key([*(one.sha256 for one in seen if one), *cohort.sources], rules)
        decoded, refused = stage_all(pool, candidates, folder, key, rules.case, progress)
        be_strict(refused, strict)
        copies = duplicates(decoded, rules.case)
        gone = {one.source.name for one in copies}
        single = [one for one in decoded if one.image.source.name not in gone]
        whole, mixed = group_series(single) if rules.case == "series" else group_cases(single, rules.case)
        cases, others = analysed(whole, rules)
        left_out += [*refused, *copies, *mixed, *others]
        warn_of(left_out, cohort, warn)
        flow = flow_of(layout, left_out, [one.image for group in cases.values() for one in group], rules.modalities)
        if not cases:
            raise no_case(warehouse, left_out)
        write(folder, cases, key=key, rules=rules, flow=flow, warehouse=place.name)
    return manifest.load(out)
