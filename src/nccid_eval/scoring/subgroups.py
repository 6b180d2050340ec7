"""Every attribute's levels as cells: their measures, and their differences to the complement.

Every attribute that the truth holds is scored, the planned ones first in the plan's order; an unknown value is the
level `unknown` and belongs to the complement of the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nccid_eval.records import Flags, GroupScore, Measure, NotEstimable, Numbers, Plan, Texts, Truth
from nccid_eval.scoring.auc import auc_measure
from nccid_eval.scoring.differences import auc_difference, proportion_difference
from nccid_eval.scoring.multiplicity import PLANNED_AS, adjust
from nccid_eval.scoring.proportions import (
    Tally,
    failure_tally,
    proportion_measure,
    sensitivity_tally,
    specificity_tally,
)
from nccid_eval.scoring.sample import Sample, count, subset
from nccid_eval.scoring.signature import stated

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cell:
    """One level of one attribute: which of the sample's cases are in it, and its tallies."""

    attribute: str
    level: str
    inside: Flags
    group: Sample
    diseased: Tally
    healthy: Tally


def cells_of(sample: Sample, truth: Truth, plan: Plan) -> tuple[Cell, ...]:
    """All cells, planned attributes first, levels in alphabetical order."""
    found = []
    for attribute in ordered_attributes(truth, plan):
        levels, codes = np.unique(named(truth.attributes[attribute])[sample.source], return_inverse=True)
        for at, level in enumerate(levels.tolist()):
            found.append(_cell(sample, attribute, level, codes == at))
    return tuple(found)


def ordered_attributes(truth: Truth, plan: Plan) -> list[str]:
    """The truth's attributes: the planned ones in the plan's order, then the others in their own."""

    def place(name: str) -> int:
        planned_name = name if name in plan.attributes else PLANNED_AS.get(name, name)
        return plan.attributes.index(planned_name) if planned_name in plan.attributes else len(plan.attributes)

    return sorted(truth.attributes, key=place)


def named(values: Texts) -> Texts:
    """An empty value is the level `unknown`."""
    return np.array([one or UNKNOWN for one in values.tolist()], dtype=np.str_)


def tally_columns(diseased: Tally, healthy: Tally) -> Numbers:
    """Per-patient sums as the bootstrap wants them: (patients × 4) diseased hits, cases, healthy hits, cases."""
    return np.column_stack((diseased.hits, diseased.cases, healthy.hits, healthy.cases))


def score_groups(
    sample: Sample, cells: tuple[Cell, ...], whole: Numbers, parts: Numbers, plan: Plan
) -> dict[str, dict[str, GroupScore]]:
    """Measures and differences of each cell, Holm over the planned family.

    `whole` (replicates × 4) and `parts` (replicates × 4·cells) are bootstrap sums of `tally_columns`, of the whole
    sample and of each cell from the same draws.
    """
    groups: dict[str, dict[str, GroupScore]] = {}
    for at, cell in enumerate(cells):
        inside = parts[:, 4 * at : 4 * at + 4]
        groups.setdefault(cell.attribute, {})[cell.level] = GroupScore(
            counts=count(cell.group),
            measures=stated(_measures(cell, plan), failures="wrong"),
            differences=stated(_differences(sample, cell, inside, whole - inside, plan), failures="wrong"),
        )
    return adjust(groups, plan.attributes)


def _cell(sample: Sample, attribute: str, level: str, inside: Flags) -> Cell:
    group = subset(sample, inside)
    return Cell(
        attribute=attribute,
        level=level,
        inside=inside,
        group=group,
        diseased=sensitivity_tally(group),
        healthy=specificity_tally(group),
    )


def _measures(cell: Cell, plan: Plan) -> dict[str, Measure]:
    level, kind = plan.level, plan.proportion_interval
    return {
        "auc": auc_measure(cell.group, level, plan.auc_interval),
        "sensitivity": proportion_measure(cell.diseased, cell.group, level, kind),
        "specificity": proportion_measure(cell.healthy, cell.group, level, kind),
        "failure_rate": proportion_measure(failure_tally(cell.group), cell.group, level, kind),
    }


def _differences(sample: Sample, cell: Cell, inside: Numbers, outside: Numbers, plan: Plan) -> dict[str, Measure]:
    if cell.inside.all():
        alone = NotEstimable(reason=f"no case lies outside this group: all have {cell.attribute} = {cell.level}")
        return dict.fromkeys(("auc", "sensitivity", "specificity"), alone)
    rest = subset(sample, ~cell.inside)
    shares = (
        (cell.diseased, sensitivity_tally(rest), slice(0, 2)),
        (cell.healthy, specificity_tally(rest), slice(2, 4)),
    )
    sensitivity, specificity = (
        proportion_difference(mine, others, np.hstack((inside[:, part], outside[:, part])), plan)
        for mine, others, part in shares
    )
    return {
        "auc": auc_difference(cell.group, rest, plan.level),
        "sensitivity": sensitivity,
        "specificity": specificity,
    }
