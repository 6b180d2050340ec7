"""Which images go on: the clinical record and the reference standard before decoding, duplicates after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from nccid_eval.partition.cases.attributes import attributes
from nccid_eval.partition.clinical import Cohort, settle_readings
from nccid_eval.partition.dicom import Header, Inspection
from nccid_eval.partition.labels import PatientStandard, image_label, patient_standard
from nccid_eval.partition.warehouse import Layout, Source, Study
from nccid_eval.records import PartitionRules


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    source: Source
    stage: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An image with a label, not yet decoded."""

    source: Source
    sha256: str
    header: Header
    label: bool
    attributes: Mapping[str, str]
    from_swab: int = 0  # days between it and the nearest swab that shows the patient's status


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A candidate that is staged: where it lies, its bytes' and its picture's SHA-256, its re-keyed UID."""

    image: Candidate
    path: Path
    sha256: str
    picture: str
    uid: str


def select(
    layout: Layout, inspections: Sequence[Inspection | None], cohort: Cohort, rules: PartitionRules
) -> tuple[list[Candidate], list[LeftOut]]:
    """Split the images, in path order, into candidates and those left out with their stage and reason."""
    dates: defaultdict[str, list[date]] = defaultdict(list)
    siblings: defaultdict[str, list[Header]] = defaultdict(list)
    for source, seen in zip(layout.images, inspections, strict=True):
        if seen and seen.taken:
            dates[source.patient].append(seen.taken)
        if seen and seen.header:
            siblings[source.patient].append(seen.header)
    standards = {
        patient: patient_standard(record, dates[patient], rules) for patient, record in cohort.records.items()
    }
    settled = {patient: settle_readings(record, dates[patient]) for patient, record in cohort.records.items()}
    roles = dict(layout.roles)
    candidates: list[Candidate] = []
    left_out: list[LeftOut] = []
    for source, seen in zip(layout.images, inspections, strict=True):
        standard = standards.get(source.patient)
        judged = _judge(source, seen, standard, rules)
        if isinstance(judged, tuple):
            left_out.append(LeftOut(source=source, stage=judged[0], reason=judged[1]))
        elif seen and seen.header and standard:
            known = attributes(settled[source.patient], seen.header, siblings[source.patient], cohort, roles)
            candidates.append(
                Candidate(
                    source=source,
                    sha256=seen.sha256,
                    header=seen.header,
                    label=judged,
                    attributes=known,
                    from_swab=_days_from_swab(standard, seen.header.taken),
                )
            )
    return candidates, left_out


def shared_uids(layout: Layout, inspections: Sequence[Inspection | None]) -> frozenset[str]:
    """The SOP instance UIDs that stand under several patients, whether the images there have a label or not."""
    owners: dict[str, str] = {}
    shared = set()
    for source, seen in zip(layout.images, inspections, strict=True):
        uid = seen.header.sop_uid if seen and seen.header else ""
        if uid and owners.setdefault(uid, source.patient) != source.patient:
            shared.add(uid)
    return frozenset(shared)


def duplicates(images: Sequence[Decoded], unit: str, shared: Collection[str]) -> list[LeftOut]:
    """The copies among decoded images, which come in path order; `shared` are SOP instance UIDs of several patients.

    Within a patient the first copy stays, but none of copies that have both labels. A picture under several patients
    stays with none: whose label it has cannot be known. Two slices of series may well look the same: there it is the
    whole series that is compared.
    """
    left_out: dict[str, LeftOut] = {}
    kinds: tuple[tuple[str, Callable[[Decoded], str]], ...] = (
        ("SOP instance UID", lambda one: one.image.header.sop_uid),
        ("picture", lambda one: one.picture),
    )
    for what, key in kinds[:1] if unit == "series" else kinds:
        groups: defaultdict[str, list[Candidate]] = defaultdict(list)
        for one in images:
            if one.image.source.name not in left_out and key(one):
                groups[key(one)].append(one.image)
        for name, group in groups.items():
            between = name in shared or len({one.source.patient for one in group}) > 1
            reason = f"same {what} under several patients" if between else f"copy of an image: same {what}"
            whole = between or len({one.label for one in group}) > 1
            for image in group if whole else group[1:]:
                left_out[image.source.name] = LeftOut(source=image.source, stage="duplicates", reason=reason)
    return list(left_out.values())


def group_cases(images: Sequence[Decoded], unit: str) -> tuple[dict[str, list[Decoded]], list[LeftOut]]:
    """Cases by a name that is theirs alone: each image, or all images of a study. A study with both labels is none.

    The files of a case stand in the order of their re-keyed UIDs, which means nothing, as their numbers must.
    """
    cases: defaultdict[str, list[Decoded]] = defaultdict(list)
    for one in sorted(images, key=lambda one: one.uid):
        cases[case_name(one.image.source, unit)].append(one)
    mixed = {name for name, group in cases.items() if len({one.image.label for one in group}) > 1}
    reason = "the study's images have both labels"
    left_out = [
        LeftOut(source=one.image.source, stage="cases", reason=reason) for name in mixed for one in cases[name]
    ]
    return {name: group for name, group in cases.items() if name not in mixed}, left_out


def case_name(source: Source, unit: str) -> str:
    if unit == "series":
        return "/".join((*source.where, source.series))
    return source.name if unit == "image" else study_name(source.where)


def study_name(study: Study) -> str:
    return "/".join(study)


def _judge(
    source: Source, seen: Inspection | None, standard: PatientStandard | None, rules: PartitionRules
) -> bool | tuple[str, str]:
    """The label of an image, or the stage and reason of leaving it out."""
    if seen is None:
        return "file", "kills the program that reads it"
    if seen.refusal:
        return seen.refusal
    if source.misplaced:
        return "file", "not in a folder <patient>/<study>/<series>"
    if standard is None:
        return "clinical", "no clinical record of the patient"
    label = image_label(standard, seen.header.taken if seen.header else None, rules)
    return ("standard", label.exclusion) if label.exclusion else label.positive


def _days_from_swab(standard: PatientStandard, taken: date | None) -> int:
    return min((abs((taken - swab).days) for swab in standard.swab_dates), default=0) if taken else 0
