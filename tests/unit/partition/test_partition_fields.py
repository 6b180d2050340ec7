from datetime import date

import pytest

from nccid_eval.partition.clinical import fields
from nccid_eval.partition.clinical.ethnicity import clean_ethnicity
from nccid_eval.partition.dicom import values


@pytest.mark.parametrize(
    ("cell", "sex"),
    [
        (0, "F"),
        ("0", "F"),
        ("0.0", "F"),
        (1, "M"),
        (1.0, "M"),
        ("1.0", "M"),
        ("Female", "F"),
        (" male ", "M"),
        ("F", "F"),
        ("m", "M"),
        ("2", ""),
        (2, ""),
        (3, ""),
        ("", ""),
        (None, ""),
        (True, ""),
    ],
)
def test_sex(cell: object, sex: str) -> None:
    assert fields.clean_sex(cell) == sex


@pytest.mark.parametrize(
    ("cell", "years"),
    [("78.876", 78.876), (67, 67.0), ("67 years", 67.0), ("0", 0.0), ("-1", None), ("300", None), ("", None)],
)
def test_age(cell: object, years: float | None) -> None:
    assert fields.clean_age(cell) == years


@pytest.mark.parametrize(
    ("cell", "group"),
    [
        ("A", "White"),
        ("c2", "White"),
        ("CA", "White"),
        ("G", "Mixed"),
        ("GF", "Mixed"),
        ("H", "Asian"),
        ("R", "Asian"),
        ("LK", "Asian"),
        ("N", "Black"),
        ("PE", "Black"),
        ("S", "Other"),
        ("SC", "Other"),
        ("Z", ""),
        ("99", ""),
        ("0", ""),
        ("U", ""),
        ("", ""),
        ("Not stated", ""),
        ("Mixed - White and Asian", "Mixed"),
        ("White and Black Caribbean", "Mixed"),
        ("Black or Black British - African", "Black"),
        ("Asian or Asian British - Indian", "Asian"),
        ("Any other White background", "White"),
        ("Other ethnic groups - Chinese", "Asian"),
        ("Any other ethnic group", "Other"),
        ("White - British", "White"),
    ],
)
def test_ethnicity(cell: str, group: str) -> None:
    assert clean_ethnicity(cell) == group


@pytest.mark.parametrize(
    ("cell", "result"),
    [
        (0, False),
        ("0.0", False),
        ("1", True),
        ("RNA DETECTED (SARS-CoV-2)", True),
        ("Negative", False),
        ("", None),
        ("9", None),
        (True, None),
    ],
)
def test_results(cell: object, result: bool | None) -> None:
    assert fields.clean_result(cell) is result


def test_codes_of_radiographs_and_history() -> None:
    assert [fields.clean_severity(one) for one in ("1", 2.0, "3", "0", "")] == ["mild", "moderate", "severe", "", ""]
    assert [fields.clean_bsti(one) for one in ("CVCX1", "0", 3, "x")] == ["classic", "normal", "non-covid", ""]
    assert [fields.clean_smoking(one) for one in ("0", "1", "2", "3")] == ["never", "ex", "current", ""]
    found = [fields.clean_present(one, unknown="6") for one in ("0", "5 - Lung Ca", "1es", "6", "", "15")]
    assert found == [False, True, True, None, None, True]


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
    assert [fields.age_band(age) for age in ages] == bands
