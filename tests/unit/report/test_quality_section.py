"""The clinical records' quality on the page: shares in bands alone, and what is not there is not shown."""

from __future__ import annotations

import dataclasses
import html as markup
import re

import evaluation_factory as factory

from nccid_eval import report
from nccid_eval.records import Band, Evaluation, Quality
from nccid_eval.report.technical import quality_tables
from nccid_eval.report.technical.quality_tables import share


def section(evaluation: Evaluation) -> str:
    found = re.search(r'<section id="quality".*?</section>', report.render(evaluation), re.DOTALL)
    assert found is not None
    return " ".join(markup.unescape(re.sub(r"<[^>]*>", " ", found[0])).split())


def of(quality: Quality | None) -> Evaluation:
    return dataclasses.replace(factory.plain_evaluation(), quality=quality)


def test_a_share_is_told_as_the_band_that_it_lies_in() -> None:
    assert share(Band(over=0, up_to=5)) == "≤\u00a05%"
    assert share(Band(over=45, up_to=50)) == "45–50%"
    assert share(Band(over=90, up_to=100)) == ">\u00a090%"


def test_each_field_that_some_have_is_a_row_and_the_others_are_named() -> None:
    sick, well = factory.quality().groups
    assert [[cell.text for cell in row] for row in quality_tables.fields(well).rows] == [
        ["Swab date", "80–90%", "≤\u00a010%", "10–20%", "≤\u00a010%", "≤\u00a010%", "≤\u00a010%"]
    ]
    assert quality_tables.absent(well) == ["Sex", "Age"]
    assert quality_tables.absent(sick) == []
    said = section(of(factory.quality()))
    assert "Missing in > 90% of the healthy patients: Sex, Age." in said
    assert "of the diseased patients:" not in said


def test_every_number_of_the_section_is_a_percentage_or_the_minimum() -> None:
    said = section(of(factory.quality()))
    left = re.sub(r"\d+(–\d+)?%", "", said)
    assert re.findall(r"(?<!\w)\d+", left.replace("1st", "")) == ["10"]


def test_a_field_is_named_as_people_write_it() -> None:
    names = ("cxr_1_date", "pao2", "troponin_i", "swab_date")
    assert [quality_tables.field_name(name) for name in names] == ["CXR 1 date", "PaO2", "Troponin I", "Swab date"]


def test_sites_and_checks_have_their_tables() -> None:
    said = section(of(factory.quality()))
    assert "Site A 60–80% Site B 40–60%" in said
    assert "Sex in the record and in the images: differs ≤ 5% ≤ 10%" in said


def test_a_label_that_one_check_lacks_has_a_dash() -> None:
    sick, well = factory.quality().groups
    bare = dataclasses.replace(well, checks={})
    rows = quality_tables.checks(dataclasses.replace(factory.quality(), groups=(sick, bare))).rows
    assert {row[2].text for row in rows} == {"–"}


def test_too_few_patients_are_said_to_be_so() -> None:
    said = section(of(Quality(minimum_patients=10, groups=(), sites={})))
    assert "too few patients" in said
    assert "By site" not in said


def test_without_a_table_there_is_no_section_and_no_link_to_one() -> None:
    html = report.render(of(None))
    assert 'id="quality"' not in html
    assert "#quality" not in html
