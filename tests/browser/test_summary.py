"""Summary and letter in a real browser and on paper: nothing requested, no barrier, and never more than two pages."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import evaluation_factory as factory
import pytest
from pypdf import PdfReader
from tests.browser import looking

from nccid_eval import report
from nccid_eval.pipeline.vendor import for_vendor
from nccid_eval.records import Evaluation

pytestmark = pytest.mark.browser


def letter(made: Evaluation) -> str:
    return report.render_letter(for_vendor(made, ()))


# Crowded are the hostile ones, and more of everything.
PAGES: dict[str, Callable[[], str]] = {
    "run": lambda: report.render_summary(factory.evaluation()),
    "empty": lambda: report.render_summary(factory.empty_evaluation()),  # made elsewhere
    "crowded": lambda: report.render_summary(factory.crowded_evaluation()),
    "letter": lambda: letter(factory.evaluation()),
    "crowded letter": lambda: letter(factory.crowded_evaluation()),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("summaries")
    made = {name: folder / f"{name}.html" for name in PAGES}
    for name, make in PAGES.items():
        made[name].write_text(make(), encoding="utf-8")
    return made


@pytest.mark.parametrize("name", list(PAGES))
def test_it_stands_on_a_screen_and_on_two_pages_of_paper(
    name: str, browser: Any, axe: str, pages: dict[str, Path]
) -> None:
    with looking.opened(browser, pages[name]) as page:
        looking.assert_no_sideways_scroll(page)
        looking.assert_accessible(page, axe)
        printed = page.pdf(prefer_css_page_size=True)
    assert len(PdfReader(io.BytesIO(printed)).pages) == 2


@pytest.mark.parametrize("name", ["crowded", "crowded letter"])
def test_the_widest_is_a_tagged_pdf_of_two_pages_too(name: str, pages: dict[str, Path]) -> None:
    printed = PdfReader(io.BytesIO(report.to_pdf(pages[name].read_text(encoding="utf-8"))))
    assert len(printed.pages) == 2
    assert "/StructTreeRoot" in printed.trailer["/Root"]
