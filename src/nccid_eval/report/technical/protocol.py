"""What went otherwise than planned, as far as the run knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nccid_eval.records import Evaluation
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.tables import Link

OURS = {
    "infra": "failed on our own side and {are} left out of every number",
    "poison": "stopped our own software and {are} left out of every number",
}


def deviations(evaluation: Evaluation) -> tuple[Link, ...]:
    """One sentence each, with the part of the report that says more."""
    return (*_of_plan(evaluation), *_of_cases(evaluation), *_of_checks(evaluation))


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    name: str
    changes: str


def commit(given: str) -> Commit:
    """The commit of the evaluating software, and whether the software was as that commit holds it."""
    name = given.removesuffix("-dirty")
    if name != given:
        return Commit(name=name, changes="yes: the software that ran was not what the commit holds")
    return Commit(name=name, changes="not known" if given == "unknown" else "none")


def _of_plan(evaluation: Evaluation) -> Iterator[Link]:
    if evaluation.partition is None:
        yield Link(
            text="The predictions were made elsewhere: nobody knows here whether this plan was fixed before.",
            href="index-test",
        )
    elif not evaluation.plan_fixed:
        yield Link(
            text="The run was scored again by another plan than the one that was fixed before it: read its verdicts "
            "as exploratory.",
            href="protocol",
        )


def _of_cases(evaluation: Evaluation) -> Iterator[Link]:
    lost = {name: evaluation.scorecard.failures.get(name, 0) for name in OURS}
    lost["poison"] = lost["poison"] or sum(
        step.images for step in evaluation.flow if step.stage == "evaluation" and not step.kept
    )
    for name, number in lost.items():
        if number:
            what = OURS[name].format(are="is" if number == 1 else "are")
            yield Link(text=f"{wording.many(number, 'case')} {what}.", href="failures")


def _of_checks(evaluation: Evaluation) -> Iterator[Link]:
    if "dirty" in evaluation.commit:
        yield Link(text="The evaluating software had changes that its commit does not hold.", href="provenance")
    if evaluation.order_check is not None and evaluation.order_check.not_available:
        yield Link(text="The order check could not be made.", href="order-check")
    if evaluation.partition is not None and evaluation.leakage is None:
        yield Link(text="No audit that the data are unseen was handed in.", href="unseen")
