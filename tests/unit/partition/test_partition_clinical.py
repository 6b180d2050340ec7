import json
from datetime import date
from typing import Any

import pytest

from nccid_eval.partition.clinical import ClinicalRecord, Swab
from nccid_eval.partition.clinical.record import latest, read_file, to_record


def record(cells: dict[str, Any], name: str = "data_2020-05-14.json") -> ClinicalRecord:
    return to_record(read_file(name, json.dumps(cells).encode(), "Covid1"))


def chosen(*names: str) -> str:
    found = latest([read_file(name, b"{}", "Covid1") for name in names])
    return found.name if found else ""


def test_the_latest_data_file_counts_before_any_status_file() -> None:
    assert chosen("status_2021-01-01.json", "data_2020-05-14.json", "data_2020-11-05.json") == "data_2020-11-05.json"
    assert chosen("status_2020-09-01.json", "status_2020-10-01.json") == "status_2020-10-01.json"
    assert chosen("notes.json") == ""


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, b'{"Pseudonym": "Covid2"}'])
def test_a_file_that_cannot_count_says_why_and_the_one_before_counts(content: bytes) -> None:
    bad = read_file("data_2021-01-01.json", content, "Covid1")
    good = read_file("data_2020-01-01.json", b'{"Pseudonym": " COVID1"}', "Covid1")
    assert bad.problem
    assert latest([good, bad]) is good


def test_headers_match_whatever_their_case_and_white_space() -> None:
    found = record({" final covid  STATUS ": "1", "ETHNICITY": "A", "PMH h1pertension": "1es"})
    assert found.final_status is True
    assert found.ethnicity == "White"
    assert found.comorbidity == "yes"


def test_segmentation_data_is_laid_over_the_fields_but_for_its_blanks() -> None:
    inner = {"Ethnicity": "C2", "Sex": "1", "Age": " "}
    found = record({"Age": "67", "Sex": "0", "OtherDataSources": {"SegmentationData": inner}})
    assert (found.ethnicity, found.sex, found.age_years) == ("White", "M", 67.0)


def test_swabs_of_every_kind_are_found() -> None:
    april = (date(2020, 5, 20),)
    found = record(
        {
            "1st RT-PCR result": "0",
            "Date of acquisition of 1st RT-PCR": "05/20/2020",
            "2nd RT-PCR result": "RNA DETECTED (SARS-CoV-2)",
            "Date of result of 2nd RT-PCR": "05/20/2020",
            "Date of Positive Covid Swab": "5/20/20",
            "SwabDates": [{"SwabDate": "20/05/2020", "SwabStatus": 0}, {"SwabStatus": None}, "?"],
            "SwabDate": "20/05/2020",
            "SwabStatus": 1,
        }
    )
    kinds = [("rt_pcr", False), ("rt_pcr", True), ("positive_date", True), ("status", False), ("status", True)]
    assert found.swabs == tuple(Swab(source=source, positive=positive, taken=april) for source, positive in kinds)


@pytest.mark.parametrize("written", ["31st of March", "99/99/2020", 20203103])
def test_a_date_of_a_positive_swab_that_cannot_be_read_is_one_without_a_date(written: Any) -> None:
    found = record({"Date of Positive Covid Swab": written, "1st RT-PCR result": "0"})
    assert found.swabs[1] == Swab(source="positive_date", positive=True, taken=())


@pytest.mark.parametrize("written", ["", " ", None, "not known"])
def test_no_date_of_a_positive_swab_is_no_swab(written: Any) -> None:
    assert record({"Date of Positive Covid Swab": written}).swabs == ()


def test_white_space_in_a_date_is_no_matter_in_cell_or_label() -> None:
    found = record({"Date of Positive Covid Swab": " 2020-03-31\t00:00"})
    assert found.swabs[0].taken == (date(2020, 3, 31),)


def test_a_pcr_without_a_result_is_no_swab() -> None:
    assert record({"Date of acquisition of 1st RT-PCR": "05/20/2020", "1st RT-PCR result": ""}).swabs == ()


def test_swab_dates_are_read_day_first_and_the_others_month_first() -> None:
    uk = record({"SwabStatus": 0, "SwabDate": "03/04/2020"}).swabs[0].taken
    us = record({"Date of Positive Covid Swab": "03/04/2020"}).swabs[0].taken
    assert (uk[0], us[0]) == (date(2020, 4, 3), date(2020, 3, 4))


def test_no_comorbidity_is_only_said_where_all_five_were_asked() -> None:
    asked = {"PMH hypertension": "0", "PMH CKD": 0, "PMH CVS disease": "0", "PMH Lung disease": "0.0"}
    assert record(asked).comorbidity == ""
    assert record(asked | {"PMH diabetes mellitus type II": "0"}).comorbidity == "none"
    assert record(asked | {"PMH diabetes mellitus TYPE II": "2"}).comorbidity == ""


def test_the_third_severity_column_is_the_second_radiographs() -> None:
    found = record({"Date of 2nd CXR": "05/20/2020", "CXR severity 3": "3", "COVID CODE 2": "CVCX2"})
    assert found.readings[1].severity == "severe"
    assert found.readings[1].bsti == "indeterminate"
