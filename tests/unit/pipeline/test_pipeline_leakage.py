"""What an audit found goes with a run from its start to what leaves."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

from tests.unit.pipeline.assessments import assessment
from tests.unit.report import evaluation_factory as factory

from nccid_eval import archive


def test_a_run_carries_it_and_one_of_before_has_none(tmp_path: Path) -> None:
    run = archive.create(tmp_path / "run")
    carried = replace(assessment(), leakage=factory.leakage())
    archive.save_assessment(run, carried)
    assert archive.load_assessment(run) == carried
    path = run.private / "assessment.json"
    before = json.loads(path.read_text())
    del before["leakage"]
    path.write_text(json.dumps(before))
    assert archive.load_assessment(run) == replace(carried, leakage=None)


def test_what_is_released_tells_it() -> None:
    found = factory.leakage()
    table = archive.release_table(replace(factory.evaluation(), leakage=found))
    assert table["leakage"] == json.loads(json.dumps(asdict(found)))
