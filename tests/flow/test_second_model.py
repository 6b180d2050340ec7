"""The second reference model, a vendor's container unlike the first's, taken through a whole evaluation."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from tests.flow.bright import around, quick_plan
from tests.ground import ROOT

from nccid_eval.config import load_limits
from nccid_eval.engine import Engine
from nccid_eval.pipeline import evaluate
from nccid_eval.records import Estimate

pytestmark = pytest.mark.engine
SUBMISSION = ROOT / "submissions" / "reference-torchvision"
SAVED = SUBMISSION / "reference-torchvision.tar"


@pytest.mark.skipif(not SAVED.is_file(), reason="THE SECOND MODEL'S IMAGE IS MISSING (make demo-compare), not tested")
def test_the_second_model_answers_every_case_and_the_same_when_it_is_asked_again(
    built: Path, tmp_path: Path, docker_engine: Engine
) -> None:
    limits = dataclasses.replace(load_limits(ROOT / "configs" / "limits.toml"), repeat_cases=8)
    done = evaluate(
        SUBMISSION,
        built,
        plan=quick_plan(),
        limits=limits,
        reports=tmp_path / "reports",
        seed=1,
        gpu="auto",
        around=around(docker_engine, ""),
    ).evaluation
    assert done.scorecard.counts.failures == 0
    auc = done.scorecard.overall["auc"]
    assert isinstance(auc, Estimate)
    assert auc.value > 0.65  # it learnt from other synthetic patients: chance would be 0.5
    assert done.rehearsal is not None
    assert (done.rehearsal.declined, done.rehearsal.failed) == (0, 0)
    assert done.order_check is not None
    assert (done.order_check.compared, done.order_check.largest_change) == (8, 0.0)
    assert done.run is not None
    assert done.run.options["read_only_root"] == "True"
