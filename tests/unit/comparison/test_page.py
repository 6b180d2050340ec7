"""The page and the league table of a comparison: hostile names, nothing small, the same bytes; the verb."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.comparison.runs import TRUTH, answers, make_run
from tests.unit.report.evaluation_factory import HOSTILE

from nccid_eval import report
from nccid_eval.comparison import compare, load
from nccid_eval.records import Comparison, Estimate, PairedDifference, Units
from nccid_eval.report.compared import figures, forest, runs, summary, tables

SKILLS = {"first": 3.0, "second": 1.5, "third": 0.5}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    for seed, (name, skill) in enumerate(SKILLS.items()):
        make_run(folder / name, TRUTH, answers(TRUTH, seed=seed, skill=skill), model=("Net", name))
    return folder


@pytest.fixture(scope="module")
def made(reports: Path) -> Comparison:
    from nccid_eval.archive import find

    return compare([load(find(name, reports)) for name in SKILLS], predecessor="third")


def hostile(made: Comparison) -> Comparison:
    named = zip(made.runs, HOSTILE, strict=False)
    return replace(made, runs=tuple(replace(run, model=name, vendor=name) for run, name in named))


def test_the_page_asks_for_nothing_and_is_the_same_each_time(made: Comparison) -> None:
    page = report.render_comparison(made)
    assert page == report.render_comparison(made)
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)
    assert page.count("<h1") == 1


def test_hostile_names_are_shown_and_do_nothing(made: Comparison) -> None:
    page = report.render_comparison(hostile(made))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "\u202e" not in page
    assert "[U+202E]" in page


def test_every_number_of_the_tables_is_the_comparison_s(made: Comparison) -> None:
    page = report.render_comparison(made)
    for run in made.runs:
        auc = run.measures["auc"]
        assert f"{auc.value:.3f}" in page  # type: ignore[union-attr]
    for one in made.differences:
        assert f"Net {one.first} less Net {one.second}" in page
    assert page.count("Net first against its predecessor Net third") == 1


def test_every_link_leads_to_a_part_of_the_page(made: Comparison) -> None:
    page = report.render_comparison(made)
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert {"differences", "versions", "methods", "method-1"} <= targets
    assert targets <= set(re.findall(r'\bid="([^"]+)"', page))


def test_a_sure_difference_is_a_sentence_and_an_unsure_one_is_not(made: Comparison) -> None:
    (sure, *_) = [one for one in made.differences if one.measure == "auc"]
    assert isinstance(sure.difference, Estimate)
    other = replace(sure, difference=replace(sure.difference, p_adjusted=0.2))
    told = {
        one.text for one in summary.differences(replace(made, differences=(sure, other)), report.titles(made.runs))
    }
    (text,) = told
    assert text.startswith("Net first has the higher AUC than Net second, by 0.")
    (text,) = (one.text for one in summary.differences(replace(made, differences=(other,)), {}))
    assert text.startswith("None of the 1 differences")


def test_a_difference_against_the_first_names_the_second_as_ahead(made: Comparison) -> None:
    behind = Estimate(
        value=-0.1, low=-0.2, high=-0.05, positives=9, negatives=0, patients=9, method="", p_adjusted=0.01
    )
    one = PairedDifference(first="first", second="third", measure="sensitivity", difference=behind)
    (said,) = summary.differences(replace(made, differences=(one,)), report.titles(made.runs))
    assert said.text == (
        "Net third finds more of the diseased than Net first, by 10.0 percentage points (5.0 to 20.0)."
    )


def test_what_is_counted_has_its_own_name_everywhere(made: Comparison) -> None:
    studies = replace(
        made, units=Units(name="study", aggregation="max"), cases="all runs were asked the same studies"
    )
    page = report.render_comparison(studies)
    assert "All runs answered the same studies" in page
    assert f"{made.counts.cases} studies of {made.counts.patients} patients were compared" in page
    beside_charts = re.sub(r"<svg.*?</svg>|data:text/csv[^\"]+", "", page, flags=re.DOTALL)
    assert re.findall(r".{40}\bcases\b.{40}", beside_charts) == []


def test_what_differs_between_runs_is_said_and_what_does_not_is_too(made: Comparison) -> None:
    first, second, third = made.runs
    assert second.tested is not None
    younger = replace(second.tested, indications=replace(second.tested.indications, min_age_years=21))
    given = replace(made, runs=(first, replace(second, tested=younger), replace(third, threshold=0.25)))
    differ, alike, unknown = runs.apart(given, "cases")
    assert unknown == []
    assert differ == ["patients", "threshold"]
    assert "protocol" in alike
    page = report.render_comparison(given)
    assert "They differ in: patients, threshold." in page
    assert "from 21 years" in page


def test_what_nobody_knows_of_a_run_is_not_called_alike(made: Comparison) -> None:
    elsewhere = tuple(replace(run, tested=None) for run in made.runs)
    page = report.render_comparison(replace(made, runs=elsewhere))
    assert "They are alike in: cases that it was asked, threshold, its own plan" in page
    assert "Not known of every run: images, views, patients, " in page


def test_an_end_beyond_zero_keeps_its_sign(made: Comparison) -> None:
    """A sure difference by its test, whose interval reaches across zero all the same."""
    one = made.differences[0]
    assert isinstance(one.difference, Estimate)
    ahead = replace(one.difference, value=-0.05, low=-0.11, high=0.01, p_adjusted=0.04)
    page = report.render_comparison(replace(made, differences=(replace(one, measure="auc", difference=ahead),)))
    assert ", by 0.050 (−0.010 to 0.110)." in page


def test_no_chart_is_taller_than_a_page_and_no_two_curves_look_alike(made: Comparison) -> None:
    many = tuple(replace(made.runs[0], run_id=f"run-{at}", model=f"Net {at}") for at in range(12))
    names = [one.run_id for one in many]
    pairs = [(first, second) for at, first in enumerate(names) for second in names[at + 1 :]]
    crossed = tuple(replace(made.differences[0], first=first, second=second) for first, second in pairs)
    given, called = replace(made, runs=many, differences=crossed), {name: name for name in names}
    assert [one.name for one in forest.paired(given, called)] == ["paired", "paired-2", "paired-3", "paired-4"]
    drawn = figures.rocs(given, called)
    assert drawn is not None
    curves = re.findall(
        r'<path d="[^"]+" clip-path="[^"]+" style="(fill: none; stroke[^"]+stroke-width: 1.8[^"]*)"', drawn.svg
    )
    assert len(curves) == len(set(curves)) == 12


def test_a_table_has_no_more_runs_than_fit_a_page(made: Comparison) -> None:
    many = tuple(replace(made.runs[0], run_id=f"run-{at}") for at in range(9))
    names = {one.run_id: one.run_id for one in many}
    given = replace(made, runs=many)
    for shown in (tables.groups(given, names, "auc"), runs.side_by_side(given, names, "cases")):
        assert [one for part in shown for one in part.headings[1:]] == list(names)
        assert max(len(part.headings) for part in shown) <= 8
        assert len({part.caption for part in shown}) == len(shown)


def test_a_failure_and_an_alarm_of_one_run_are_told(made: Comparison) -> None:
    first, *others = made.runs
    bad = replace(first, failed=12, failures={"timeout": 12}, alarm="The site alone tells the label.")
    page = report.render_comparison(replace(made, runs=(bad, *others)))
    table = page[page.index("No usable answer, by reason") :]
    assert re.search(r"Net first</th><td[^>]*>\d+</td><td[^>]*>12</td><td[^>]*>12</td>", table)
    assert "The confounding audit raised an alarm for Net first." in page
    hidden = report.render_comparison(replace(made, runs=(replace(first, failed=None), *others)))
    assert re.search(r"Net first</th><td[^>]*>\d+</td><td[^>]*>–</td>", hidden)


def test_small_groups_are_nowhere_in_the_charts_data(made: Comparison) -> None:
    page = report.render_comparison(made)
    files = [
        base64.b64decode(one).decode() for one in re.findall(r"data:text/csv;charset=utf-8;base64,([\w+/=]+)", page)
    ]
    rows = [row for text in files for row in csv.DictReader(io.StringIO(text)) if "level" in row]
    assert {row["run"] for row in rows} == {"Net first", "Net second", "Net third"}
    shown = {row["level"] for row in rows if row["value"]}
    assert "F" in shown
    assert "Small Harbour" not in shown
    assert "Small Harbour" in page


def test_titles_tell_runs_apart(made: Comparison) -> None:
    assert report.titles(made.runs)["first"] == "Net first"
    alike = tuple(replace(run, version="1", run_id=f"2021-net-{at}") for at, run in enumerate(made.runs))
    assert report.titles(alike)["2021-net-0"] == "Net 1 (0)"
    same_end = tuple(replace(run, version="1", run_id=f"{at}-net") for at, run in enumerate(made.runs))
    assert report.titles(same_end)["0-net"] == "Net 1 (0-net)"
    long = tuple(replace(run, model=f"{at}{'W' * 500}") for at, run in enumerate(made.runs))
    assert max(map(len, report.titles(long).values())) < 60
    nameless = tuple(replace(run, model="", version="", run_id=f"folder\x1b{at}") for at, run in enumerate(made.runs))
    assert report.titles(nameless)["folder\x1b0"] == "folder[U+001B]0"


def verb(reports: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nccid_eval.cli", "compare", "--reports", str(reports), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_verb_prints_a_league_and_writes_what_may_leave(reports: Path, tmp_path: Path) -> None:
    done = verb(reports, "first", "second", "--predecessor", "third", "-o", str(tmp_path / "out"), "--no-pdf")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^1 \(1-[12]\) +Net first +0\.\d{3} \(", done.stdout, re.MULTILINE)
    assert "3 runs on" in done.stdout
    assert "new versions of Net third" in done.stdout
    left = sorted(one.name for one in (tmp_path / "out" / "release").iterdir())
    assert left == ["SHA256SUMS", "comparison.html", "comparison.json"]


def test_json_on_stdout_is_the_file(reports: Path, tmp_path: Path) -> None:
    done = verb(reports, "first", "second", "-o", str(tmp_path), "--json", "--no-pdf")
    assert json.loads(done.stdout) == json.loads((tmp_path / "release" / "comparison.json").read_text())
    assert json.loads(done.stdout)["schema"] == "nccid-eval/comparison/1"


def test_a_refusal_is_one_message_with_its_own_exit_status(reports: Path, tmp_path: Path) -> None:
    done = verb(reports, "first", "-o", str(tmp_path / "none"))
    assert done.returncode == 75
    assert "two or more different runs are wanted" in done.stderr
    assert "mend:" in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "none").exists()
