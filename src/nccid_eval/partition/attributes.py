"""What is known of each image besides its label: the strata of the analysis, out of the record and the header."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from nccid_eval.partition.clinical import ClinicalRecord, Cohort
from nccid_eval.partition.clinical.fields import age_band
from nccid_eval.partition.dicom import Header
from nccid_eval.partition.text import fold


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
