"""Codes, sex, ethnicity, age and dates of the clinical form, and the header's own fields, one cell at a time."""

from datetime import date
from typing import Any

import pytest
from clinical_cells import cell, cells_of

from nccid_eval.partition.cases.attributes import age_band
from nccid_eval.partition.dicom import values

OK, RECODED, AMBIGUOUS = "ok", "recoded", "ambiguous"
MISSING, BEYOND, UNREAD = ("", "missing"), ("", "out_of_range"), ("", "unparseable")


@pytest.mark.parametrize("header", ["Sex", "FiO2", "Age", "Ethnicity", "Date of death", "Hospital", "If CKD, stage"])
@pytest.mark.parametrize("written", ["  ", "unknown", "N/K", "nan", " - ", "#N/A", "Not known"])
def test_blanks_and_words_for_unknown_are_missing(header: str, written: str) -> None:
    assert cell(header, written) == MISSING


@pytest.mark.parametrize("header", ["Sex", "FiO2", "Age", "Ethnicity", "Date of death", "Hospital", "Systolic BP"])
@pytest.mark.parametrize("written", [True, {"value": 1}, ["1"], []])
def test_what_no_cell_can_be_is_unparseable(header: str, written: Any) -> None:
    assert cell(header, written) == UNREAD


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (0, ("F", OK)),
        ("0", ("F", OK)),
        ("0.0", ("F", RECODED)),
        (1, ("M", OK)),
        (1.0, ("M", RECODED)),
        (" 1 ", ("M", OK)),
        ("01", ("M", RECODED)),
        ("Female", ("F", RECODED)),
        (" male ", ("M", RECODED)),
        ("F", ("F", RECODED)),
        ("m", ("M", RECODED)),
        ("2", UNREAD),
        (2, UNREAD),
        (3.0, UNREAD),
    ],
)
def test_sex_two_is_never_female(written: Any, read: tuple[str, str]) -> None:
    assert cell("Sex", written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("78.876", ("78.876", OK)),
        (67, ("67", OK)),
        (67.0, ("67", OK)),
        ("67 years", ("67", RECODED)),
        ("067Y", ("67", RECODED)),
        ("18 months", ("1.5", RECODED)),
        ("0", ("0", OK)),
        ("-1", BEYOND),
        ("300", BEYOND),
        (1e22, BEYOND),
        ("1e999", BEYOND),
        ("1942-03-01", UNREAD),
        ("old", UNREAD),
    ],
)
def test_age(written: Any, read: tuple[str, str]) -> None:
    assert cell("Age", written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("A", ("White", OK)),
        ("c2", ("White", OK)),
        ("CA", ("White", OK)),
        ("G", ("Mixed", OK)),
        ("GF", ("Mixed", OK)),
        ("H", ("Asian", OK)),
        ("R", ("Asian", OK)),
        ("LK", ("Asian", OK)),
        ("N", ("Black", OK)),
        ("PE", ("Black", OK)),
        ("S", ("Other", OK)),
        ("SC", ("Other", OK)),
        ("Z", MISSING),
        ("u", MISSING),
        ("99", MISSING),
        (99.0, MISSING),
        ("0", MISSING),
        ("Not stated", MISSING),
        ("Declined to say", MISSING),
        ("X", UNREAD),
        ("7", UNREAD),
        ("Mixed - White and Asian", ("Mixed", RECODED)),
        ("White and Black Caribbean", ("Mixed", RECODED)),
        ("White and Chinese", ("Mixed", RECODED)),
        ("Asian and Chinese", ("Asian", RECODED)),
        ("Black or Black British - African", ("Black", RECODED)),
        ("Asian or Asian British - Indian", ("Asian", RECODED)),
        ("East African Asian", ("Asian", RECODED)),
        ("Any other White background", ("White", RECODED)),
        ("Other ethnic groups - Chinese", ("Asian", RECODED)),
        ("Any other ethnic group", ("Other", RECODED)),
        ("White - British", ("White", RECODED)),
        ("A - White British", ("White", RECODED)),
        ("A: British", ("White", RECODED)),
        ("A - Indian", ("White", AMBIGUOUS)),
        ("X - Indian", ("Asian", RECODED)),
    ],
)
def test_ethnicity(written: Any, read: tuple[str, str]) -> None:
    assert cell("Ethnicity", written) == read


@pytest.mark.parametrize("header", ["1st RT-PCR result", "Final COVID Status", "SwabStatus"])
@pytest.mark.parametrize(
    ("written", "read"),
    [
        (0, ("negative", OK)),
        ("0.0", ("negative", RECODED)),
        ("1", ("positive", OK)),
        ("RNA DETECTED (SARS-CoV-2)", ("positive", RECODED)),
        ("RNA not detected", ("negative", RECODED)),
        ("Negative", ("negative", RECODED)),
        ("inconclusive", MISSING),
        ("9", UNREAD),
    ],
)
def test_results(header: str, written: Any, read: tuple[str, str]) -> None:
    assert cell(header, written) == read


@pytest.mark.parametrize(
    ("header", "written", "read"),
    [
        ("CXR severity", "1", ("mild", OK)),
        ("CXR severity", 2.0, ("moderate", RECODED)),
        ("CXR severity", "Severe", ("severe", RECODED)),
        ("CXR severity", "0", UNREAD),
        ("COVID CODE", "CVCX1", ("classic", RECODED)),
        ("COVID CODE", "cvcx 3", ("non-covid", RECODED)),
        ("COVID CODE", "0", ("normal", OK)),
        ("COVID CODE 2", 3, ("non-covid", OK)),
        ("COVID CODE", "Indeterminate", ("indeterminate", RECODED)),
        ("COVID CODE", "CVCX7", UNREAD),
        ("COVID CODE", "CVCX", UNREAD),
        ("Smoking status", "0", ("never", OK)),
        ("Smoking status", "Ex-smoker", ("ex", RECODED)),
        ("Smoking status", "3", MISSING),
        ("Smoking status", "3.0", MISSING),
        ("ITU admission ", "1", ("yes", OK)),
        ("Intubation", "No", ("no", RECODED)),
        ("Death", "2", UNREAD),
        ("PMH h1pertension", "1es", ("yes", RECODED)),
        ("PMH hypertension", "none", ("no", RECODED)),
        ("PMH CKD", "2", MISSING),
        ("PMH CKD", "2 - not asked", MISSING),
        ("PMH CKD", "1,2", UNREAD),
        ("PMH CKD", "11", UNREAD),
        ("PMH diabetes mellitus TYPE II", "1", ("yes", OK)),
        ("Current NSAID used", "0", ("no", OK)),
        ("Current Angiotensin receptor blocker use", "1", ("yes", OK)),
        ("PMH CVS disease", "4", ("multiple", OK)),
        ("PMH CVS disease", "1 & 3", ("mi+stroke", RECODED)),
        ("PMH CVS disease", "9 - valve", UNREAD),
        ("PMH Lung disease", "5 - Lung Ca", ("other", OK)),
        ("PMH Lung disease", "5 text", ("other", OK)),
        ("PMH Lung disease", "5", ("other", OK)),
        ("PMH Lung disease", "4 - asthma", ("asthma", RECODED)),
        ("PMH Lung disease", "6", MISSING),
        ("PMH Lung disease", "6 - n/k", MISSING),
        ("PMH Lung disease", "15", ("copd+other", AMBIGUOUS)),
        ("PMH Lung disease", "1,4", ("copd+asthma", RECODED)),
        ("PMH Lung disease", "1 and 5 - Lung Ca", ("copd+other", RECODED)),
        ("PMH Lung disease", "11", UNREAD),
        ("PMH Lung disease", "0,1", UNREAD),
        ("PMH Lung disease", "17", UNREAD),
        ("PMH Lung disease", "COPD", ("copd", RECODED)),
        ("PMH Lung disease", "None", ("none", RECODED)),
        ("PMH Lung disease", "wheeze", UNREAD),
        ("If CKD, stage", "3", ("3", OK)),
        ("If CKD, stage", "Stage 3", ("3", RECODED)),
        ("If CKD, stage", "G3a", ("3", RECODED)),
        ("If CKD, stage", "IV", ("4", RECODED)),
        ("If CKD, stage", 5.0, ("5", RECODED)),
        ("If CKD, stage", "5 (dialysis)", ("5", RECODED)),
        ("If CKD, stage", "1", BEYOND),
        ("If CKD, stage", "end", UNREAD),
        ("SubmittingCentre", " Trust  A ", ("Trust A", OK)),
        ("SubmittingCentre", "x" * 200_000, UNREAD),
        ("Hospital", 12, ("12", OK)),
    ],
)
def test_codes(header: str, written: Any, read: tuple[str, str]) -> None:
    found = cells_of(header, written)
    assert [(one.value, one.reason.value) for one in found] == [read]


@pytest.mark.parametrize(
    ("header", "written", "read"),
    [
        ("Date of death", "03/31/2020", ("2020-03-31", OK)),
        ("Date of death", "3/31/20", ("2020-03-31", OK)),
        ("Date of death", "31/03/2020", ("2020-03-31", RECODED)),
        ("SwabDate", "31/03/2020", ("2020-03-31", OK)),
        ("SwabDate", "03/31/2020", ("2020-03-31", RECODED)),
        ("SwabDate", "2020-03-31", ("2020-03-31", RECODED)),
        ("SwabDate", "[Text] - 2020-03-31", ("2020-03-31", RECODED)),
        ("SwabDate", 43921, ("2020-03-31", RECODED)),
        ("SwabDate", "31-Mar-2020", ("2020-03-31", RECODED)),
        ("SwabDate", "03/04/2020", ("2020-04-03", AMBIGUOUS)),
        ("Date of death", "03/04/2020", ("2020-03-04", AMBIGUOUS)),
        ("Date of death", "03/03/2020", ("2020-03-03", OK)),
        ("Date of death", "31/31/2020", BEYOND),
        ("Date of death", "99999", BEYOND),
        ("Date of death", "03/31/2021", BEYOND),  # the file was submitted at the end of 2020
        ("Date of death", "11/12/2020", ("2020-11-12", AMBIGUOUS)),
        ("Date of admission", "06/15/2019", ("2019-06-15", OK)),
        ("Date of admission", "06/15/1819", BEYOND),
        ("Date of Positive Covid Swab", "06/15/2019", BEYOND),  # before the first swab of all
        ("Date of Positive Covid Swab", "01/12/2019", ("2019-12-01", AMBIGUOUS)),
        ("Date of death", "last week", UNREAD),
    ],
)
def test_date_cells(header: str, written: Any, read: tuple[str, str]) -> None:
    assert cell(header, written) == read


@pytest.mark.parametrize(
    ("cell", "years"),
    [
        ("081Y", 81.0),
        ("018M", 1.5),
        ("052W", pytest.approx(1.0, abs=0.01)),
        ("730D", pytest.approx(2.0, abs=0.01)),
        ("81", None),
        ("", None),
        ("999Y", None),
    ],
)
def test_dicom_age(cell: str, years: float | None) -> None:
    assert values.clean_dicom_age(cell) == years


def test_dicom_sex_date_and_maker() -> None:
    assert [values.clean_dicom_sex(one) for one in ("M", "f", "O", "1", None)] == ["M", "F", "", "", ""]
    assert values.clean_dicom_date("20200229") == values.clean_dicom_date("2020.02.29") == date(2020, 2, 29)
    assert values.clean_dicom_date("20200230") is None
    named = [values.clean_maker(one) for one in ("FUJI PHOTO FILM Co., ltd.", "GE Healthcare", "Acme  x-ray", None)]
    assert named == ["Fujifilm", "GE", "Acme X-Ray", ""]


def test_age_bands_meet_without_gaps() -> None:
    ages = [0.0, 17.9, 18.0, 39.9, 40.0, 64.9, 65.0, 79.9, 80.0, None]
    bands = ["<18", "<18", "18-39", "18-39", "40-64", "40-64", "65-79", "65-79", "≥80", ""]
    assert [age_band(age) for age in ages] == bands
