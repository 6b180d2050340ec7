"""The page over all runs: what stands in it, from releases alone; who writes it, and when two do."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from tests.unit.listing.reports_folder import MADE, begin, finish, named, refuse
from tests.unit.report.evaluation_factory import HOSTILE, outside_evaluation

from nccid_eval import archive
from nccid_eval.cli import standing_text
from nccid_eval.cli.index import keep_index, refusal_listed
from nccid_eval.errors import JournalError, RehearsalFailed, SubmissionError
from nccid_eval.listing import standings, write_index
from nccid_eval.listing.members import members
from nccid_eval.listing.released import listed, moment
from nccid_eval.records import Estimate, NotEstimable, Units
from nccid_eval.report import NO_CRITERIA, UNREADABLE, ListedComparison, ListedRun, render_index
from nccid_eval.report.index.page import newest_first

ONE = "20260301-090000-chestnet-1-0-ab12"
COMPARED = {
    "schema": "nccid-eval/comparison/1",
    "target": "death",
    "partition_digest": "sha256:" + "ab" * 32,
    "counts": {"cases": 99},
    "runs": [
        {"run_id": ONE, "model": "Chestnet", "version": "1.0"},
        {"run_id": "20260401-090000-y-2-0-ab12", "model": "", "version": ""},
    ],
}


class Cells(HTMLParser):
    """The text of each cell of the table of runs, row by row, and every link of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.links: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._inside = given.get("id") == "runs-table" or self._inside
        if tag == "a" and given["href"]:
            self.links.append(given["href"])
        if self._inside and tag == "tr":
            self.rows.append([])
        if self._inside and tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "table"

    def handle_data(self, data: str) -> None:
        if self._inside and self.rows and self.rows[-1]:
            self.rows[-1][-1] = f"{self.rows[-1][-1]} {data}".strip()


def table_of(reports: Path) -> list[list[str]]:
    rows = Cells(write_index(reports).read_text(encoding="utf-8")).rows[1:]
    return [[re.sub(r"\s+", " ", cell).strip() for cell in row] for row in rows]


def test_a_row_says_what_a_release_says(tmp_path: Path) -> None:
    finish(tmp_path, named(ONE, conclusion="met"))
    assert table_of(tmp_path) == [
        [
            "2026-03-01 09:00",
            f"Chestnet 1.0 {ONE}",
            "Example Imaging Ltd",
            "COVID-19",
            "420",
            "0.874 (0.854 to 0.894)",
            "83.8% (78.8% to 88.3%)",
            "81.2% (76.7% to 85.2%)",
            "✓ met",
            "abababab",
            "Report Estimates (CSV)",
        ]
    ]


def test_what_is_counted_has_its_name(tmp_path: Path) -> None:
    by_patient = Units(name="patient", aggregation="max")
    finish(tmp_path, replace(named(ONE), units=by_patient))
    compared = tmp_path / "compared" / "release"
    compared.mkdir(parents=True)
    archive.write_json(compared / "comparison.json", COMPARED | {"units": {"name": "study", "aggregation": "max"}})
    assert table_of(tmp_path)[0][4] == "420 patients"
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert 'data-key="420"' in page
    assert "99 studies" in page
    assert "420 of 420 patients" in standing_text.listed(standings(tmp_path), None)


def test_models_and_vendors_are_counted_where_somebody_named_them(tmp_path: Path) -> None:
    finish(tmp_path, replace(outside_evaluation(), scorecard=MADE.scorecard), "by-hand")
    assert "<p>1 run, newest first.</p>" in write_index(tmp_path).read_text(encoding="utf-8")
    for at, (model, version) in enumerate((("Net", "1"), ("Net", "2"), ("Other", "1"))):
        finish(tmp_path, named(f"2026030{at + 1}-090000-x-1-ab12", model, version=version))
    refuse(tmp_path, "20260301-090000-older-1-0-ab12", told=False)
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert "<p>5 runs of 2 models by 1 vendor, newest first.</p>" in page


def test_nothing_private_is_opened(tmp_path: Path) -> None:
    run = finish(tmp_path, named(ONE))
    before = write_index(tmp_path).read_bytes()
    shutil.rmtree(run.private)
    assert write_index(tmp_path).read_bytes() == before


def test_newest_first_and_runs_of_no_known_moment_last(tmp_path: Path) -> None:
    for run_id in ("20251231-235959-c-1-ab12", "20260302-090000-a-1-ab12", "20260301-090000-b-1-ab12"):
        finish(tmp_path, named(run_id, run_id[16]))
    finish(tmp_path, replace(outside_evaluation(), scorecard=MADE.scorecard), "by-hand")
    assert [row[1][:1] for row in table_of(tmp_path)] == ["a", "b", "c", "P"]


def test_only_what_is_finished_stands_there(tmp_path: Path) -> None:
    begin(tmp_path)
    refuse(tmp_path, "20260302-090000-broken-0-1-ab12")
    refuse(tmp_path, "20260301-090000-older-1-0-ab12", told=False)
    row, older = table_of(tmp_path)
    assert row[:3] == ["2026-03-02 09:00", "Brokennet 0.1 20260302-090000-broken-0-1-ab12", "Example"]
    assert older[:3] == ["2026-03-01 09:00", "20260301-090000-older-1-0-ab12", "–"]
    assert row[8] == older[8] == "– failed on synthetic cases"


def test_an_empty_folder_has_a_page_that_says_so(tmp_path: Path) -> None:
    assert "No run is finished yet." in write_index(tmp_path).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["run.json", "scorecard.json"])
@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"overall": NaN}', '{"submission": 3, "counts": []}'])
def test_an_unreadable_release_is_a_row_that_says_so(tmp_path: Path, name: str, text: str | None) -> None:
    path = finish(tmp_path, named(ONE)).release / name
    path.unlink() if text is None else path.write_text(text)
    finish(tmp_path, named("20260302-090000-sound-1-0-ab12", "Sound"))
    sound, damaged = table_of(tmp_path)
    assert sound[1].startswith("Sound")
    assert damaged[8] == f"– {UNREADABLE}"
    assert f"{UNREADABLE}:" in damaged[1]


@pytest.mark.parametrize("text", ['"few"', "[1]", "1e999", "1" + "0" * 400])
@pytest.mark.parametrize("field", ['"cases"', '"failures"', '"level"', '"value"', '"conclusion"'])
def test_a_field_of_another_kind_costs_no_other_run_its_row(tmp_path: Path, field: str, text: str) -> None:
    path = finish(tmp_path, named(ONE)).release / "scorecard.json"
    path.write_text(re.sub(rf"({field}: )[^\n]*?(,?\n)", rf"\g<1>{text}\2", path.read_text(encoding="utf-8")))
    finish(tmp_path, named("20260302-090000-sound-1-0-ab12", "Sound"))
    sound, damaged = table_of(tmp_path)
    assert sound[1].startswith("Sound")
    assert f"{UNREADABLE}:" in damaged[1]
    assert "cannot be read" in standing_text.listed(standings(tmp_path), None)


def test_a_release_that_cannot_be_opened_is_a_row_that_says_so(tmp_path: Path) -> None:
    (tmp_path / ONE).mkdir()
    (tmp_path / ONE / "release").symlink_to("release")  # round in a circle
    (row,) = table_of(tmp_path)
    assert "cannot be read: its release cannot be opened" in row[1]


def test_what_may_not_leave_and_what_another_plan_judged_is_said(tmp_path: Path) -> None:
    ungated = replace(MADE.scorecard, gate="off: predictions made elsewhere")
    finish(tmp_path, replace(outside_evaluation(), scorecard=ungated), "by-hand")
    finish(tmp_path, replace(named(ONE), plan_fixed=False), "by-another-plan")
    by_plan, by_hand = table_of(tmp_path)
    assert "by-another-plan scored by another plan than the run's own" in by_plan[1]
    assert "disclosure gate off: may not leave" in by_hand[1]


def test_what_could_not_be_estimated_says_why_and_sorts_last(tmp_path: Path) -> None:
    made = named(ONE)
    measures = {**made.scorecard.overall, "auc": NotEstimable(reason="too few")}
    finish(tmp_path, replace(made, scorecard=replace(made.scorecard, overall=measures, conclusion="")))
    (row,) = table_of(tmp_path)
    assert row[5] == "not estimable: too few"
    assert row[8] == f"– {NO_CRITERIA}"
    assert '<td role="cell" class="missing" data-key="">not estimable' in write_index(tmp_path).read_text()


def test_links_lead_to_the_files_whatever_a_folder_is_called(tmp_path: Path) -> None:
    for name in (
        "a b%20&#?'\"<i>",
        "javascript:alert(1)",
        "x" * 200,
        "ünï",
        b"\xff\xfe".decode(errors="surrogateescape"),
    ):
        finish(tmp_path, named(ONE), name)
    page = write_index(tmp_path).read_text(encoding="utf-8")
    links = [link for link in Cells(page).links if not link.startswith("#")]
    assert len(links) == 5 * 3  # the model's name is one too
    for link in links:
        assert re.fullmatch(r"[\w.~%-]+/release/[\w.]+", link)
        assert (tmp_path / unquote(link, errors="surrogateescape")).exists()


def test_hostile_strings_are_text(tmp_path: Path) -> None:
    for at, (one, other) in enumerate(zip(HOSTILE, (*HOSTILE[1:], HOSTILE[0]), strict=True)):
        finish(tmp_path, named(f"2026030{at + 1}-090000-x-1-ab12", one, vendor=other, version=other))
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert page.count("<script>") == 1  # the page's own
    assert "\u202e" not in page
    assert len(max((row[1] for row in table_of(tmp_path)), key=len)) < 400  # a name is cut


def test_pages_of_the_run_are_linked_where_they_are(tmp_path: Path) -> None:
    run = finish(tmp_path, named(ONE))
    for name in ("summary.html", "report.pdf", "letter.html", "vendor.json"):
        (run.release / name).write_text("")
    (row,) = table_of(tmp_path)
    assert row[10] == "Report PDF Summary Estimates (CSV)"


def test_comparisons_stand_below(tmp_path: Path) -> None:
    for name, table in (("compared", COMPARED), ("damaged", {"runs": 3})):
        release = tmp_path / name / "release"
        release.mkdir(parents=True)
        archive.write_json(release / "comparison.json", table)
        (release / "comparison.html").write_text("")
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert "compared/release/comparison.html" in page
    assert "<bdi>Chestnet 1.0</bdi>, <bdi>20260401-090000-y-2-0-ab12</bdi>" in page
    assert '<td>death</td><td class="number">99</td><td class="date">2026-04-01</td>' in page
    assert "cannot be read" in page


def test_the_same_runs_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    runs = [ListedRun(folder=f"run-{at}", moment=moment(ONE)) for at in range(5)]
    compared = [ListedComparison(folder="a"), ListedComparison(folder="b")]
    assert render_index(runs, compared) == render_index(runs[::-1], compared[::-1])
    assert newest_first(runs)[0].folder == "run-4"


def test_a_run_id_tells_its_moment() -> None:
    assert moment(ONE) == "2026-03-01T09:00:00+00:00"
    assert moment("20261399-990000-x") == moment("scored") == ""


def test_runs_that_finish_at_once_all_end_up_in_it(tmp_path: Path) -> None:
    def finish_and_index(at: int) -> None:
        finish(tmp_path, named(f"20260301-09000{at}-x-1-ab12", f"Model {at}"))
        write_index(tmp_path)

    with ThreadPoolExecutor(6) as pool:  # a lock is an open file's: between threads it holds as between processes
        list(pool.map(finish_and_index, range(6)))
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert [f"Model {at}" in page for at in range(6)] == [True] * 6
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [".index.lock", "index.html"]


def test_it_is_kept_where_runs_lie_and_nowhere_else(tmp_path: Path) -> None:
    said: list[str] = []
    reports, elsewhere = tmp_path / "reports", tmp_path / "elsewhere"
    run, other = finish(reports, named(ONE)), finish(elsewhere, named(ONE))
    keep_index(other.root, reports, said.append)
    assert said == []
    keep_index(run.root, reports, said.append)
    assert said == [f"all runs:  {reports / 'index.html'}"]
    write_index(elsewhere)  # from now on it has one
    finish(elsewhere, named("20260302-090000-second-1-0-ab12", "Second"))
    keep_index(other.root, reports, said.append)
    assert "Second" in (elsewhere / "index.html").read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_costs_a_run_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    run = finish(tmp_path, named(ONE))
    (tmp_path / ".index.lock").mkdir()
    keep_index(run.root, tmp_path, said.append)
    assert said == [f"the page over all runs was not written: cannot write: Is a directory ({tmp_path})"]


def test_a_refused_model_is_listed_and_the_refusal_is_told_on(tmp_path: Path) -> None:
    said: list[str] = []
    refuse(tmp_path, "20260302-090000-broken-1-0-ab12")
    with pytest.raises(SubmissionError, match="no such image"), refusal_listed(tmp_path, said.append):
        raise SubmissionError("no such image")
    assert said == []
    with pytest.raises(RehearsalFailed), refusal_listed(tmp_path, said.append):
        raise RehearsalFailed("it failed")
    assert "broken" in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.fixture(params=[lambda text: text, lambda text: json.dumps(json.loads(text))], ids=["ours", "on one line"])
def rewritten(request: pytest.FixtureRequest) -> Callable[[str], str]:
    again: Callable[[str], str] = request.param
    return again


def test_members_of_a_file_are_what_the_whole_file_says(tmp_path: Path, rewritten: Callable[[str], str]) -> None:
    tricky = {"a": '\n "b": 7,', "b": {"c": [1, {"b": 2}], "d": '"'}, "roc": [], "last": {"x": {"y": None}}}
    path = tmp_path / "file.json"
    archive.write_json(path, tricky)
    path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")
    for names in (("a",), ("b", "last"), ("last", "a", "roc", "b")):
        assert members(path, names) == {name: tricky[name] for name in names}
    assert members(path, ("none", "a")) == {"a": tricky["a"]}


def test_members_of_a_file_that_was_cut_short_are_none(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    archive.write_json(path, {"a": 1, "b": [1, 2, 3]})
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(JournalError, match="cannot be read"):
        members(path, ("a",))


def test_a_listed_measure_is_a_record(tmp_path: Path) -> None:
    found = listed(finish(tmp_path, named(ONE)).root)
    assert isinstance(found, ListedRun)
    assert found.measures["auc"] == named(ONE).scorecard.overall["auc"]
    assert isinstance(found.measures["sensitivity"], Estimate)
    assert found.level == MADE.scorecard.plan.level
