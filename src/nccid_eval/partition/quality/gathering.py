"""A build's patients as the data-quality table sees them, and the two files that come of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from nccid_eval.partition.built.manifest import CELLS, QUALITY
from nccid_eval.partition.cases.selection import Candidate, Decoded
from nccid_eval.partition.clinical import ClinicalRecord, Cohort, Settled, settle_cells, settled_by
from nccid_eval.partition.dicom import Inspection
from nccid_eval.partition.identity import opaque_id
from nccid_eval.partition.labels import contradictions
from nccid_eval.partition.quality.counts import CHECKS, to_json
from nccid_eval.partition.quality.patients import Recorded, count, format_cells
from nccid_eval.partition.text import fold
from nccid_eval.partition.warehouse import Source
from nccid_eval.records import PartitionRules

Cases = Mapping[str, Sequence[Decoded]]
_UNKNOWN = "unknown"


def quality_files(
    cohort: Cohort,
    cases: Cases,
    images: Mapping[str, Sequence[date]],
    metadata: Mapping[str, int],
    rules: PartitionRules,
    key: bytes,
) -> dict[str, bytes]:
    """private/quality.json and private/clinical.csv, by name.

    `images` are the dates of all images by folded pseudonym, `metadata` counts of JSON files beside images.
    """
    patients = gather(cohort, cases, images, rules)
    return {
        QUALITY: to_json(count(patients, metadata)),
        CELLS: format_cells(patients, lambda name: opaque_id(key, "patient", name)),
    }


def image_dates(images: Iterable[Source], seen: Iterable[Inspection | None]) -> dict[str, list[date]]:
    """The dates of a patient's images, whether they became cases or not."""
    dates: defaultdict[str, list[date]] = defaultdict(list)
    for source, one in zip(images, seen, strict=True):
        if one and one.taken:
            dates[source.patient].append(one.taken)
    return dates


def gather(
    cohort: Cohort, cases: Cases, images: Mapping[str, Sequence[date]], rules: PartitionRules
) -> list[Recorded]:
    """Every patient who has a clinical record. Dates that can be read two ways hold the reading that was settled."""
    shown: defaultdict[str, list[Candidate]] = defaultdict(list)
    for group in cases.values():
        for one in group:
            shown[one.image.source.patient].append(one.image)
    return [
        _recorded(patient, record, cohort, shown.get(patient, []), images.get(patient, ()), _days(rules))
        for patient, record in cohort.records.items()
    ]


def _recorded(
    patient: str,
    record: ClinicalRecord,
    cohort: Cohort,
    shown: Sequence[Candidate],
    images: Sequence[date],
    days: int,
) -> Recorded:
    wrong = contradictions(record)
    settled = frozenset(settled_by(record, images, days=days).values())
    return Recorded(
        patient=patient,
        site=cohort.site_names.get(fold(record.site), ""),
        labels=frozenset(one.label for one in shown),
        cells=settle_cells(record, images, days=days).cells,
        checks=_of_images(shown) | {"contradictions": "some" if wrong else "none", "ambiguous_dates": _last(settled)},
        contradictions=wrong,
    )


def _of_images(shown: Sequence[Candidate]) -> dict[str, str]:
    """Of several images' answers the first that CHECKS lists, but a conflict before none; nothing without a case."""
    if not shown:
        return {}
    order = {**CHECKS, "sex_conflict": ("yes", "no", _UNKNOWN)}
    said = {name: {one.attributes[name] for one in shown} for name in ("sex_source", "age_source", "sex_conflict")}
    return {name: next((one for one in order[name] if one in answers), _UNKNOWN) for name, answers in said.items()}


def _last(settled: frozenset[Settled]) -> str:
    """The weakest thing that one of a patient's ambiguous dates hangs on."""
    ranked = (Settled.CONVENTION, Settled.IMAGES, Settled.CALENDAR)
    return next((one.value for one in ranked if one in settled), "none")


def _days(rules: PartitionRules) -> int:
    return max(rules.positive_days_before, rules.positive_days_after, rules.negative_days)
