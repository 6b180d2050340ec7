"""What a partition tells before any model sees it: its power, and in an audit the site that was planted one-sided."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tests.ground import ROOT

from nccid_eval import partition, scoring
from nccid_eval.cli.power import command as power
from nccid_eval.config import load_plan
from nccid_eval.errors import PartitionError, SubmissionError
from nccid_eval.pipeline.choosing import Wanted, choose
from nccid_eval.records import Indications, Plan, Predictions, Truth
from nccid_eval.scoring.suppression import hidden_in
from nccid_eval.synthetic.cohort import CONFOUNDED_SITE


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Power and strata hang on no replicate."""
    return replace(load_plan(ROOT / "configs" / "plan.toml"), replicates=100, permutations=100)


@pytest.fixture(scope="module")
def truth(built: Path) -> Truth:
    return partition.load_truth(built)


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(power, [*arguments, "--plan", str(ROOT / "configs" / "plan.toml")])
    assert done.exit_code == 0, done.output
    return done.stdout


def guess(truth: Truth) -> Predictions:
    score = np.random.default_rng(1).random(len(truth.case)) + 0.5 * truth.label
    everyone = np.ones(len(truth.case), dtype=np.bool_)
    return Predictions(case=truth.case, score=score, answered=everyone, outcome=np.full(len(truth.case), "ok"))


def test_the_verb_prints_the_partition_s_numbers_and_hides_its_small_cells(
    built: Path, truth: Truth, plan: Plan
) -> None:
    found = json.loads(printed("-p", str(built), "--json"))
    whole = next(row for row in found["rows"] if (row["group"], row["measure"]) == ("all", "sensitivity"))
    assert whole["cases"] == int(truth.label.sum())
    assert whole["patients"] == len(set(truth.patient[truth.label]))
    hidden = hidden_in(truth, plan, plan.minimum_patients)
    small = {f"{name}: {level}" for name, level in hidden if name in plan.attributes}
    assert small
    assert {row["group"] for row in found["rows"] if row["reason"].startswith("suppressed")} == small
    assert all(row["cases"] is None for row in found["rows"] if row["group"] in small)


def test_for_people_it_says_what_the_criteria_ask_for_and_every_group(built: Path, truth: Truth, plan: Plan) -> None:
    text = printed("-p", str(built))
    found = scoring.planned_power(truth, plan)
    for criterion, sentence in found.needed.items():
        assert f"{criterion}: {sentence}" in text
    lines = text.splitlines()
    for row in found.rows:
        assert any(line.startswith(row.group) for line in lines)


def test_a_run_s_scorecard_has_the_same_rows_behind_the_gate(truth: Truth, plan: Plan) -> None:
    card = scoring.score(guess(truth), truth, plan, target="covid_positive", threshold=0.7, partition_digest="")
    released = scoring.gate(card, truth, plan.minimum_patients).power
    assert released is not None
    before = scoring.planned_power(truth, plan)
    same = [(one.group, one.measure, one.assumed, one.patients, one.cases) for one in before.rows]
    assert [(one.group, one.measure, one.assumed, one.patients, one.cases) for one in released.rows] == same


def test_the_planted_site_is_named(truth: Truth, plan: Plan) -> None:
    card = scoring.score(guess(truth), truth, plan, target="covid_positive", threshold=0.7, partition_digest="")
    assert card.audit is not None
    assert f"site: {CONFOUNDED_SITE} (only diseased)" in card.audit.one_sided


def test_the_labels_are_read_once_the_last_container_is_gone(built: Path, tmp_path: Path) -> None:
    """In the process that talks to containers; what is counted beforehand, a child counts."""
    watched = [sys.executable, "-m", "tests.flow.watched", str(built), str(tmp_path)]
    done = subprocess.run(watched, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["container"] * 4 + ["truth"]


def test_what_the_child_says_of_the_cases_is_what_the_truth_says(built: Path, truth: Truth) -> None:
    unseen = partition.load(built)
    everyone = Indications(
        target="covid_positive", modalities=("DX", "CR"), views=("AP", "PA"), min_age_years=0, uses_demographics=False
    )
    patients = [len(set(truth.patient[truth.label == label])) for label in (True, False)]
    for minimum, refused in ((min(patients), False), (max(patients) + 1, True)):
        chosen = choose(Wanted(partition=unseen, indications=everyone, minimum_patients=minimum))
        assert (chosen.cases, chosen.flow) == partition.eligible(unseen, everyone)
        assert bool(chosen.too_few) is refused


def test_what_is_wrong_is_raised_out_of_the_child(built: Path) -> None:
    nobody = Indications(
        target="covid_positive", modalities=("CT",), views=("AP",), min_age_years=0, uses_demographics=False
    )
    with pytest.raises(SubmissionError, match="cover no case"):
        choose(Wanted(partition=partition.load(built), indications=nobody, minimum_patients=10))
    elsewhere = replace(partition.load(built), folder=built / "none")
    with pytest.raises(PartitionError):
        choose(Wanted(partition=elsewhere, indications=nobody, minimum_patients=10))
