"""An evaluation whose unit of analysis is the patient: every number counts patients, whoever scores the run again."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.flow.bright import IMAGE_ID, PlainEngine, around, quick_plan, write_submission
from tests.ground import ROOT

from nccid_eval import partition, pipeline, predictions
from nccid_eval.comparison import entries
from nccid_eval.config import load_limits, load_partition_rules
from nccid_eval.pipeline import Finished
from nccid_eval.records import Units


@pytest.fixture(scope="module")
def finished(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("units")
    rules = load_partition_rules(ROOT / "configs" / "partition.toml")
    built = partition.build(
        warehouse,
        folder / "partition",
        replace(rules, unit="patient", aggregation="mean"),
        strict=False,
        workers=2,
        progress=lambda *_: None,
        warn=lambda text: None,
    )
    return pipeline.evaluate(
        write_submission(folder / "submission", f"brightness@{IMAGE_ID}"),
        built.folder,
        plan=quick_plan(),
        limits=replace(load_limits(ROOT / "configs" / "limits.toml"), repeat_cases=0),
        reports=folder / "reports",
        seed=1,
        gpu="auto",
        around=around(PlainEngine()),
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_scorecard_counts_patients_and_the_evidence_is_kept_by_case(finished: Finished) -> None:
    truth = rows(finished.run.truth)
    patients = {row["patient"] for row in truth}
    assert {row["unit"] for row in truth} == patients
    assert len(patients) < len(truth) == len(rows(finished.run.private / "predictions.csv"))
    counts = finished.evaluation.scorecard.counts
    assert counts.cases == counts.patients == len(patients)
    assert finished.evaluation.units == Units(name="patient", aggregation="mean")


def test_the_release_says_what_was_counted(finished: Finished) -> None:
    told = json.loads((finished.run.release / "run.json").read_text())
    assert told["units"] == {"name": "patient", "aggregation": "mean"}
    assert "patient: its score is the mean score of its cases" in finished.report.read_text()


def test_scoring_again_and_a_comparison_count_the_same(finished: Finished) -> None:
    card = (finished.run.release / "scorecard.json").read_bytes()
    pipeline.rescore(finished.run)
    assert (finished.run.release / "scorecard.json").read_bytes() == card
    entry = entries.load(finished.run)
    assert len(entry.truth.case) == len(entry.predictions.case) == finished.evaluation.scorecard.counts.cases


def test_the_runs_tables_can_be_scored_elsewhere_by_unit(finished: Finished, tmp_path: Path) -> None:
    done = pipeline.score_files(
        finished.run.private / "predictions.csv",
        finished.run.truth,
        threshold=0.45,
        plan=quick_plan(),
        gate=True,
        target="covid_positive",
        out=tmp_path / "scored",
        commit="",
        aggregation="mean",
    )
    assert done.evaluation.scorecard.overall["auc"] == finished.evaluation.scorecard.overall["auc"]
    assert done.evaluation.units == Units(name="unit", aggregation="mean")
    assert "the unit that the truth names: its score is the mean" in done.report.read_text()
    kept = predictions.read_truth(done.run.truth)
    assert kept.unit is None
    assert len(kept.case) == finished.evaluation.scorecard.counts.cases
