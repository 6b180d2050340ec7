"""What a release says of who was counted: the unit of analysis, and the flow that led to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from nccid_eval.records import Assessment, CaseResult, FlowStep, Outcome, PartitionRules, Units

STANDARD = "reference standard"  # the flow's stage at which images have no label
LOST = "cases that the harness itself could not survive"


def units(rules: PartitionRules) -> Units | None:
    """What is counted in place of cases; None where cases are."""
    return Units(name=rules.unit, aggregation=rules.aggregation) if rules.unit not in ("", rules.case) else None


def flow(assessment: Assessment, results: Collection[CaseResult]) -> tuple[FlowStep, ...]:
    """The partition's flow and that of the indications of use, fit to leave; then what our own side lost."""
    return (*_fit_to_leave(assessment.flow, assessment.partition.rules.target), *_poison(results))


def _fit_to_leave(steps: Collection[FlowStep], target: str) -> Iterator[FlowStep]:
    """A reason such as "taken after the death" tells what became of a few patients: for outcomes all are one step."""
    reasons = [step for step in steps if step.stage == STANDARD and not step.kept]
    if target == "covid_positive" or not reasons:
        yield from steps
        return
    together = FlowStep(
        stage=STANDARD,
        reason=f"no reference standard for {target.replace('_', ' ')}",
        kept=False,
        images=sum(step.images for step in reasons),
        studies=sum(step.studies for step in reasons),
        patients=sum(step.patients for step in reasons),
    )
    for step in steps:
        if step is reasons[0]:
            yield together
        elif step not in reasons:
            yield step


def _poison(results: Collection[CaseResult]) -> tuple[FlowStep, ...]:
    """Cases that killed the harness itself are ours: left out for every vendor, and named."""
    left_out = sum(result.outcome is Outcome.POISON for result in results)
    if not left_out:
        return ()
    return (FlowStep(stage="evaluation", reason=LOST, kept=False, images=left_out, studies=left_out, patients=0),)


def lost(flow: Collection[FlowStep]) -> int:
    """How many cases a release's flow says were left out as ours."""
    return sum(step.images for step in flow if step.reason == LOST)
