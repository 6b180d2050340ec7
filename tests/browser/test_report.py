"""The report in a real browser, opened as a file with the network blocked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import evaluation_factory as factory
import pytest
from tests.browser import looking

from nccid_eval import report
from nccid_eval.records import Evaluation

pytestmark = pytest.mark.browser

KINDS: dict[str, Callable[[], Evaluation]] = {
    "run": lambda: replace(factory.evaluation(), leakage=factory.leakage("to be looked at", "to be looked at")),
    "elsewhere": factory.outside_evaluation,
    "hostile": factory.hostile_evaluation,
    "empty": factory.empty_evaluation,
}


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    made = {name: folder / f"{name}.html" for name in KINDS}
    for name, make in KINDS.items():
        made[name].write_text(report.render(make()), encoding="utf-8")
    return made


@pytest.mark.parametrize("kind", list(KINDS))
def test_nothing_is_requested_nothing_scrolls_sideways_and_there_is_no_barrier(
    kind: str, browser: Any, axe: str, pages: dict[str, Path]
) -> None:
    with looking.opened(browser, pages[kind]) as page:
        looking.assert_no_sideways_scroll(page)
        looking.assert_accessible(page, axe)


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
    assert page.locator(".download").first.is_hidden()
    assert page.locator("h1").is_visible()
    assert page.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"
    context.close()
