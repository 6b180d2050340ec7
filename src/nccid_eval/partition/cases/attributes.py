"""What is known of each image besides its label: the strata of the analysis, out of the record and the header."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from nccid_eval.partition.clinical import ClinicalRecord, Cohort
from nccid_eval.partition.dicom import Header
from nccid_eval.partition.text import fold

_ROLES = {"split": "split", "validation": "held out"}
_CLINICAL, _IMAGE, _OTHER_IMAGE = "clinical", "image", "other_image"
_AGES = ((18, "<18"), (40, "18-39"), (65, "40-64"), (80, "65-79"))
_SIZES = ((1024, "<1024"), (2048, "1024-2047"), (3072, "2048-3071"))


def attributes(
    record: ClinicalRecord, header: Header, siblings: Sequence[Header], cohort: Cohort, roles: Mapping[str, str]
) -> dict[str, str]:
    """The attributes of an image by name; '' is unknown. Sex and age that the record lacks come from DICOM.

    `siblings` are the headers of all the patient's images: they fill in where the image's own is silent. `sex_source`
    and `age_source` say which it was. A sex that DICOM contradicts stays the record's. Ethnicity is never filled in.
    The record's readings are settled (`settle_readings`). `roles` are those of the sites by folded name: patients of
    a split site are in the training part as well.
    """
    sex, sex_source = _sex(record, header, siblings)
    age, age_source = _age(record, header, siblings)
    readings = [one for one in record.readings if header.taken in one.taken]
    return {
        "sex": sex,
        "age_band": age_band(age),
        "site": cohort.site_names.get(fold(record.site), ""),
        "site_role": _ROLES.get(roles.get(fold(record.site), ""), ""),
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
        "icu": {True: "yes", False: "no", None: ""}[record.icu.took_place],
        "size": _size(header),
        "bits": str(header.bits_stored or ""),
        "sex_source": sex_source,
        "age_source": age_source,
        "sex_conflict": sex_conflict(record, [header, *siblings]),
    }


def sex_conflict(record: ClinicalRecord, headers: Iterable[Header]) -> str:
    """'yes' where an image says another sex than the record, 'no' where none does, '' where one of them is silent."""
    said = {one.sex for one in headers} - {""}
    if not record.sex or not said:
        return ""
    return "no" if said == {record.sex} else "yes"


def age_band(years: float | None) -> str:
    return "" if years is None else _class_of(years, _AGES, "≥80")


def _sex(record: ClinicalRecord, header: Header, siblings: Iterable[Header]) -> tuple[str, str]:
    others = _agreed(one.sex for one in siblings if one.sex)
    known = ((record.sex, _CLINICAL), (header.sex, _IMAGE), (others, _OTHER_IMAGE))
    return next((one for one in known if one[0]), ("", ""))


def _age(record: ClinicalRecord, header: Header, siblings: Iterable[Header]) -> tuple[float | None, str]:
    """Of the patient's other images the highest age counts: the images before the infection are left out."""
    others = max((one.age_years for one in siblings if one.age_years is not None), default=None)
    known = ((record.age_years, _CLINICAL), (header.age_years, _IMAGE), (others, _OTHER_IMAGE))
    return next((one for one in known if one[0] is not None), (None, ""))


def _size(header: Header) -> str:
    longer = max(header.rows, header.columns)
    return _class_of(longer, _SIZES, "≥3072") if longer else ""


def _class_of(number: float, classes: Iterable[tuple[int, str]], last: str) -> str:
    return next((name for below, name in classes if number < below), last)


def _agreed(values: Iterable[str]) -> str:
    """What all say. Two radiographs of one day have two readings, and nobody knows which is whose."""
    said = set(values)
    return said.pop() if len(said) == 1 else ""


def _quarter(taken: date | None) -> str:
    return f"{taken.year}-Q{(taken.month + 2) // 3}" if taken else ""
