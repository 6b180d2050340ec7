"""What a release says of who was counted tells of no small group what became of it."""

from dataclasses import replace

import pytest
from tests.unit.pipeline.assessments import assessment, result

from nccid_eval.pipeline import counted
from nccid_eval.records import FlowStep, Outcome, Units


def step(stage: str, reason: str, images: int, patients: int) -> FlowStep:
    return FlowStep(stage=stage, reason=reason, kept=not reason, images=images, studies=images, patients=patients)


FLOW = (
    step("images in validation/", "", 20, 9),
    step("folder", "in ct/", 1, 1),
    step("reference standard", "taken after the death", 2, 1),
    step("reference standard", "no date of the death", 3, 2),
    step("with a reference standard", "", 14, 5),
    step("cases", "the study's images have both labels", 1, 0),
    step("images of the cases", "", 13, 5),
)


@pytest.mark.parametrize("target", ["death", "icu_admission", "intubation", "severity_moderate_or_worse"])
def test_reasons_that_tell_an_outcome_leave_as_one_step_that_adds_up(target: str) -> None:
    asked = assessment()
    rules = replace(asked.partition.rules, target=target)
    asked = replace(asked, flow=FLOW, partition=replace(asked.partition, rules=rules))
    found = counted.flow(asked, [])
    assert [one.stage for one in found] == [one.stage for one in (*FLOW[:3], *FLOW[4:])]
    assert (found[2].images, found[2].studies, found[2].patients, found[2].kept) == (5, 5, 3, False)
    assert "after" not in found[2].reason


def test_reasons_of_swabs_leave_as_they_are() -> None:
    assert counted.flow(replace(assessment(), flow=FLOW), []) == FLOW


def test_a_flow_without_such_reasons_leaves_as_it_is() -> None:
    asked = assessment()
    rules = replace(asked.partition.rules, target="death")
    short = FLOW[:2]
    assert counted.flow(replace(asked, flow=short, partition=replace(asked.partition, rules=rules)), []) == short


def test_what_our_own_side_lost_is_the_last_step() -> None:
    lost = replace(result("c1", None), outcome=Outcome.POISON)
    found = counted.flow(replace(assessment(), flow=FLOW), [lost, result("c2", 0.5)])
    assert (found[-1].stage, found[-1].images, found[:-1]) == ("evaluation", 1, FLOW)


@pytest.mark.parametrize(("unit", "name"), [("", None), ("image", None), ("study", "study"), ("patient", "patient")])
def test_units_are_named_where_they_are_not_the_cases(unit: str, name: str | None) -> None:
    rules = replace(assessment().partition.rules, case="image", unit=unit, aggregation="mean")
    assert counted.units(rules) == (Units(name=name, aggregation="mean") if name else None)
