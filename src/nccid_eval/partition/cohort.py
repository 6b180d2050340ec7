"""All patients' clinical records, and the attributes of an image out of them and its header."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from nccid_eval.partition.clinical import ClinicalFile, ClinicalRecord, fold, latest, read_file, to_record
from nccid_eval.partition.dicom import Header, read_regular
from nccid_eval.partition.fields import age_band
from nccid_eval.partition.pixels import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Records by folded pseudonym. `sources` are the SHA-256 of the files; `problems` what counted for nothing."""

    records: Mapping[str, ClinicalRecord]
    site_names: Mapping[str, str]  # folded -> the commonest spelling
    sources: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]  # reason, file name below data/


def read_cohort(clinical: Sequence[tuple[str, Path]], progress: Callable[[int, int], None]) -> Cohort:
    """Read every clinical file; one that cannot be read or understood is a problem, not an error."""
    files: defaultdict[str, list[ClinicalFile]] = defaultdict(list)
    sources: list[str] = []
    problems: list[tuple[str, str]] = []
    for done, (pseudonym, path) in enumerate(clinical, start=1):
        name = f"{pseudonym}/{path.name}"
        progress(done, len(clinical))
        try:
            content = read_regular(path)
        except Refused as refused:
            problems.append((f"clinical file {refused.reason}", name))
            continue
        sources.append(hashlib.sha256(content).hexdigest())
        file = read_file(path, content, pseudonym)
        files[fold(pseudonym)].append(file)
        if file.problem:
            problems.append((f"clinical file {file.problem}", name))
    records = {
        patient: to_record(counting) for patient, of_patient in files.items() if (counting := latest(of_patient))
    }
    moved = [patient for patient, of_patient in files.items() if _centres(of_patient) > 1]
    problems += [("patient's files name several submitting centres; the latest counts", one) for one in moved]
    return Cohort(records=records, site_names=_site_names(records), sources=tuple(sources), problems=tuple(problems))


def attributes(record: ClinicalRecord, header: Header, siblings: Sequence[Header], cohort: Cohort) -> dict[str, str]:
    """The attributes of an image by name; '' is unknown. Sex and age that the record lacks come from DICOM.

    `siblings` are the headers of all the patient's images: they fill in where the image's own is silent.
    """
    age = _first(record.age_years, header.age_years, max((h.age_years or -1.0 for h in siblings), default=-1.0))
    readings = [one for one in record.readings if header.taken in one.taken]
    return {
        "sex": record.sex or header.sex or _agreed(one.sex for one in siblings if one.sex),
        "age_band": age_band(age),
        "site": cohort.site_names.get(fold(record.site), ""),
        "view": header.view,
        "maker": header.maker,
        "modality": header.modality,
        "ethnicity": record.ethnicity,
        "age": "" if age is None else f"{age:.1f}".removesuffix(".0"),
        "severity": _agreed(one.severity for one in readings),
        "bsti": _agreed(one.bsti for one in readings),
        "comorbidity": record.comorbidity,
        "smoking": record.smoking,
        "quarter": _quarter(header.taken),
        "photometric": header.photometric,
    }


def _first(*ages: float | None) -> float | None:
    return next((age for age in ages if age is not None and age >= 0), None)


def _agreed(values: Iterable[str]) -> str:
    """What all say. Two radiographs of one day have two readings, and nobody knows which is whose."""
    said = set(values)
    return said.pop() if len(said) == 1 else ""


def _quarter(taken: date | None) -> str:
    return f"{taken.year}-Q{(taken.month + 2) // 3}" if taken else ""


def _centres(files: Iterable[ClinicalFile]) -> int:
    return len({fold(one.cells.get("submittingcentre")) for one in files if not one.problem} - {""})


def _site_names(records: Mapping[str, ClinicalRecord]) -> dict[str, str]:
    spellings = Counter(record.site for record in records.values() if record.site)
    ranked = sorted(spellings, key=lambda one: (spellings[one], one))
    return {fold(one): one for one in ranked}
