"""What is known of an image: sex and age with their source, conflicts of sex, the strata out of record and header."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from clinical_cells import record
from partition_factory import RULES, ignore_progress, put_clinical, put_image, small_warehouse

from nccid_eval import partition
from nccid_eval.partition.built.manifest import load_case_table
from nccid_eval.partition.built.tables import ATTRIBUTES, NO_STRATA
from nccid_eval.partition.cases.attributes import attributes
from nccid_eval.partition.clinical import Cohort
from nccid_eval.partition.dicom import Header

NOBODY = Cohort(records={}, site_names={"trust a": "Trust A"}, sources=(), problems=())
ROLES = {"trust a": "split", "trust v": "validation", "trust t": "training"}


def header(**known: Any) -> Header:
    silent = dict.fromkeys(("sop_uid", "modality", "sex", "view", "maker", "photometric"), "")
    return Header(**({**silent, "taken": date(2020, 4, 1), "age_years": None} | known))


def told(cells: dict[str, Any], image: Header, *siblings: Header) -> dict[str, str]:
    return attributes(
        record(cells), image, siblings, NOBODY, {"trust a": "split", "trust v": "validation", "trust t": "training"}
    )


def test_sex_and_age_come_from_the_record_then_the_image_then_the_other_images_and_say_so() -> None:
    image, other = header(sex="F", age_years=50.0), header(sex="F", age_years=60.0)
    silent = header()
    found = [
        told({"Sex": "1", "Age": "70"}, image, other),
        told({"Sex": "2", "Age": "-1"}, image, other),
        told({}, silent, silent, header(age_years=40.0), other),
        told({}, silent, silent),
    ]
    assert [(one["sex"], one["sex_source"]) for one in found] == [
        ("M", "clinical"),
        ("F", "image"),
        ("F", "other_image"),
        ("", ""),
    ]
    assert [(one["age"], one["age_band"], one["age_source"]) for one in found] == [
        ("70", "65-79", "clinical"),
        ("50", "40-64", "image"),
        ("60", "40-64", "other_image"),
        ("", "", ""),
    ]


@pytest.mark.parametrize(
    ("site", "role"), [(" TRUST  A", "split"), ("Trust V", "held out"), ("Trust T", ""), ("elsewhere", ""), ("", "")]
)
def test_a_site_is_split_or_held_out_as_the_warehouses_configuration_says(site: str, role: str) -> None:
    assert told({"SubmittingCentre": site}, header())["site_role"] == role


def test_an_age_of_nought_is_an_age() -> None:
    assert told({"Age": "0"}, header(age_years=3.0))["age"] == "0"


def test_other_images_that_disagree_tell_no_sex() -> None:
    found = told({}, header(), header(sex="F"), header(sex="M"))
    assert (found["sex"], found["sex_source"]) == ("", "")


@pytest.mark.parametrize(
    ("clinical", "images", "conflict"),
    [
        ("1", ["M", ""], "no"),
        ("1", ["F"], "yes"),
        ("1", ["M", "F"], "yes"),
        ("0", ["", "M"], "yes"),
        ("", ["M"], ""),
        ("2", ["F"], ""),
        ("1", [""], ""),
    ],
)
def test_a_sex_that_an_image_contradicts_is_flagged_and_stays_the_records(
    clinical: str, images: list[str], conflict: str
) -> None:
    found = told({"Sex": clinical}, *(header(sex=one) for one in images))
    assert found["sex_conflict"] == conflict
    if conflict:
        assert (found["sex"], found["sex_source"]) == ({"0": "F", "1": "M"}[clinical], "clinical")


def test_ethnicity_is_never_filled_in() -> None:
    assert told({}, header(sex="F", age_years=50.0), header(sex="F"))["ethnicity"] == ""


def test_size_bits_and_intensive_care_are_strata() -> None:
    sizes = [
        header(rows=rows, columns=columns) for rows, columns in ((40, 36), (900, 1024), (2048, 9), (9, 3072), (0, 0))
    ]
    found = [told({}, one)["size"] for one in sizes]
    assert found == ["<1024", "1024-2047", "2048-3071", "≥3072", ""]
    assert [told({}, header(bits_stored=bits))["bits"] for bits in (12, 0)] == ["12", ""]
    assert [told({"ITU admission": icu}, header())["icu"] for icu in ("1", "0", "")] == ["yes", "no", ""]


def test_an_admission_to_intensive_care_that_has_a_date_alone_happened() -> None:
    assert told({"Date of ITU admission": "04/02/2020"}, header())["icu"] == "yes"


def test_a_reading_of_an_ambiguous_day_is_of_one_images_day_alone(tmp_path: Path) -> None:
    root = tmp_path / "warehouse"
    for number, day in ((1, "20200405"), (2, "20200504")):
        put_image(root, "Covid1", number, AcquisitionDate=day)
    swabs = [{"SwabStatus": 1, "SwabDate": day} for day in ("14/4/20", "30/4/20")]
    reading = {"Date of 1st CXR": "04/05/2020", "CXR severity": "3", "COVID CODE": "1"}
    put_clinical(root, "Covid1", {"SwabDates": swabs} | reading)
    built = partition.build(
        root, tmp_path / "out", RULES, strict=False, workers=1, progress=ignore_progress, warn=lambda line: None
    )
    table = load_case_table(built.folder).attributes
    assert [sorted(table[name].tolist()) for name in ("severity", "bsti")] == [["", "severe"], ["", "classic"]]


def test_every_attribute_has_its_column_and_scoring_sees_only_what_is_a_stratum(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid9", 9, PatientSex="M")
    put_clinical(
        warehouse, "Covid9", {"Sex": "0", "Final COVID Status": "1", "Date of Positive Covid Swab": "3/31/20"}
    )
    built = partition.build(
        warehouse, tmp_path / "out", RULES, strict=False, workers=1, progress=ignore_progress, warn=lambda line: None
    )
    table = load_case_table(built.folder).attributes
    assert set(told({}, header())) == set(table) & set(ATTRIBUTES)
    assert sorted(table["sex_conflict"].tolist()) == ["", "", "", "", "yes"]
    assert set(table) - set(partition.load_truth(built.folder).attributes) == NO_STRATA
