"""Verdicts on the bars that were fixed before the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nccid_eval.records import Criterion, Measure, NotEstimable, Plan, Verdict

MET, NOT_MET, INCONCLUSIVE = "met", "not met", "inconclusive"


def judge(overall: Mapping[str, Measure], plan: Plan) -> tuple[Verdict, ...]:
    """One verdict a criterion, in the plan's order."""
    return tuple(_verdict(criterion, overall) for criterion in plan.criteria)


def conclude(verdicts: Sequence[Verdict]) -> str:
    """Of the primary criteria together: met where all are met, not met where one is not; empty without any.

    Co-primary criteria need no correction, as all must hold. Secondary ones do not count.
    """
    found = {one.verdict for one in verdicts if one.criterion.primary}
    if not found:
        return ""
    if found == {MET}:
        return MET
    return NOT_MET if NOT_MET in found else INCONCLUSIVE


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
