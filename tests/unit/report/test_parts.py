"""Words, findings, tables and charts, each by itself."""

from __future__ import annotations

import base64
import csv
import dataclasses
import io
from typing import Any
from xml.etree import ElementTree

import evaluation_factory as factory
import pytest

from nccid_eval.records import Estimate, NotEstimable
from nccid_eval.report.parts import charts, wording
from nccid_eval.report.parts import tables as cells
from nccid_eval.report.technical import curves, findings, forest, tables


def read_csv(address: str) -> list[list[str]]:
    text = base64.b64decode(address.partition("base64,")[2]).decode()
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("name", "number", "shown"),
    [
        ("auc", 0.87449, "0.874"),
        ("sensitivity", 0.8384, "83.8%"),
        ("sensitivity", 1.0, "100.0%"),
        ("new_one", -1, "−1.000"),
    ],
)
def test_values(name: str, number: float, shown: str) -> None:
    assert wording.value(name, number) == shown


@pytest.mark.parametrize(
    ("rules", "shown"),
    [
        ({}, "pixels, and the header fields that place them"),
        ({"demographics": True}, "pixels, and the header fields that place them, age and sex among them"),
        (
            {"keep_transfer_syntax": True},
            "pixels, in the encoding of their source, and the header fields that place them",
        ),
        ({"blank": "headers"}, "pixels alone: a control, with blank headers"),
        ({"blank": "pixels"}, "headers alone: a control, with blank pixels"),
        (
            {"blank": "pixels", "demographics": True},
            "headers alone: a control, with blank pixels and with age and sex",
        ),
    ],
)
def test_what_the_model_was_shown(rules: dict[str, Any], shown: str) -> None:
    assert wording.shown(dataclasses.replace(factory.partition().rules, **rules)) == shown


@pytest.mark.parametrize(("p", "shown"), [(None, "–"), (0.0004, "< 0.001"), (0.0312, "0.031"), (1.0, "1.000")])
def test_p_values(p: float | None, shown: str) -> None:
    assert wording.p_value(p) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a[U+202E]b"),
        ("a\x00b", "a[U+0000]b"),
        ("a\nb", "a b"),
        ("\ud800", "[U+D800]"),
        ("≥80 é 北", "≥80 é 北"),
    ],
)
def test_invisible_characters_become_visible(text: str, shown: str) -> None:
    assert wording.clean(text) == shown


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", "\t="])
def test_a_spreadsheet_never_gets_a_formula(start: str) -> None:
    assert read_csv(cells.data_uri([(f"{start}HYPERLINK(1)", -1.5)]))[0] == [
        f"'{wording.clean(start)}HYPERLINK(1)",
        "-1.5",
    ]


def test_findings_put_the_sure_group_first_and_leave_better_groups_out() -> None:
    worse = findings.worse_groups(factory.scorecard())
    assert [(one.group, one.clear) for one in worse] == [("65-79", True), ("Site D", False), ("AP", False)]
    assert len(worse[0].sentences) == 2  # AUC and sensitivity


def test_a_higher_failure_rate_is_worse() -> None:
    card = factory.scorecard()
    shifted = {"failure_rate": dataclasses.replace(factory.estimate(0.1, 0.05), value=0.1)}
    one = dataclasses.replace(card.by_group["sex"]["F"], differences=shifted)
    found = findings.worse_groups(dataclasses.replace(card, by_group={"sex": {"F": one}}))
    assert "10.0 percentage points higher" in found[0].sentences[0]


def test_verdict_sentences_follow_the_interval() -> None:
    sentences = [one.sentence for one in findings.badges(factory.scorecard())]
    assert sentences == [
        "The bar was 70.0%; the whole interval lies above it.",
        "The bar was 80.0%; the interval reaches to both sides of it.",
        "The bar was 0.900; the whole interval lies below it.",
    ]


def test_caveats_begin_with_the_weightiest() -> None:
    titles = [one.title for one in findings.caveats(factory.outside_evaluation())]
    assert titles[:2] == [
        "Something other than the disease may give the diagnosis away",
        "Nobody here saw the model run",
    ]


def test_groups_without_any_estimate_are_counted() -> None:
    assert findings.unseen_groups(factory.scorecard()) == (2, 20)


def test_the_confusion_table_shows_failures_on_a_row_of_their_own() -> None:
    counted = factory.scorecard().confusion
    assert counted is not None
    rows = [[cell.text for cell in row] for row in tables.confusion(counted).rows]
    assert rows == [
        ["Positive", "151", "38", "189"],
        ["Negative", "24", "195", "219"],
        ["No usable answer", "5", "7", "12"],
        ["All cases", "180", "240", "420"],
    ]


@pytest.mark.parametrize("attribute", list(factory.groups()))
def test_rows_of_group_tables_fill_all_columns(attribute: str) -> None:
    levels = factory.groups()[attribute]
    for table in (tables.groups(attribute, levels, "95%"), tables.differences(attribute, levels, "95%")):
        assert len(table.rows) == len(levels)
        assert {sum(cell.span for cell in row) for row in table.rows} == {len(table.headings)}


def test_a_forest_plot_offers_its_numbers_and_names_its_ids() -> None:
    chart = forest.forest(factory.scorecard(), "age_band", factory.groups()["age_band"], "group-2")
    root = ElementTree.fromstring(chart.svg)
    ids = [one.attrib["id"] for one in root.iter() if "id" in one.attrib]
    assert ids
    assert all(one.startswith("group-2-") for one in ids)
    assert root.attrib["role"] == "img"
    assert "65-79" in root.attrib["aria-label"]
    rows = read_csv(chart.data)
    assert ["65-79", "sensitivity", "0.61", "0.52", "0.691", factory.WILSON] in rows
    assert ["<18", "sensitivity", "", "", "", "suppressed (fewer than 10 patients)"] in rows


def test_references_inside_a_figure_stay_inside_it() -> None:
    chart = curves.roc(factory.scorecard())
    assert chart is not None
    root = ElementTree.fromstring(chart.svg)
    ids = {one.attrib["id"] for one in root.iter() if "id" in one.attrib}
    used = {one.attrib["href"][1:] for one in root.iter() if "href" in one.attrib}
    clips = {one.attrib["clip-path"][5:-1] for one in root.iter() if "clip-path" in one.attrib}
    assert used
    assert used | clips <= ids


def test_a_long_roc_curve_is_thinned_with_both_ends_kept() -> None:
    chart = curves.roc(factory.large_evaluation().scorecard)
    assert chart is not None
    rows = read_csv(chart.data)[1:]
    assert len(rows) <= charts.MOST_POINTS + 1
    assert rows[0][1:3] == ["0", "1"]
    assert rows[-1][1:3] == ["1", "0"]


def test_the_direction_of_a_difference() -> None:
    made: list[Estimate | NotEstimable | None] = [
        factory.estimate(-0.2, 0.1),
        factory.estimate(0.2, 0.1),
        factory.estimate(0.0, 0.1),
        NotEstimable(reason="too few"),
        None,
    ]
    assert [forest.direction(one) for one in made] == [-1, 1, 0, 0, 0]


def test_levels_are_sorted_as_people_sort_them() -> None:
    names = ["≥80", "unknown", "18-39", "<18", "Site 10", "Site 2", "", "65-79"]
    assert sorted(names, key=wording.level_order) == [
        "<18",
        "18-39",
        "65-79",
        "Site 2",
        "Site 10",
        "≥80",
        "",
        "unknown",
    ]


def test_small_cells_that_are_shown_are_a_caveat() -> None:
    sound = factory.evaluation()
    small = factory.group(0.8, 0.8, 0.9, 0.2, 12, 0.5)
    shown = dataclasses.replace(sound.scorecard, by_group={"sex": {"F": small}})
    titles = [one.title for one in findings.caveats(dataclasses.replace(sound, scorecard=shown))]
    assert "Small groups are shown" in titles
    assert "Small groups are shown" not in [one.title for one in findings.caveats(sound)]


def test_a_rate_and_what_it_leaves_of_a_hundred_stand_once() -> None:
    whole = factory.group(0.8, 0.8, 0.9, 0.1, 90, 0.5)
    rates = {"false_negative_rate": factory.estimate(0.2, 0.1), "false_positive_rate": factory.estimate(0.2, 0.1)}
    levels = {"F": dataclasses.replace(whole, measures={**whole.measures, **rates})}
    headings = " ".join(tables.groups("sex", levels, "95%").headings)
    assert "Sensitivity" in headings
    assert "False" not in headings
    alone = {"F": dataclasses.replace(whole, measures=rates)}
    assert "False negative rate" in " ".join(tables.groups("sex", alone, "95%").headings)
