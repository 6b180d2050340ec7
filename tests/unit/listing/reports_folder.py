"""Folders as reports/ holds them, made by hand: finished runs, runs under way, a model that failed, comparisons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tests.unit.report.evaluation_factory import evaluation
from tests.unit.test_archive import assessment

from nccid_eval import archive, scoring
from nccid_eval.archive import RunFolder
from nccid_eval.journal import Entry, encode
from nccid_eval.records import CaseTable, Evaluation

MADE = replace(evaluation(), scorecard=replace(evaluation().scorecard, roc=()))  # what no index shows is not needed


def named(
    run_id: str,
    model: str = "Chestnet",
    *,
    version: str = "1.0",
    vendor: str = "Example Imaging Ltd",
    target: str = "covid_positive",
    conclusion: str = "inconclusive",
    auc: float = 0.874,
) -> Evaluation:
    assert MADE.submission is not None
    card = MADE.scorecard
    overall = {**card.overall, "auc": replace(card.overall["auc"], value=auc, low=auc - 0.02, high=auc + 0.02)}
    return replace(
        MADE,
        run_id=run_id,
        submission=replace(MADE.submission, name=model, version=version, vendor=vendor),
        scorecard=replace(card, target=target, conclusion=conclusion, overall=overall),
    )


def finish(reports: Path, made: Evaluation, folder: str = "") -> RunFolder:
    """A finished run as an index sees it: its release, with pages that are empty."""
    run = archive.create(reports / (folder or made.run_id))
    archive.save_release(run.release, made)
    archive.write_json(run.release / "scorecard.json", scoring.to_json(made.scorecard))
    for name in ("report.html", "estimates.csv"):
        (run.release / name).write_text("", encoding="utf-8")
    return run


def begin(reports: Path, run_id: str = "20260301-090000-chestnet-1-0-ab12", cases: int = 4) -> RunFolder:
    """A run that was begun: of `cases` cases, nothing is asked yet."""
    run = archive.create(reports / run_id)
    names = tuple(f"c{at:05d}" for at in range(cases))
    table = CaseTable(case=names, files=(1,) * cases)
    archive.save_assessment(run, replace(assessment(), run_id=run_id, cases=table))
    return run


def write(journal: Path, entries: Iterable[Entry]) -> None:
    journal.write_bytes(b"".join(encode(entry) for entry in entries))


def refuse(reports: Path, folder: str, *, told: bool = True) -> RunFolder:
    """A model that failed on synthetic cases; whose it is was not always told."""
    run = begin(reports, folder)
    table = {"schema": "nccid-eval/rehearsal/1", "step": "canary", "cases": 1, "failures": {"exited": 1}}
    whose = {"vendor": "Example", "model": "Brokennet", "version": "0.1"} if told else {}
    archive.write_json(run.release / "rehearsal.json", {**table, "reasons": [], "stderr": ["<script>"], **whose})
    return run
