"""The explorer, moved by mouse and keyboard: what it shows is what scoring gives at the threshold it names."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import evaluation_factory as factory
import numpy as np
import pytest
from tests.browser import looking

from nccid_eval import report
from nccid_eval.records import Estimate, Measure, Plan, Predictions, Scorecard, Truth
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.thousand import of_thousand
from nccid_eval.scoring import gate, score

pytestmark = pytest.mark.browser

DECLARED = 0.4172  # between two thresholds of the grid
PLAN = dataclasses.replace(factory.plan(), attributes=(), criteria=(), replicates=2, prevalences=(0.05, 0.34))
READ = """() => Object.fromEntries(["threshold-value", "prevalence-value", "state", "sensitivity", "specificity",
  "ppv", "npv", "sensitivity-interval", "specificity-interval", "found", "missed", "flagged", "cleared"].map(
  one => [one, document.getElementById(`what-if-${one}`).textContent]))"""


@cache
def study() -> tuple[Predictions, Truth]:
    """600 patients with one to three images; some without an answer."""
    rng = np.random.default_rng(11)
    patient = np.repeat(np.arange(600), rng.integers(1, 4, 600))
    label = (rng.random(600) < 0.45)[patient]
    logit = rng.normal(size=600)[patient] + rng.normal(size=len(patient)) + 2.2 * label - 1.4
    answered = rng.random(len(patient)) > 0.02
    case = np.array([f"c{at}" for at in range(len(patient))])
    truth = Truth(case=case, patient=np.array([f"p{one}" for one in patient]), label=label, attributes={})
    outcome = np.where(answered, "ok", "timeout")
    scores = np.round(1 / (1 + np.exp(-logit)), 6)
    return Predictions(case=case, score=scores, answered=answered, outcome=outcome), truth


def scored(threshold: float, plan: Plan = PLAN) -> Scorecard:
    return score(*study(), plan, target="covid_positive", threshold=threshold, partition_digest="")


@cache
def released() -> Scorecard:
    return gate(scored(DECLARED), study()[1], 10)


@pytest.fixture(scope="session")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explorer") / "report.html"
    path.write_text(report.render(dataclasses.replace(factory.plain_evaluation(), scorecard=released())))
    return path


@contextmanager
def opened(browser: Any, path: Path, **options: Any) -> Iterator[Any]:
    """Under the page's own policy; without complaints."""
    context = browser.new_context(offline=True, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text))
    page.on("pageerror", lambda one: complaints.append(str(one)))
    try:
        page.goto(path.as_uri())
        yield page
        assert complaints == []
    finally:
        context.close()


def expected(card: Scorecard, name: str) -> tuple[str, str]:
    """Value and interval of an overall measure, as this project writes them."""
    found = card.overall[name]
    assert isinstance(found, Estimate)
    return wording.value(name, found.value), wording.interval(name, found).replace("\u00a0", " ")


def predictive(name: str, measure: Measure) -> str:
    return wording.value(name, measure.value) if isinstance(measure, Estimate) else "–"


def test_at_every_released_threshold_the_numbers_are_those_of_scoring(browser: Any, page_of: Path) -> None:
    points = sorted(released().roc, key=lambda one: one.threshold)
    assert len(points) > 20
    with opened(browser, page_of) as page:
        page.locator("#what-if-threshold").press("Home")
        for point in points:
            shown, again = page.evaluate(READ), scored(point.threshold)
            values = next(one for one in again.predictive_values if one.prevalence == 0.05)
            people = of_thousand(again, 0.05)
            assert people is not None
            assert float(shown["threshold-value"]) == point.threshold
            assert shown["ppv"] == predictive("ppv", values.ppv)
            assert shown["npv"] == predictive("npv", values.npv)
            for name, is_borrowed in (
                ("sensitivity", point.sensitivity_borrowed),
                ("specificity", point.specificity_borrowed),
            ):
                value, interval = expected(again, name)
                assert shown[name] == value
                assert is_borrowed or shown[f"{name}-interval"] == interval
                assert is_borrowed == shown[f"{name}-interval"].startswith("about ")
            counts = [int(shown[name]) for name in ("found", "missed", "flagged", "cleared")]
            assert counts == [people.found, people.missed, people.flagged, people.cleared]
            assert sum(counts) == 1000
            assert ("Exploratory" in shown["state"]) == (point.threshold != DECLARED)
            page.keyboard.press("ArrowRight")


def test_the_prevalence_moves_by_keyboard_and_the_thousand_follow_it(browser: Any, page_of: Path) -> None:
    with opened(browser, page_of) as page:
        slider = page.locator("#what-if-prevalence")
        assert page.evaluate(READ)["prevalence-value"] == "5%"
        shown = {}
        for keys in (["ArrowRight"], ["ArrowLeft"] * 3, ["Home"], ["End"], ["PageDown"]):
            for key in keys:
                slider.press(key)
            read = page.evaluate(READ)
            shown[read["prevalence-value"]] = read
        assert list(shown) == ["5.1%", "4.8%", "0%", "100%", "90%"]
        for at, read in shown.items():
            people = of_thousand(released(), round(float(at[:-1]) / 100, 4))
            assert people is not None
            assert [read[name] for name in ("found", "missed", "flagged", "cleared")] == [
                str(one) for one in (people.found, people.missed, people.flagged, people.cleared)
            ]
        assert shown["0%"]["ppv"] == "0.0%"
        assert slider.get_attribute("aria-valuetext") == "90%"


def test_both_sliders_and_the_curve_follow_the_mouse_and_a_button_leads_back(browser: Any, page_of: Path) -> None:
    thresholds = [one.threshold for one in released().roc]
    with opened(browser, page_of, viewport={"width": 1440, "height": 1400}) as page:
        page.locator("#explorer").scroll_into_view_if_needed()
        for wanted in thresholds[3::8]:
            box = page.locator("#what-if-threshold").bounding_box()
            page.mouse.move(box["x"] + 12 + wanted * (box["width"] - 24), box["y"] + box["height"] / 2)
            page.mouse.down()
            page.mouse.up()
            assert float(page.evaluate(READ)["threshold-value"]) == wanted
        box = page.locator("#what-if-prevalence").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert 49 < float(page.evaluate(READ)["prevalence-value"][:-1]) < 51
        page.get_by_role("button", name="34%", exact=True).click()
        assert page.evaluate(READ)["prevalence-value"] == "34%"
        assert "exploratory" in page.locator("#what-if-state").get_attribute("class")
        page.get_by_role("button", name="Back to the threshold of 0.4172").click()
        read = page.evaluate(READ)
        assert (read["threshold-value"], read["state"]) == (
            "0.4172",
            "The threshold that the vendor declared before the run.",
        )
        plot = page.locator("#what-if-roc").bounding_box()
        page.mouse.click(plot["x"] + plot["width"] * 58 / 380, plot["y"] + plot["height"] * 314 / 372)
        assert page.evaluate(READ)["sensitivity"] == "0.0%"


def test_the_point_moves_on_the_curve_and_what_is_read_aloud_waits(browser: Any, page_of: Path) -> None:
    with opened(browser, page_of) as page:
        page.locator("#what-if-threshold").press("End")
        last = min(released().roc, key=lambda one: one.sensitivity)
        chosen = page.locator("#what-if-roc circle[r='8']")
        assert float(chosen.get_attribute("cx")) == pytest.approx(58 + 300 * (1 - last.specificity))
        assert float(chosen.get_attribute("cy")) == pytest.approx(314)
        drawn = page.locator("#what-if-roc path[stroke-width='2.5']").get_attribute("d")
        assert (drawn.split("L")[0], drawn.split("L")[-1]) == ("M58.0 314.0", "358.0 14.0")  # failures or not
        words = page.locator("#what-if-words")
        assert "Threshold 0.4172, prevalence 5%" in words.text_content()
        page.locator("#what-if-words", has_text="Threshold 1.00").wait_for()
        assert words.get_attribute("role") == "status"
        assert "0.0%" in page.locator("#what-if-roc").get_attribute("aria-label")
        assert "the vendor declared 0.4172" in page.locator("#what-if-threshold").get_attribute("aria-valuetext")


def test_halves_are_rounded_as_python_does(browser: Any, tmp_path: Path) -> None:
    first = dataclasses.replace(factory.released_roc()[0], sensitivity=0.5, specificity=0.1225)
    card = dataclasses.replace(factory.scorecard(), roc=(first, *factory.released_roc()[1:]), by_group={}, bias=None)
    path = tmp_path / "halves.html"
    path.write_text(report.render(dataclasses.replace(factory.plain_evaluation(), scorecard=card)))
    with opened(browser, path) as page:
        page.locator("#what-if-threshold").press("End")
        page.locator("#what-if-prevalence").press("Home")
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        read = page.evaluate(READ)
        assert read["prevalence-value"] == "0.5%"
        assert read["specificity"] == f"{0.1225:.1%}" == "12.2%"
        assert read["found"] == str(round(5 * 0.5)) == "2"


@pytest.mark.parametrize("how", [{"java_script_enabled": False}, {}])
def test_without_a_script_and_on_paper_the_declared_point_stands_there(
    how: dict[str, bool], browser: Any, page_of: Path
) -> None:
    with opened(browser, page_of, **how) as page:
        if how:
            assert page.locator("#what-if-threshold").is_hidden()
        else:
            page.locator("#what-if-threshold").press("End")
            assert page.locator("#what-if-static").is_hidden()
            page.emulate_media(media="print")
        assert page.locator("#what-if").is_hidden()
        table = page.get_by_role("table", name="At the threshold of 0.4172").inner_text().replace("\u00a0", " ")
        for name in ("sensitivity", "specificity"):
            value, interval = expected(released(), name)
            assert value in table
            assert interval in table
        people = of_thousand(released(), 0.05)
        assert people is not None
        assert people.in_words in page.locator("#what-if-static").inner_text()


def test_there_is_no_barrier_and_no_sideways_scroll_while_exploring(browser: Any, axe: str, page_of: Path) -> None:
    with looking.opened(browser, page_of) as page:
        page.locator("#what-if-threshold").press("PageUp")
        page.locator("#what-if-prevalence").press("End")
        assert page.locator("#what-if-state").text_content().startswith("Exploratory")
        looking.assert_no_sideways_scroll(page)
        looking.assert_accessible(page, axe)


def test_a_narrow_picture_has_fewer_people_in_a_row(browser: Any, page_of: Path) -> None:
    with opened(browser, page_of, viewport={"width": 360, "height": 800}) as page:
        people = page.locator("#what-if-people")
        assert people.get_attribute("viewBox") == "0 0 250 400"
        page.set_viewport_size({"width": 1440, "height": 900})
        page.locator("#what-if-people[viewBox='0 0 400 250']").wait_for()
