"""The page over all runs in a real browser: search, filters, sorting by mouse and keyboard; without a script too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.browser import looking
from tests.unit.listing.reports_folder import finish, named, refuse
from tests.unit.report.evaluation_factory import HOSTILE

from nccid_eval.listing import write_index
from nccid_eval.report import ListedRun, render_index

pytestmark = pytest.mark.browser

RUNS = (  # model, vendor, target, conclusion, AUC; the last is the newest
    ("Chestnet", "Acme", "covid_positive", "met", 0.91),
    ("Airway 10", "Borealis", "death", "not met", 0.66),
    ("Airway 9", "Borealis", "death", "inconclusive", 0.78),
    ("Lungs", "Acme", "covid_positive", "not met", 0.7),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    reports = tmp_path_factory.mktemp("reports")
    for at, (model, vendor, target, conclusion, auc) in enumerate(RUNS):
        run_id = f"2026030{at + 1}-090000-x-1-ab12"
        finish(reports, named(run_id, model, vendor=vendor, target=target, conclusion=conclusion, auc=auc))
    refuse(reports, "20260101-090000-broken-1-0-ab12")
    return write_index(reports)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    reports = tmp_path_factory.mktemp("hostile")
    for at, name in enumerate(HOSTILE):
        made = named(f"2026030{at + 1}-090000-x-1-ab12", name, vendor=name, version=name)
        finish(reports, made, f"run {at} {name[:99]}".replace("/", "").replace("\0", ""))
    return write_index(reports)


def shown(page: Any) -> list[str]:
    """The models of the rows that can be seen, from top to bottom."""
    names: list[str] = page.locator("#runs-table tbody tr:visible th").evaluate_all(
        "heads => heads.map(head => (head.querySelector('bdi')).textContent)"
    )
    return names


NEWEST_FIRST = ["Lungs", "Airway 9", "Airway 10", "Chestnet", "Brokennet"]


def sort_by(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def test_it_opens_quietly_fits_any_width_and_has_no_barrier(browser: Any, axe: str, index: Path) -> None:
    with looking.opened(browser, index) as page:
        looking.assert_no_sideways_scroll(page)
        looking.assert_accessible(page, axe)
        assert shown(page) == NEWEST_FIRST


def test_hostile_names_are_text_and_can_be_searched_and_chosen(browser: Any, axe: str, hostile: Path) -> None:
    with looking.opened(browser, hostile) as page:
        looking.assert_no_sideways_scroll(page)
        looking.assert_accessible(page, axe)
        page.set_viewport_size({"width": 1440, "height": 900})
        for option in page.locator("#by-vendor option").all()[1:]:
            page.locator("#by-vendor").select_option(option.get_attribute("value"))
            assert len(shown(page)) == 1
        page.locator("#by-vendor").select_option("")
        page.get_by_role("searchbox").fill("<script>")
        assert len(shown(page)) == 1


def test_an_empty_folder_s_page(browser: Any, axe: str, tmp_path: Path) -> None:
    with looking.opened(browser, write_index(tmp_path)) as page:
        looking.assert_no_sideways_scroll(page)
        looking.assert_accessible(page, axe)


def test_search_and_filters_narrow_and_say_how_many_are_left(browser: Any, index: Path) -> None:
    with looking.opened(browser, index) as page:
        search, said = page.get_by_role("searchbox"), page.get_by_role("status")
        assert said.text_content() == "5 of 5 runs shown"
        search.fill("  BOREALIS  airway ")
        assert shown(page) == ["Airway 9", "Airway 10"]
        assert said.text_content() == "2 of 5 runs shown"
        page.get_by_label("Verdict").select_option("not met")
        assert shown(page) == ["Airway 10"]
        search.fill("")
        assert shown(page) == ["Lungs", "Airway 10"]
        page.get_by_label("Target").select_option("COVID-19")
        page.get_by_label("Vendor").select_option("Acme")
        assert shown(page) == ["Lungs"]
        search.fill("nothing has this word")
        assert shown(page) == []
        page.get_by_role("button", name="Show all").click()
        page.wait_for_function("document.getElementById('shown').textContent.startsWith('5 ')")
        assert shown(page) == NEWEST_FIRST


def test_sorting_by_mouse_says_which_way_and_keeps_the_unknown_last(browser: Any, index: Path) -> None:
    with looking.opened(browser, index) as page:
        head = page.locator("#runs-table thead th")
        assert head.first.get_attribute("aria-sort") == "descending"
        sort_by(page, "AUC").click()
        assert shown(page) == ["Chestnet", "Airway 9", "Lungs", "Airway 10", NEWEST_FIRST[-1]]
        assert head.nth(5).get_attribute("aria-sort") == "descending"
        assert head.first.get_attribute("aria-sort") is None
        sort_by(page, "AUC").click()
        assert shown(page) == ["Airway 10", "Lungs", "Airway 9", "Chestnet", NEWEST_FIRST[-1]]
        assert head.nth(5).get_attribute("aria-sort") == "ascending"


def test_sorting_by_keyboard_keeps_the_focus_and_what_is_filtered(browser: Any, index: Path) -> None:
    with looking.opened(browser, index) as page:
        page.get_by_label("Vendor").select_option("Borealis")
        button = sort_by(page, "Model")
        button.focus()
        page.keyboard.press("Enter")
        assert shown(page) == ["Airway 9", "Airway 10"]  # as numbers, not as letters
        page.keyboard.press("Space")
        assert shown(page) == ["Airway 10", "Airway 9"]
        assert page.evaluate("document.activeElement.textContent").startswith("Model")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent").startswith("Vendor")


def test_rows_that_sort_alike_stay_newest_first(browser: Any, index: Path) -> None:
    with looking.opened(browser, index) as page:
        sort_by(page, "Vendor").click()
        assert shown(page)[:4] == ["Lungs", "Chestnet", "Airway 9", "Airway 10"]


def test_without_a_script_the_whole_table_stands(browser: Any, index: Path) -> None:
    context = browser.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(index.as_uri())
    assert page.locator("#runs-table tbody tr:visible").count() == 5
    assert page.locator("button:visible, input:visible, select:visible").count() == 0
    assert page.get_by_role("columnheader").all_text_contents()[0] == "Date (UTC)"
    context.close()


def test_a_link_opens_the_report(browser: Any, index: Path) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(index.as_uri())
    page.get_by_role("link", name="Lungs").click()
    assert page.url.endswith("/20260304-090000-x-1-ab12/release/report.html")
    context.close()


def test_names_of_columns_in_the_narrow_form_are_those_of_the_wide_one(browser: Any, index: Path) -> None:
    with looking.opened(browser, index) as page:
        heads = page.locator("#runs-table thead th").evaluate_all("all => all.map(one => one.textContent.trim())")
        page.set_viewport_size({"width": 360, "height": 900})
        labels = (
            page.locator("#runs-table tbody tr")
            .first.locator("td, th")
            .evaluate_all(
                "cells => cells.map(cell => getComputedStyle(cell, '::before').content.replaceAll('\"', ''))"
            )
        )
        told = {at: label for at, label in enumerate(labels) if label != "none"}
        assert {at: heads[at].rstrip(" ▼") for at in told} == told
        assert len(told) == 8  # model, verdict and links speak for themselves


def test_five_hundred_runs_are_sorted_and_searched_at_once(browser: Any, tmp_path: Path) -> None:
    runs = [ListedRun(folder=f"run-{at:03}", model=f"Model {at}", vendor=f"V{at % 7}", cases=at) for at in range(500)]
    path = tmp_path / "index.html"
    path.write_text(render_index(runs, ()), encoding="utf-8")
    assert path.stat().st_size < 1_000_000
    with looking.opened(browser, path) as page:
        sort_by(page, "Cases").click()
        assert shown(page)[:2] == ["Model 499", "Model 498"]
        page.get_by_role("searchbox").fill("model 49")
        assert len(shown(page)) == 15  # Model 49, 490 to 499, and four whose folders are run-149 and such
