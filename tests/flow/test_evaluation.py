"""The whole pipeline on a plain process: what is written, what may leave, and that it can be scored again."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.flow.bright import copied
from tests.flow.brightness import is_chosen
from tests.ground import ROOT

from nccid_eval import archive, journal, partition, pipeline
from nccid_eval.config import load_plan
from nccid_eval.errors import JournalError, StorageError
from nccid_eval.journal import Answered
from nccid_eval.pipeline import Finished

RunOf = Callable[[str], Finished]


def test_a_run_leaves_everything_and_releases_only_what_may_leave(run_of: RunOf, built: Path) -> None:
    done = run_of("")
    private = {path.name for path in done.run.private.iterdir()}
    release = {path.name for path in done.run.release.iterdir()}
    assert private >= {"assessment.json", "journal.log", "predictions.csv", "truth.csv", "scorecard.json"}
    pages = {"report.html", "summary.html", "letter.html"}
    tables = {"run.json", "scorecard.json", "estimates.csv", "vendor.json"}
    assert release == {"SHA256SUMS", *tables, *pages}
    assert done.run.private.stat().st_mode & 0o077 == 0
    leaving = "".join(path.read_text() for path in done.run.release.iterdir())
    cases = partition.load(built).cases.case
    assert cases
    assert [case for case in cases if case in leaving] == []
    assert str(built) not in leaving
    assert "<script>alert" not in done.report.read_text()


def test_the_scorecard_has_its_promised_shape(run_of: RunOf) -> None:
    card = json.loads((run_of("").run.release / "scorecard.json").read_text())
    for name in ("auc", "sensitivity", "specificity"):
        assert set(card["overall"][name]) >= {"value", "low", "high", "positives", "negatives", "patients", "method"}
        assert 0 <= card["overall"][name]["low"] <= card["overall"][name]["value"] <= card["overall"][name]["high"]
    assert set(card["by_group"]) >= {"sex", "age_band", "site", "view", "maker", "modality", "ethnicity"}
    for level in card["by_group"]["sex"].values():
        assert set(level["auc"]) >= {"reason"} or "value" in level["auc"]


def test_flow_ends_in_the_cases_that_were_scored(run_of: RunOf) -> None:
    evaluation = run_of("").evaluation
    assert evaluation.flow[-1].kept
    assert evaluation.flow[-1].images == evaluation.scorecard.counts.cases


def test_scoring_and_rendering_again_give_the_same_bytes(run_of: RunOf, tmp_path: Path) -> None:
    run = copied(run_of("decline"), tmp_path)
    card, page = run.release / "scorecard.json", run.report
    before = (card.read_bytes(), page.read_bytes(), (run.private / "scorecard.json").read_bytes())
    for path in (card, page):
        path.write_bytes(b"gone")
    pipeline.rescore(archive.find(str(run.root), ROOT))
    pipeline.rerender(run)
    assert (card.read_bytes(), page.read_bytes(), (run.private / "scorecard.json").read_bytes()) == before


def test_another_plan_makes_another_folder_that_says_so(run_of: RunOf, tmp_path: Path) -> None:
    done = run_of("")
    before = (done.run.release / "scorecard.json").read_bytes()
    plan = tmp_path / "lax.toml"
    text = (ROOT / "configs" / "plan.toml").read_text().replace("bar = 0.70", "bar = 0.05")
    plan.write_text(re.sub(r"^(replicates|permutations) = \d+", r"\1 = 100", text, flags=re.MULTILINE))
    other = pipeline.rescore_by(done.run, load_plan(plan), tmp_path / "other")
    assert (done.run.release / "scorecard.json").read_bytes() == before
    assert other.run.root == tmp_path / "other"
    assert "read its verdicts as exploratory" in other.report.read_text()
    assert "read its verdicts as exploratory" not in done.report.read_text()
    page = other.report.read_bytes()
    assert pipeline.rerender(other.run).read_bytes() == page
    with pytest.raises(StorageError, match="something is there already"):
        pipeline.rescore_by(done.run, load_plan(plan), tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_changed_reference_standard_is_refused(run_of: RunOf, tmp_path: Path) -> None:
    run = copied(run_of("decline"), tmp_path)
    before = (run.release / "scorecard.json").read_bytes()
    text = run.truth.read_text()
    run.truth.write_text(text.replace(",1,", ",0,", 1))
    with pytest.raises(JournalError, match="not the one"):
        pipeline.rescore(run)
    assert (run.release / "scorecard.json").read_bytes() == before


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("decline", "declined"),
        ("exit", "exited"),
        ("nan", "malformed"),
        ("rubbish", "malformed"),
        ("hang", "timeout"),
    ],
)
def test_a_misbehaving_model_is_counted_and_the_run_goes_on(
    run_of: RunOf, built: Path, behaviour: str, outcome: str
) -> None:
    done = run_of(behaviour)
    with (done.run.private / "predictions.csv").open() as file:
        outcomes = {row["case"]: row["outcome"] for row in csv.DictReader(file)}
    bad = {case for case in outcomes if is_chosen(built / "cases" / case / "0000.dcm")}
    assert bad
    assert {case for case, said in outcomes.items() if said != "ok"} == bad
    assert {outcomes[case] for case in bad} == {outcome}
    assert done.evaluation.scorecard.counts.failures == len(bad)


def test_each_case_is_answered_once(run_of: RunOf) -> None:
    done = run_of("exit")
    answered = [
        result.case
        for entry in journal.read(done.run.journal)
        if isinstance(entry, Answered)
        for result in entry.results
    ]
    assert len(answered) == len(set(answered)) == done.evaluation.scorecard.counts.cases
