"""The page of a comparison in a real browser: nothing requested, no sideways scroll, no barrier."""

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


def test_nothing_is_requested_nothing_scrolls_sideways_and_there_is_no_barrier(
    browser: Any, axe: str, page_file: Path
) -> None:
    with looking.opened(browser, page_file) as page:
        looking.assert_no_sideways_scroll(page)
        looking.assert_accessible(page, axe)
