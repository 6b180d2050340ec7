"""Verdicts on the bars that were fixed before the run."""

from __future__ import annotations

from collections.abc import Mapping

from nccid_eval.records import Criterion, Measure, NotEstimable, Plan, Verdict

MET, NOT_MET, INCONCLUSIVE = "met", "not met", "inconclusive"


def judge(overall: Mapping[str, Measure], plan: Plan) -> tuple[Verdict, ...]:
    """One verdict a criterion; the evaluation passes only where all of them are met."""
    return tuple(_verdict(criterion, overall) for criterion in plan.criteria)


def _verdict(criterion: Criterion, overall: Mapping[str, Measure]) -> Verdict:
    """Superiority: met when the lower limit lies above the bar, not met when the upper limit lies below it."""
    measure = overall.get(criterion.metric, NotEstimable(reason=f"'{criterion.metric}' is not computed"))
    if isinstance(measure, NotEstimable):
        verdict = INCONCLUSIVE
    elif measure.low > criterion.bar:
        verdict = MET
    else:
        verdict = NOT_MET if measure.high < criterion.bar else INCONCLUSIVE
    return Verdict(criterion=criterion, measure=measure, verdict=verdict)
