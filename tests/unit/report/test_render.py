"""The page as a whole: complete, self-contained, the same bytes every time, and safe against what vendors write."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
from collections.abc import Callable
from html.parser import HTMLParser

import evaluation_factory as factory
import pytest

from nccid_eval import report
from nccid_eval.records import Evaluation

KINDS = [
    factory.evaluation,
    factory.outside_evaluation,
    factory.hostile_evaluation,
    factory.empty_evaluation,
    factory.large_evaluation,
]
VOID = {"meta", "link", "br", "img", "hr", "input"}
SECTIONS = [
    "front",
    "protocol",
    "data",
    "unseen",
    "population",
    "reference-standard",
    "index-test",
    "results",
    "fairness",
    "failures",
    "limits",
    "monitoring",
    "provenance",
    "methods",
    "stard",
]


@functools.cache
def rendered(make: Callable[[], Evaluation]) -> str:
    """Each page once for all tests: drawing the charts takes a second."""
    return report.render(make())


class Page(HTMLParser):
    """What the tests ask of a page: ids, headings, links, elements, text; and whether tags are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.references: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self.tags.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.addresses += [given[key] for key in ("href", "src", "action", "data", "poster") if key in given]
        self.references += given.get("aria-labelledby", "").split()
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("make", KINDS)
def test_the_same_evaluation_gives_the_same_bytes_below_two_megabytes(make: Callable[[], Evaluation]) -> None:
    page = report.render(make())
    assert page == rendered(make)
    assert len(page.encode("utf-8")) < 2_000_000


@pytest.mark.parametrize("make", KINDS)
def test_the_page_is_self_contained_and_has_all_sections(make: Callable[[], Evaluation]) -> None:
    page = Page(rendered(make))
    assert page.open == []
    assert {one for one in page.addresses if not one.startswith(("#", "data:"))} == {"summary.html"}
    assert page.tags.count("script") == page.ids.count("what-if")
    assert set(SECTIONS) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.references) <= set(page.ids)
    assert {one[1:] for one in page.addresses if one.startswith("#")} <= set(page.ids)
    assert "This is a validation study, not a regulatory approval." in page.words


def test_the_page_tells_what_the_model_was_shown() -> None:
    assert "pixels, and the header fields that place them" in rendered(factory.evaluation)
    control = factory.evaluation()
    assert control.partition
    rules = dataclasses.replace(control.partition.rules, blank="pixels")
    partition = dataclasses.replace(control.partition, rules=rules)
    assert "a control, with blank pixels" in report.render(dataclasses.replace(control, partition=partition))


@pytest.mark.parametrize("make", KINDS)
def test_headings_are_nested_below_one_title(make: Callable[[], Evaluation]) -> None:
    headings = Page(rendered(make)).headings
    assert headings.count(1) == 1
    assert headings[0] == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(headings))


def test_numbers_stand_with_their_intervals() -> None:
    words = Page(rendered(factory.evaluation)).words.replace("\u00a0", " ")
    assert "83.8%" in words
    assert "95% interval 78.8% to 88.3%" in words
    assert "0.848 to 0.897" in words
    assert "not estimable: a rate is 0 or 1" in words
    assert "50 have the disease: 42 are found, 8 missed. 950 do not: 179 are flagged all the same." in words


def test_hostile_strings_are_shown_as_text() -> None:
    html = rendered(factory.hostile_evaluation)
    words = Page(html).words
    script, rtl, formula, _, long = factory.HOSTILE
    assert script in words
    assert formula in words
    assert long in words
    assert "[U+202E]gnihtemos[U+202C] right-to-left" in words
    assert rtl not in html
    assert "{{ 7*7 }}" in words
    assert not set(re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]", html))


def test_a_suppressed_group_keeps_its_row_and_shows_no_number() -> None:
    html = rendered(factory.evaluation)
    row = re.search(r"<tr><th scope=\"row\">&lt;18</th>.*?</tr>", html)
    assert row is not None
    assert "suppressed (fewer than 10 patients)" in row[0]
    assert not re.search(r"\d\.\d", row[0])


def test_predictions_made_elsewhere_say_so_in_every_section_that_lacks_something() -> None:
    words = Page(rendered(factory.outside_evaluation)).words
    assert "The labels came with the predictions" in words
    assert "No container was run here" in words
    assert "no partition was built" in words
    assert "Nobody here saw the model run" in words
    assert "None" not in words


def test_an_unknown_script_of_a_site_name_is_drawn_without_a_warning() -> None:
    sound = factory.evaluation()
    sites = {"北京医院 مستشفى": factory.group(0.8, 0.8, 0.9, 0.1, 40, 0.5)}
    card = dataclasses.replace(sound.scorecard, by_group={"site": sites})
    assert "北京医院 مستشفى" in report.render(dataclasses.replace(sound, scorecard=card))


def test_what_a_batch_cannot_tell_is_said_to_be_not_available() -> None:
    given = factory.evaluation()
    assert given.run is not None
    blind = dataclasses.replace(
        given.run,
        protocol="nccid-batch/1",
        max_batch=0,
        ready_s=None,
        latency_first_s=None,
        latency_median_s=None,
        latency_p95_s=None,
    )
    words = Page(report.render(dataclasses.replace(given, run=blind))).words
    assert words.count("not available") == 5
    assert "nccid-batch/1" in words
    assert "not available" not in Page(rendered(factory.evaluation)).words
