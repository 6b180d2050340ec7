"""Clinical JSON as sites submit it: a full spreadsheet row for positives, the bare minimum for negatives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np

from nccid_eval.synthetic.cohort import SEVERITIES
from nccid_eval.synthetic.draft import ClinicalFile, Outcomes
from nccid_eval.synthetic.sampling import PatientPlan

_BLANK = (
    "Date of acquisition of 2nd RT-PCR",
    "Date of result of 2nd RT-PCR",
    "2nd RT-PCR result",
    "APACHE score on ITU arrival",
    "Fibrinogen  if d-dimer not performed",  # two spaces, as the spreadsheet has it
    "Urea on admission",
    "Troponin I",
    "Troponin T",
    "PaO2",
    "If CKD, stage",
)


def draft_clinical(patient: PatientPlan, rng: np.random.Generator) -> ClinicalFile:
    """The one file that a patient without quirks has."""
    uploaded = patient.swab + timedelta(days=int(rng.integers(30, 150)))
    if patient.positive:
        return ClinicalFile(kind="data", uploaded=uploaded, fields=_positive_fields(patient, rng))
    return ClinicalFile(kind="status", uploaded=uploaded, fields=_negative_fields(patient))


def _negative_fields(patient: PatientPlan) -> dict[str, Any]:
    first, last = patient.swab - timedelta(days=21), patient.swab + timedelta(days=21)
    return {
        "SwabStatus": 0,
        "SwabDate": patient.swab,
        "SpecialFormatTimestamp": f"{first:%Y%m%d}-{last:%Y%m%d}",
        "Pseudonym": patient.pseudonym,
        "SubmittingCentre": patient.site.name,
    }


def _positive_fields(patient: PatientPlan, rng: np.random.Generator) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "Pseudonym": patient.pseudonym,
        "SubmittingCentre": patient.site.name,
        "Hospital": patient.site.name.split()[0],
        "Age": f"{patient.age_years:.3f}",
        "Sex": "0" if patient.sex == "F" else "1",
        "Ethnicity": patient.ethnicity,
    }
    return fields | _tests(patient) | _radiographs(patient) | _course(patient, rng) | _history(patient, rng)


def _tests(patient: PatientPlan) -> dict[str, Any]:
    return {
        "Date of Positive Covid Swab": patient.swab,
        "Date of acquisition of 1st RT-PCR": patient.swab,
        "Date of result of 1st RT-PCR": patient.swab + timedelta(days=1),
        "1st RT-PCR result": "1",
        "Final COVID Status": "1",
    }


def _radiographs(patient: PatientPlan) -> dict[str, Any]:
    """The first two radiographs in the window; 'CXR severity 3' means the severity of the second."""
    shown = [image for image in patient.images if image.diseased][:2]
    fields: dict[str, Any] = {}
    for image, (day, severity, code) in zip(
        shown,
        (
            ("Date of 1st CXR", "CXR severity", "COVID CODE"),
            ("Date of 2nd CXR", "CXR severity 3", "COVID CODE 2"),
        ),
        strict=False,
    ):
        grade = SEVERITIES.index(image.severity)
        fields |= {day: image.day, severity: str(grade) if grade else "", code: "1" if grade else "0"}
    return fields


def _course(patient: PatientPlan, rng: np.random.Generator) -> dict[str, Any]:
    admitted = patient.swab - timedelta(days=int(rng.integers(0, 5)))
    severe = any(image.severity == "severe" for image in patient.images)
    itu = bool(rng.random() < (0.35 if severe else 0.06))
    died = bool(rng.random() < (0.3 if severe else 0.08) * (0.4 + patient.age_years / 80))
    alive = admitted + timedelta(days=int(rng.integers(5, 40)))
    return {
        "Date of admission": admitted,
        "Duration of symptoms": str(int(rng.integers(1, 15))),
        "ITU admission": str(int(itu)),
        "Date of ITU admission": admitted + timedelta(days=2) if itu else "",
        "Intubation": (tube := str(int(itu and rng.random() < 0.6))),
        "Date of intubation": admitted + timedelta(days=3) if tube == "1" else "",
        "Death": str(int(died)),
        "Date of death": alive if died else "",
        "Date last known alive": alive,
        "Respiratory rate on admission": str(int(rng.integers(14, 34))),
        "O2 saturation": str(int(rng.integers(82, 99))),
        "Temperature on admission": f"{rng.normal(37.6, 0.8):.1f}",
        "CRP on admission": f"{rng.gamma(2, 45):.0f}",
        "FiO2": str(rng.choice(["", "21", "2L", "10L", "0.4"])),
    }


def outcomes_of(file: ClinicalFile) -> Outcomes | None:
    """What a file tells of the illness; a status file tells nothing."""
    if file.kind != "data":
        return None
    return Outcomes(
        icu_admission=file.fields["Date of ITU admission"] or None,
        intubation=file.fields["Date of intubation"] or None,
        death=file.fields["Date of death"] or None,
        last_known_alive=file.fields["Date last known alive"],
    )


def _history(patient: PatientPlan, rng: np.random.Generator) -> dict[str, Any]:
    has = {name: name in patient.conditions for name in ("hypertension", "ckd", "diabetes", "cvs", "lung")}
    return {
        "Smoking status": str(int(rng.integers(0, 4))),
        "PMH hypertension": str(int(has["hypertension"])),
        "PMH CKD": str(int(has["ckd"])),
        "PMH CVS disease": str(int(rng.integers(1, 5)) if has["cvs"] else 0),
        "PMH Lung disease": str(rng.choice(["1", "4", "5 - Lung Ca"])) if has["lung"] else "0",
        "PMH diabetes mellitus type II": str(int(has["diabetes"])),
        "Current ACEi use": str(int(rng.integers(0, 3))),
        "Current Angiotension receptor blocker use": str(int(rng.integers(0, 3))),
        "Current NSAID used": str(int(rng.integers(0, 3))),
    } | dict.fromkeys(_BLANK, "")


# ── dates, as people wrote them ─────────────────────────────────────────────────────────────────────────────


def _us(day: date) -> str:
    return f"{day:%m/%d/%Y}"


def _uk(day: date) -> str:
    return f"{day:%d/%m/%Y}"


_STYLES: Mapping[str, Callable[[date, bool], str | int]] = {
    "documented": lambda day, uk: _uk(day) if uk else _us(day),
    "iso": lambda day, _: f"{day:%Y-%m-%d}",
    "iso_time": lambda day, _: f"{day:%Y-%m-%d} 00:00:00",
    "text_iso": lambda day, _: f"[Text] - {day:%Y-%m-%d}",
    "compact": lambda day, _: f"{day:%Y%m%d}",
    "month_name": lambda day, _: f"{day:%d-%b-%Y}",
    "excel_serial": lambda day, _: str(_serial(day)),
    "excel_serial_number": lambda day, _: _serial(day),
    "excel_serial_decimal": lambda day, _: f"{_serial(day)}.0",
    "two_digit_year": lambda day, uk: f"{day:%d/%m/%y}" if uk else f"{day.month}/{day.day}/{day:%y}",
    # only where no month can be meant, else the true date could not be told from the file
    "uk_when_plain": lambda day, uk: _uk(day) if uk or day.day > 12 else _us(day),
    "us_when_plain": lambda day, uk: _us(day) if not uk or day.day > 12 else _uk(day),
    "other_order": lambda day, uk: _us(day) if uk else _uk(day),
    "words": lambda _day, _uk: "not known",
}
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # what Windows programs write before a text


def _serial(day: date) -> int:
    return (day - date(1899, 12, 30)).days


def clinical_text(file: ClinicalFile) -> str:
    """The JSON of a file: SwabDate is day first, every other date month first, unless its style says otherwise."""
    text = json.dumps(_written(file.fields, "", _STYLES[file.date_style]), ensure_ascii=False)
    return {"whole": text, "empty": "", "cut": text[: len(text) // 2], "list": f"[{text}]", "marked": _MARK + text}[
        file.content
    ]


def _written(value: Any, key: str, style: Callable[[date, bool], str | int]) -> Any:
    if isinstance(value, date):
        return style(value, key == "SwabDate")
    if isinstance(value, Mapping):
        return {name: _written(one, name, style) for name, one in value.items()}
    if isinstance(value, list):
        return [_written(one, key, style) for one in value]
    return value
