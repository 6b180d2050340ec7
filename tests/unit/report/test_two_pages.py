"""The stakeholder summary: what a reader with two minutes finds, whatever the run, in little room."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from html import unescape

import evaluation_factory as factory
import pytest

from nccid_eval import report
from nccid_eval.records import Estimate, Evaluation
from nccid_eval.report.parts.fitting import fitted
from nccid_eval.report.parts.picture import KINDS
from nccid_eval.report.parts.thousand import of_thousand
from nccid_eval.report.parts.wording import clean

KINDS_OF_RUN = [
    factory.evaluation,
    factory.outside_evaluation,
    factory.hostile_evaluation,
    factory.empty_evaluation,
    factory.crowded_evaluation,
]


def words(html: str) -> str:
    body = html[html.index("<body>") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ").split())


@pytest.mark.parametrize("make", KINDS_OF_RUN)
def test_the_same_evaluation_gives_the_same_small_page(make: Callable[[], Evaluation]) -> None:
    html = report.render_summary(make())
    assert html == report.render_summary(make())
    assert len(html.encode()) < 150_000
    headings = [int(level) for level in re.findall(r"<h(\d)", html)]
    assert headings == [1] + 8 * [2]
    assert "This is a validation study, not a regulatory approval." in html
    assert "None" not in words(html)


def test_of_an_outcome_it_says_who_will_have_it() -> None:
    given = factory.evaluation()
    later = dataclasses.replace(given, scorecard=dataclasses.replace(given.scorecard, target="icu_admission"))
    told = words(report.render_summary(later))
    assert "If 5% of 1,000 people tested go on to intensive care, that is 50." in told


def test_it_answers_what_a_reader_with_two_minutes_asks() -> None:
    told = words(report.render_summary(factory.evaluation()))
    for said in (
        "reference-densenet version 1.4.0 by Example Imaging Ltd",
        "Detect COVID-19 on DX, CR images (AP, PA), patients from 16 years",
        "420 cases of 200 patients at 8 sites, held back by NCCID and shown to the model in a sealed container: "
        "180 with COVID-19, 240 without.",
        "from 14 days before to 28 days after a positive test",
        "Sensitivity ✓ met 83.8% 95% interval 78.8% to 88.3%",
        "If 5% of 1,000 people tested have COVID-19, that is 50. The model finds 42 (39 to 44) of them and misses 8.",
        "Of the 950 without, it flags 179 (140 to 221) all the same and rightly clears 771.",
        "right in 19.0% (15.0% to 22.6%) of those who get one",
        "The true share plausibly lies between 78.8% and 88.3%.",
        "Age band: 65-79 Clear difference Sensitivity 61.0%",
        "Something other than the disease may give the diagnosis away",
        "does not compare the model with radiologists",
        "sha256:c0c0c0c0c0c0…",
    ):
        assert said in told, said


def test_the_clear_differences_come_first_and_no_more_than_four_are_told() -> None:
    told = words(report.render_summary(factory.crowded_evaluation()))
    assert told.count("Clear difference") == 4
    assert "And 10 more. Every group" in told  # of 14 in two attributes
    one = factory.evaluation()
    levels = {"only possibly": factory.group(0.75, 0.81, 0.88, 0.05, 90, 0.04), **one.scorecard.by_group["age_band"]}
    card = dataclasses.replace(one.scorecard, by_group={"age_band": levels})
    told = words(report.render_summary(dataclasses.replace(one, scorecard=card)))
    assert told.index("65-79 Clear difference") < told.index("only possibly Possible, may be chance")


def test_where_nothing_is_known_it_says_so() -> None:
    told = words(report.render_summary(factory.empty_evaluation()))
    assert "The plan sets no criterion, so there is no verdict." in told
    assert "Nothing can be said: sensitivity and specificity are not both known." in told
    assert "No groups were compared, so nothing is known about it." in told
    assert "The labels came with the predictions" in told
    assert "letter.html" not in told
    one = factory.evaluation()
    plan = dataclasses.replace(one.scorecard.plan, prevalences=())
    card = dataclasses.replace(one.scorecard, plan=plan)
    told = words(report.render_summary(dataclasses.replace(one, scorecard=card)))
    assert "the plan names no prevalence" in told


def test_a_plan_that_was_not_fixed_is_said_to_be_exploratory() -> None:
    one = factory.evaluation()
    assert "fixed before the run." in words(report.render_summary(one))
    other = words(report.render_summary(dataclasses.replace(one, plan_fixed=False)))
    assert "read the verdicts as exploratory" in other


def test_hostile_strings_are_shown_as_text_and_take_little_room() -> None:
    html = report.render_summary(factory.hostile_evaluation())
    told = words(html)
    assert "<script>alert('x')</script>" in told
    assert "=HYPERLINK(" in told
    assert "W" * 150 not in report.render_summary(factory.crowded_evaluation())
    assert "<script" not in html
    assert not set(re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]", html))


def test_the_picture_has_a_thousand_people_each_kind_in_its_own_shape() -> None:
    html = report.render_summary(factory.evaluation())
    drawn = re.findall(r'<path d="([^"]+)"', html[html.index('<div class="thousand">') :])
    assert [path.count("M") for path in drawn[:4]] == [42, 8, 179, 771]
    shapes = [path.partition("M5 5")[2] for path in drawn[4:]]
    assert len(set(shapes)) == len(KINDS) == 4


def test_a_thousand_people_are_whole_people() -> None:
    card = factory.scorecard()
    for prevalence in (0.0, 0.004, 0.05, 0.333, 1.0):
        people = of_thousand(card, prevalence)
        assert people is not None
        assert people.found + people.missed + people.flagged + people.cleared == 1000
        assert people.found_between[0] <= people.found <= people.found_between[1]
        assert people.flagged_between[0] <= people.flagged <= people.flagged_between[1]
    assert of_thousand(factory.empty_evaluation().scorecard, 0.05) is None


def test_links_lead_to_places_of_the_report_that_are_there() -> None:
    one = factory.evaluation()
    places = set(re.findall(r' id="([^"]+)"', report.render(one)))
    html = report.render_summary(one)
    wanted = set(re.findall(r'href="report\.html#([^"]+)"', html))
    assert wanted >= {"fairness", "limits", "provenance"}
    assert wanted <= places
    here = set(re.findall(r' id="([^"]+)"', html))
    others = {one.partition("#")[0] for one in re.findall(r'href="([^"]+)"', html)} - {"data:,", ""}
    assert others == {"report.html", "scorecard.json", "estimates.csv", "letter.html"}
    assert here >= set(re.findall(r'href="#([^"]+)"', html))


def test_no_hidden_group_has_a_number_and_none_is_named_as_worse() -> None:
    one = factory.evaluation()
    hidden = {"Hidden Hill": factory.suppressed_group()}
    card = dataclasses.replace(one.scorecard, by_group={**one.scorecard.by_group, "site": hidden})
    html = report.render_summary(dataclasses.replace(one, scorecard=card))
    assert "Hidden Hill" not in html


def test_an_area_is_told_in_pairs() -> None:
    one = factory.evaluation()
    auc = one.scorecard.overall["auc"]
    assert isinstance(auc, Estimate)
    told = words(report.render_summary(one))
    assert "scores the first higher in about 87 of 100 pairs (plausibly 85 to 90; equal scores count half)" in told


@pytest.mark.parametrize("text", ["short", "W" * 500, "肺" * 500, "\u202e" * 500, "i" * 500])
def test_what_is_fitted_takes_no_more_room_than_is_given(text: str) -> None:
    shown = fitted(text, 40)
    assert len(shown) <= 41
    assert shown == clean(shown)
    assert shown == text or shown.endswith("…")
    assert len(fitted("W" * 500, 40)) < len(fitted("i" * 500, 40))
