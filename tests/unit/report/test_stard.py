"""STARD 2015 in the annex: all 34 rows, decided by what an evaluation holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import evaluation_factory as factory
import pytest

from nccid_eval.records import Evaluation
from nccid_eval.report.technical import stard
from nccid_eval.report.technical.render import render

NUMBERS = [str(number) for number in range(1, 31)]
SPLIT = ("10", "12", "13", "21")


def status(evaluation: Evaluation) -> dict[str, str]:
    return {one.number: one.status for one in stard.rows(evaluation)}


@pytest.mark.parametrize("make", [factory.evaluation, factory.plain_evaluation, factory.empty_evaluation])
def test_all_34_rows_stand_and_each_says_where_or_why(make: Callable[[], Evaluation]) -> None:
    rows = stard.rows(make())
    expected = [one for number in NUMBERS for one in ((f"{number}a", f"{number}b") if number in SPLIT else (number,))]
    assert [one.number for one in rows] == expected
    assert len(rows) == 34
    page = render(make())
    ids = set(re.findall(r' id="([^"]+)"', page))
    for one in rows:
        assert one.item
        assert bool(one.href) == (one.status == "reported") == bool(one.place) == (not one.why)
        assert not one.href or one.href in ids
        assert f'id="stard-{one.number}"' in page


def test_a_section_that_is_missing_makes_its_items_absent() -> None:
    whole = status(factory.evaluation())
    assert {number for number, one in whole.items() if one != "reported"} == {
        "8", "11", "21a", "21b", "25", "28", "30"
    }  # fmt: skip
    outside = status(factory.outside_evaluation())
    for number in ("3", "6", "7", "9", "10a", "10b", "12a", "13a", "19", "22", "25"):
        assert outside[number] == "absent"
    empty = status(factory.empty_evaluation())
    assert {empty[number] for number in ("1", "4", "17", "18", "20", "24")} == {"absent"}


def test_what_the_gate_hides_is_not_said_to_be_reported() -> None:
    sound = factory.evaluation()
    card = replace(sound.scorecard, confusion=None)
    assert status(replace(sound, scorecard=card))["23"] == "absent"
    for one, found in ((factory.suppressed_group(), "absent"), (factory.one_sided_group(), "reported")):
        groups = {**sound.scorecard.by_group, "severity": {"mild": one}}
        assert status(replace(sound, scorecard=replace(sound.scorecard, by_group=groups)))["21a"] == found
    for levels in ({"F": factory.suppressed_group()}, {"unknown": factory.one_sided_group()}):
        given = replace(
            sound.scorecard,
            by_group={"sex": levels, "severity": levels, "quarter": {"unknown": factory.suppressed_group()}},
        )
        hidden = status(replace(sound, scorecard=given))
        assert {hidden[number] for number in ("8", "20", "21a")} == {"absent"}
    quarters = {**sound.scorecard.by_group, "quarter": {"2020-Q2": factory.one_sided_group()}}
    assert status(replace(sound, scorecard=replace(sound.scorecard, by_group=quarters)))["8"] == "reported"


def test_no_score_is_given() -> None:
    page = render(factory.empty_evaluation())
    section = re.sub(r"<[^>]*>", " ", page[page.index('<section id="stard"') :])
    assert not re.search(r"\d+\s*(%|of 34|/ ?34)", section)
