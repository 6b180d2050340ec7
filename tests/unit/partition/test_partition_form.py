"""A whole form: a cell for every field, what is written twice, listed swabs, unknown headers, dates settled."""

import json
from datetime import date
from typing import Any

import pytest
from clinical_cells import cells_of, record

from nccid_eval.partition.clinical import FIELDS, Reason, Settled, settle_cells, settle_readings, settled_by
from nccid_eval.partition.clinical.cells import Field, raw_text
from nccid_eval.partition.clinical.form import candidates
from nccid_eval.partition.clinical.record import read_file
from nccid_eval.partition.clinical.schema import UNKNOWN_HEADER
from nccid_eval.partition.text import fold

MARCH_FOURTH, APRIL_THIRD = date(2020, 3, 4), date(2020, 4, 3)


def told(header: str, written: Any, **others: Any) -> list[tuple[str, str, str, str]]:
    return [(one.field, one.raw, one.value, one.reason.value) for one in cells_of(header, written, **others)]


def test_every_field_of_the_form_has_one_cell_however_little_is_written() -> None:
    for written in ({}, {"SwabStatus": 0, "SwabDate": "24/02/1980", "When": "19800203-19800316"}, {"Sex": None}):
        assert [one.field for one in record(written).cells] == [field.name for field in FIELDS]
    assert {one.reason for one in record({}).cells} == {Reason.MISSING}


def test_no_header_stands_for_two_fields() -> None:
    headers = [fold(header) for field in FIELDS for header in field.headers]
    assert len(headers) == len(set(headers)) > 55


@pytest.mark.parametrize("field", FIELDS, ids=[field.name for field in FIELDS])
def test_every_header_reaches_its_field_whatever_its_case_and_white_space(field: Field) -> None:
    for header in field.headers:
        spelled = f"  {header.upper().replace(' ', '   ')} "
        assert [one[:2] for one in told(spelled, "§")] == [(field.name, "§")]


def test_a_header_that_no_form_has_is_kept_and_counted() -> None:
    assert told("Sexx", "1") == [(UNKNOWN_HEADER, "sexx: 1", "", "unparseable")]
    assert told("Sexx", " ") == []
    for ignored in ("SpecialFormatTimestamp", "When", "PatientGroup", "PMH diabetes mellitus TYPE I"):
        assert told(ignored, "1") == []


def test_what_two_headers_say_is_ambiguous_only_where_they_disagree() -> None:
    assert told("PMH hypertension", "1", **{"PMH h1pertension": "1es"}) == [("hypertension", "1 | 1es", "yes", "ok")]
    found = told("PMH h1pertension", "0", **{"PMH hypertension": "1"})
    assert found == [("hypertension", "1 | 0", "yes", "ambiguous")]
    assert told("Sex", "7", **{"SEX ": "1", "sex": ""}) == [("sex", "1 | 7", "M", "ok")]


@pytest.mark.parametrize(
    ("header", "written", "value", "reason"),
    [
        ("Ferritin", "[67] - 2020-06-06", "67", "recoded"),
        ("Sex", "[1] - 2020-06-06", "M", "recoded"),
        ("FiO2", "[2] - 2020-06-06", "29", "ambiguous"),
        ("Ferritin", "[] - 2020-06-06", "", "missing"),
        ("Ferritin", "[ unknown ] - 2020-06-06", "", "missing"),
        ("Ferritin", "[high] - 2020-06-06", "", "unparseable"),
        ("Date of death", "[7] - 2020-06-06", "2020-06-06", "recoded"),
        ("Hospital", "[A] - B", "[A] - B", "ok"),
    ],
)
def test_a_value_in_brackets_before_its_date_is_read(header: str, written: str, value: str, reason: str) -> None:
    assert [one[1:] for one in told(header, written)] == [(written, value, reason)]


@pytest.mark.parametrize(
    ("first", "second", "agree"),
    [
        ("23", "23.627", True),
        ("24", "23.627", True),
        ("23.6", "23.627", True),
        ("22", "23.627", False),
        ("3", "4", False),
    ],
)
def test_a_number_agrees_with_itself_cut_or_rounded(first: str, second: str, agree: bool) -> None:
    found = told("Age", second, OtherDataSources={"SegmentationData": {"Age": first}})
    assert found == [("age", f"{first} | {second}", first, "ok" if agree else "ambiguous")]


def test_segmentation_data_counts_before_the_file_where_it_can_be_read() -> None:
    inner = {"Ethnicity": "C2", "Sex": "x", "Age": " "}
    found = told("OtherDataSources", {"segmentationdata ": inner}, Sex="0", Age="67", Ethnicity="H")
    assert sorted(found) == [
        ("age", "67", "67", "ok"),
        ("ethnicity", "C2 | H", "White", "ambiguous"),
        ("sex", "0 | x", "F", "ok"),
    ]


@pytest.mark.parametrize(
    "other", [None, "x", 3, [], [{"SegmentationData": {"Sex": "1"}}], {"SegmentationData": "Sex"}]
)
def test_segmentation_data_of_another_type_says_nothing(other: Any) -> None:
    assert record({"OtherDataSources": other, "Sex": "0"}).sex == "F"
    assert record({"OtherDataSources": {"SegmentationData": {"Sex": {"is": 1}}}, "Sex": "0"}).sex == "F"


def test_listed_swabs_have_cells_each_and_what_is_no_swab_is_kept() -> None:
    rows = [{"SwabDate": "20/05/2020", "SwabStatus": 0}, {"swabstatus ": "1"}, None, " ", "?"]
    assert told("SwabDates", rows) == [
        ("swab_status", "0", "negative", "ok"),
        ("swab_date", "20/05/2020", "2020-05-20", "ok"),
        ("swab_status", "1", "positive", "ok"),
        (UNKNOWN_HEADER, "SwabDates: ?", "", "unparseable"),
    ]
    reasons = [one.reason for one in record({"SwabDates": rows}).cells if one.field == "swab_date"]
    assert reasons == [Reason.OK, Reason.MISSING]
    assert len([one for one in record({"SwabDates": rows, "SwabStatus": 1}).cells if one.field == "swab_date"]) == 3
    assert [one.positive for one in record({"SwabDates": rows[0], "SwabStatus": 1}).swabs] == [False, True]


def test_raw_text_is_any_json_value_as_text_that_can_be_stored() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert raw_text(deep) == "(nested too deeply to be written)"
    written = [None, " a ", 1.5, True, {"é": [None]}, "\ud83d"]
    assert [raw_text(one) for one in written] == ["", " a ", "1.5", "true", '{"é": [null]}', "\\ud83d"]


def test_a_file_shows_the_value_that_counts_of_each_header() -> None:
    content = json.dumps({"Pseudonym": "covid1 ", "SubmittingCentre": "", "submittingcentre": "Trust A"}).encode()
    assert read_file("status_2020-05-14.json", content, "Covid1").cells["submittingcentre"] == "Trust A"


def test_ambiguous_dates_are_settled_by_images_and_stay_flagged() -> None:
    written = {"Date of Positive Covid Swab": "03/04/2020", "Date of death": "05/04/2020", "SwabDate": "31/03/2020"}
    before = record(written)
    images = [date(2020, 4, 8)]
    after = settle_cells(before, images, days=5)
    value = {one.field: (one.value, one.reason) for one in after.cells if one.raw}
    assert value == {
        "positive_swab_date": ("2020-04-03", Reason.AMBIGUOUS),
        "death_date": ("2020-04-05", Reason.AMBIGUOUS),
        "swab_date": ("2020-03-31", Reason.OK),
    }
    assert settled_by(before, images, days=5) == {"positive_swab_date": Settled.IMAGES, "death_date": Settled.IMAGES}
    assert settled_by(before, [], days=5) == dict.fromkeys(("positive_swab_date", "death_date"), Settled.CONVENTION)
    assert after.swabs == before.swabs
    swab = next(one for one in after.cells if one.field == "positive_swab_date")
    assert candidates(swab) == before.swabs[0].taken == (MARCH_FOURTH, APRIL_THIRD)


def test_a_radiographs_date_is_settled_by_an_image_of_that_day_alone() -> None:
    found = record({"Date of 1st CXR": "03/04/2020"})
    day = [one.value for one in settle_cells(found, [date(2020, 4, 2)], days=5).cells if one.raw]
    assert day == ["2020-03-04"]
    day = [one.value for one in settle_cells(found, [APRIL_THIRD], days=5).cells if one.raw]
    assert day == ["2020-04-03"]


def test_a_radiologists_reading_is_of_one_day_and_of_an_images_own_where_there_is_one() -> None:
    found = record({"Date of 1st CXR": "03/04/2020", "Date of 2nd CXR": ""})
    settled = [settle_readings(found, images).readings for images in ([], [APRIL_THIRD])]
    assert [one.taken for readings in settled for one in readings] == [(date(2020, 3, 4),), (), (APRIL_THIRD,), ()]


@pytest.mark.parametrize(
    ("said", "dated", "expected"), [("1", "", True), ("", "4/2/20", True), ("", "", None), ("0", "4/2/20", False)]
)
def test_a_date_of_what_nobody_denies_says_that_it_happened(said: str, dated: str, expected: bool | None) -> None:
    assert record({"Death": said, "Date of death": dated}).death.took_place is expected


def test_a_reading_after_submission_gives_way_and_that_is_said() -> None:
    found = record({"Date of death": "11/12/2020"}, "data_2020-11-30.json")
    assert settled_by(found, [date(2020, 12, 11)], days=5) == {"death_date": Settled.CALENDAR}
    assert [one.value for one in settle_cells(found, [], days=5).cells if one.raw] == ["2020-11-12"]


def test_what_else_is_ambiguous_is_no_date_to_settle() -> None:
    found = record({"FiO2": "2", "Sexx": "03/04/2020", "Date of death": "01/31/2020", "DATE of death ": "02/01/2020"})
    after = settle_cells(found, [APRIL_THIRD], days=5)
    assert after.cells == found.cells
    assert settled_by(found, [APRIL_THIRD], days=5) == {"death_date": Settled.ONE_READING}
