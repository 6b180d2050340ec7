"""What may be said of a partition before a run: its power, behind the disclosure gate."""

from __future__ import annotations

from nccid_eval.records import Plan, Power, Truth
from nccid_eval.scoring.power import gated_power, power_before
from nccid_eval.scoring.suppression import hidden_in


def planned_power(truth: Truth, plan: Plan) -> Power:
    """The numbers of the report's table, with a stated correlation of a patient's cases in place of an estimated one.

    Rows of the cells that the gate would suppress, at the plan's `minimum_patients`, keep their names alone.
    """
    return gated_power(power_before(truth, plan), hidden_in(truth, plan, plan.minimum_patients))
