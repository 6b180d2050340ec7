"""What of a partition's data-quality bands stands beside a scorecard, and that runs carry them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tests.unit.pipeline.assessments import assessment
from tests.unit.report import evaluation_factory as factory

from nccid_eval import archive
from nccid_eval.pipeline.quality import fit_to_leave


def test_sites_that_the_gate_hides_or_does_not_know_are_left_out() -> None:
    card = factory.scorecard()
    hidden = {**card.by_group, "site": card.by_group["site"] | {"Site A": factory.suppressed_group()}}
    for groups, left in ((hidden, {"Site B"}), (card.by_group, {"Site A", "Site B"}), ({}, set())):
        told = fit_to_leave(factory.quality(), replace(card, by_group=groups))
        assert told is not None
        assert set(told.sites) == left
        assert told.groups == factory.quality().groups


def test_bands_that_were_made_for_a_lower_minimum_do_not_leave() -> None:
    card = factory.scorecard()
    assert fit_to_leave(factory.quality(), replace(card, plan=replace(card.plan, minimum_patients=11))) is None
    assert fit_to_leave(None, card) is None


def test_a_run_carries_them_and_one_of_before_has_none(tmp_path: Path) -> None:
    run = archive.create(tmp_path / "run")
    carried = replace(assessment(), quality=factory.quality())
    archive.save_assessment(run, carried)
    assert archive.load_assessment(run) == carried
    path = run.private / "assessment.json"
    before = json.loads(path.read_text())
    del before["quality"]
    path.write_text(json.dumps(before))
    assert archive.load_assessment(run) == replace(carried, quality=None)


def test_what_is_released_tells_them_in_percent() -> None:
    table = archive.release_table(factory.evaluation())
    assert table["quality"]["sites"] == {"Site A": {"over": 60, "up_to": 80}, "Site B": {"over": 40, "up_to": 60}}
