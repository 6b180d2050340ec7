"""Too few patients to say anything: how many it would take, in words.

Source: Fleiss, Levin, Paik 2003, chapter 2 (one proportion against a known one).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from nccid_eval.records import Measure, NotEstimable, Plan
from nccid_eval.scoring.power_sizes import size_of_score_test
from nccid_eval.scoring.proportions import Tally, effective_cases, unestimable
from nccid_eval.scoring.wording import percent

DIFFERENCE = 0.10
OF = {
    "sensitivity": "diseased",
    "false_negative_rate": "diseased",
    "specificity": "healthy",
    "false_positive_rate": "healthy",
}


def patients_needed(tally: Tally, plan: Plan) -> int | None:
    """Patients of a group whose proportion lies ten points below everybody's, to see it with the plan's power.

    The score test against everybody's p, taken as known (ten points above it where p is below .1); times patients per
    effective case. None where p cannot be estimated.
    """
    if unestimable(tally):
        return None
    known = tally.value
    there = known - DIFFERENCE if known >= DIFFERENCE else known + DIFFERENCE
    cases = size_of_score_test(known, there, plan.level, plan.power)
    return math.ceil(cases * tally.patients / effective_cases(tally))


def statements(diseased: Tally, healthy: Tally, plan: Plan) -> dict[str, str]:
    """By measure, what a group would need; empty where the whole study cannot tell."""
    found = {}
    for measure, kind in OF.items():
        number = patients_needed(diseased if kind == "diseased" else healthy, plan)
        if number is not None:
            found[measure] = (
                f"; a group of about {number} {kind} patients would show a difference of "
                f"{100 * DIFFERENCE:g} points (power {percent(plan.power)})"
            )
    return found


def explained(measures: Mapping[str, Measure], needs: Mapping[str, str]) -> dict[str, Measure]:
    """The same measures; what is not estimable for want of patients says so, and how many it would take."""
    return {
        name: replace(one, reason=f"insufficient data: {one.reason}{needs.get(name, '')}")
        if isinstance(one, NotEstimable) and "fewer than two" in one.reason
        else one
        for name, one in measures.items()
    }
