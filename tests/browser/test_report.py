"""The report in a real browser, opened as a file with the network blocked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import evaluation_factory as factory
import pytest

from nccid_eval import report
from nccid_eval.records import Evaluation

pytestmark = pytest.mark.browser

KINDS: dict[str, Callable[[], Evaluation]] = {
    "run": factory.evaluation,
    "elsewhere": factory.outside_evaluation,
    "hostile": factory.hostile_evaluation,
    "empty": factory.empty_evaluation,
}
WIDTHS = (360, 768, 1440)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    made = {name: folder / f"{name}.html" for name in KINDS}
    for name, make in KINDS.items():
        made[name].write_text(report.render(make()), encoding="utf-8")
    return made


@pytest.fixture(params=list(KINDS))
def opened(request: pytest.FixtureRequest, browser: Any, pages: dict[str, Path]) -> Any:
    """A page that was opened offline, with what it asked for and what it complained about noted on it."""
    # The page's own policy allows no script; the checker alone is let past it.
    context = browser.new_context(offline=True, bypass_csp=True)
    page = context.new_page()
    notes: dict[str, list[str]] = {"requests": [], "errors": []}
    page.on("request", lambda one: notes["requests"].append(one.url))
    page.on("console", lambda one: notes["errors"].append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda one: notes["errors"].append(str(one)))
    page.on("dialog", lambda one: (notes["errors"].append("a dialog opened"), one.dismiss()))
    page.goto(pages[request.param].as_uri())
    yield page, notes
    context.close()


def test_nothing_is_requested_and_nothing_goes_wrong(opened: Any) -> None:
    page, notes = opened
    page.wait_for_load_state("networkidle")
    assert [one for one in notes["requests"] if not one.startswith("data:")] == [page.url]
    assert notes["errors"] == []


def test_the_page_never_scrolls_sideways(opened: Any) -> None:
    page, _ = opened
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_no_violation_of_wcag_2_2_aa(opened: Any, axe: str) -> None:
    page, _ = opened
    page.evaluate(axe)
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


def test_the_policy_of_the_page_forbids_scripts(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(pages["hostile"].as_uri())
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=nowhere onerror=\"document.title=1\">')")
    page.wait_for_timeout(200)
    assert page.title().startswith("Validation report")
    context.close()


def test_the_skip_link_comes_first_and_leads_to_the_report(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(pages["run"].as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    context.close()


def test_it_prints(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(pages["run"].as_uri())
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    assert page.locator("h1").is_visible()
    assert page.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"
    context.close()
