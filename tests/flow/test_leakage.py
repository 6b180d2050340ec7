"""Findings of a leakage audit that an evaluation is given: looked at first, and fixed with the run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.flow.bright import IMAGE_ID, PlainEngine, around, quick_plan, write_submission
from tests.ground import ROOT

from nccid_eval import pipeline
from nccid_eval.cli.evaluate import command
from nccid_eval.config import load_limits
from nccid_eval.errors import PartitionError


def test_findings_of_other_images_end_an_evaluation_before_there_is_a_run(built: Path, tmp_path: Path) -> None:
    findings = tmp_path / "leakage.json"
    findings.write_text(json.dumps({"warehouse": "another", "checks": [], "validation_images": ["0" * 64]}))
    with pytest.raises(PartitionError, match="did not compare"):
        pipeline.evaluate(
            write_submission(tmp_path / "submission", f"brightness@{IMAGE_ID}"),
            built,
            plan=quick_plan(),
            limits=load_limits(ROOT / "configs" / "limits.toml"),
            reports=tmp_path / "reports",
            seed=1,
            gpu="auto",
            around=around(PlainEngine()),
            leakage=findings,
        )
    assert not (tmp_path / "reports").exists()


def test_a_resumed_run_keeps_its_own() -> None:
    done = CliRunner().invoke(command, ["--resume", "run", "--leakage", "leakage.json"])
    assert done.exit_code == 2
    assert "keeps its own leakage" in done.output
