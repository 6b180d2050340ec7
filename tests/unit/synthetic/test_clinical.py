import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from nccid_eval.synthetic.clinical import clinical_text, draft_clinical
from nccid_eval.synthetic.draft import ClinicalFile
from nccid_eval.synthetic.sampling import PatientPlan, plan_patient

DAY = date(2020, 4, 5)


def _patient(*, positive: bool) -> PatientPlan:
    plans = (plan_patient(1, n) for n in range(50))
    return next(plan for plan in plans if plan.positive is positive)


def _fields(patient: PatientPlan) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(clinical_text(draft_clinical(patient, np.random.default_rng(0))))
    return fields


def test_a_positive_has_the_spreadsheets_headers_and_month_first_dates() -> None:
    patient = _patient(positive=True)
    fields = _fields(patient)
    assert fields["Date of Positive Covid Swab"] == f"{patient.swab:%m/%d/%Y}"
    assert fields["Sex"] == {"F": "0", "M": "1"}[patient.sex]
    assert "Fibrinogen  if d-dimer not performed" in fields
    assert "Current Angiotension receptor blocker use" in fields


def test_a_negative_has_the_bare_minimum_and_a_day_first_date() -> None:
    patient = _patient(positive=False)
    fields = _fields(patient)
    assert set(fields) == {"SwabStatus", "SwabDate", "SpecialFormatTimestamp", "Pseudonym", "SubmittingCentre"}
    assert fields["SwabDate"] == f"{patient.swab:%d/%m/%Y}"


@pytest.mark.parametrize(
    ("style", "swab", "other"),
    [
        ("documented", "05/04/2020", "04/05/2020"),
        ("iso", "2020-04-05", "2020-04-05"),
        ("text_iso", "[Text] - 2020-04-05", "[Text] - 2020-04-05"),
        ("excel_serial", "43926", "43926"),
        ("two_digit_year", "05/04/20", "4/5/20"),
        ("uk_when_plain", "05/04/2020", "04/05/2020"),
    ],
)
def test_dates_are_written_in_every_style(style: str, swab: str, other: str) -> None:
    fields = {"SwabDate": DAY, "Date of admission": DAY, "SwabDates": [{"SwabDate": DAY}]}
    file = ClinicalFile(kind="data", uploaded=DAY, fields=fields, date_style=style)
    written = json.loads(clinical_text(file))
    assert written == {"SwabDate": swab, "Date of admission": other, "SwabDates": [{"SwabDate": swab}]}


def test_a_day_first_date_of_a_positive_cannot_be_read_month_first() -> None:
    file = ClinicalFile(kind="data", uploaded=DAY, fields={"d": date(2020, 4, 25)}, date_style="uk_when_plain")
    assert json.loads(clinical_text(file)) == {"d": "25/04/2020"}
    assert json.loads(clinical_text(replace(file, fields={"d": DAY}))) == {"d": "04/05/2020"}
