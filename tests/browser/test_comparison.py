"""The page of a comparison in a real browser: no request, no sideways scroll, no barrier; two runs and seven."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.browser import looking
from tests.unit.comparison.runs import TRUTH, answers, make_run
from tests.unit.report.evaluation_factory import HOSTILE

from nccid_eval import report
from nccid_eval.comparison import compare, load
from nccid_eval.records import Comparison, NotEstimable

pytestmark = pytest.mark.browser
VARIANTS = ("two", "seven", "bare")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two plain runs; seven of hostile names, more than there are colours; two of which nothing can be told."""
    folder = tmp_path_factory.mktemp("compared")
    runs = [
        make_run(folder / f"run-{at}", TRUTH, answers(TRUTH, seed=at, skill=at / 2), model=(f"Net {at}", "1"))
        for at in range(7)
    ]
    two = compare([load(run) for run in runs[5:]])
    seven = compare([load(run) for run in runs], predecessor="run-3")
    named = tuple(replace(run, model=HOSTILE[at % 5], version=str(at)) for at, run in enumerate(seven.runs))
    made = {"two": two, "seven": replace(seven, runs=named), "bare": bare(two)}
    for name, one in made.items():
        (folder / f"{name}.html").write_text(report.render_comparison(one), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


def bare(given: Comparison) -> Comparison:
    """Nothing estimable, no curve, no group, made elsewhere."""
    nothing = NotEstimable(reason="suppressed (fewer than 10 patients)", suppressed=True)
    runs = tuple(
        replace(run, measures=dict.fromkeys(run.measures, nothing), rank=nothing, roc=(), by_group={}, tested=None)
        for run in given.runs
    )
    gone = tuple(replace(one, difference=nothing) for one in given.differences)
    return replace(given, runs=runs, differences=gone, partition_digest="")


@pytest.mark.parametrize("name", VARIANTS)
def test_nothing_is_requested_nothing_scrolls_sideways_and_there_is_no_barrier(
    browser: Any, axe: str, pages: dict[str, Path], name: str
) -> None:
    with looking.opened(browser, pages[name]) as page:
        looking.assert_no_sideways_scroll(page)
        looking.assert_accessible(page, axe)


@pytest.mark.parametrize("name", ["two", "seven"])
def test_no_label_of_a_chart_is_cut_off_by_its_edge(browser: Any, pages: dict[str, Path], name: str) -> None:
    outside = """[...document.querySelectorAll('figure svg')].flatMap(svg => {
      const box = svg.getBoundingClientRect();
      return [...svg.querySelectorAll('text')].filter(text => {
        const its = text.getBoundingClientRect();
        return its.left < box.left - 1 || its.right > box.right + 1
          || its.top < box.top - 1 || its.bottom > box.bottom + 1;
      }).map(text => text.textContent);
    })"""
    with looking.opened(browser, pages[name]) as page:
        page.set_viewport_size({"width": 1440, "height": 900})
        assert page.evaluate("document.querySelectorAll('figure svg text').length") > 20
        assert page.evaluate(outside) == []


def test_a_sentence_of_the_summary_leads_to_its_numbers(browser: Any, pages: dict[str, Path]) -> None:
    with looking.opened(browser, pages["seven"]) as page:
        page.locator("#front a.behind", has_text="New versions").first.click()
        assert page.evaluate("location.hash") == "#versions"
        page.locator("#differences td a").first.click()
        assert page.locator(":target").evaluate("one => one.closest('section').id") == "methods"
