"""The page of a comparison in a real browser: nothing requested, no sideways scroll, no barrier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.comparison.runs import TRUTH, answers, make_run
from tests.unit.report.evaluation_factory import HOSTILE

from nccid_eval import report
from nccid_eval.comparison import compare, load

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven runs with hostile names: more than there are colours, and wider than a screen."""
    folder = tmp_path_factory.mktemp("compared")
    runs = [
        make_run(folder / f"run-{at}", TRUTH, answers(TRUTH, seed=at, skill=at / 2), model=(f"Net {at}", "1"))
        for at in range(7)
    ]
    made = compare([load(run) for run in runs], predecessor="run-3")
    named = [replace(run, model=HOSTILE[at % 5], version=str(at)) for at, run in enumerate(made.runs)]
    path = folder / "comparison.html"
    path.write_text(report.render_comparison(replace(made, runs=tuple(named))), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Any, page_file: Path) -> Iterator[tuple[Any, list[str]]]:
    context = browser.new_context(offline=True, bypass_csp=True)  # the checker alone is let past the page's policy
    page = context.new_page()
    notes: list[str] = []
    page.on("request", lambda one: notes.append(one.url))
    page.on("console", lambda one: notes.append(one.text))
    page.on("pageerror", lambda one: notes.append(str(one)))
    page.goto(page_file.as_uri())
    yield page, notes
    context.close()


def test_it_asks_for_nothing_and_never_scrolls_sideways(opened: tuple[Any, list[str]]) -> None:
    page, notes = opened
    page.wait_for_load_state("networkidle")
    assert [one for one in notes if not one.startswith("data:")] == [page.url]
    for width in (360, 768, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_no_violation_of_wcag_2_2_aa(opened: tuple[Any, list[str]], axe: str) -> None:
    page, _ = opened
    page.evaluate(axe)
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []
