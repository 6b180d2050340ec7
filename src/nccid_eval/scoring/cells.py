"""Cells: the cases of one level of an attribute, or of two attributes' levels together.

Every attribute that the truth holds makes cells, the planned ones first in the plan's order; an unknown value is the
level `unknown` and belongs to the complement of the others. Each attribute divides all cases up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nccid_eval.records import Flags, Plan, Texts, Truth
from nccid_eval.scoring.multiplicity import PLANNED_AS
from nccid_eval.scoring.proportions import Tally, failure_tally, sensitivity_tally, specificity_tally
from nccid_eval.scoring.recorded import for_diseased_alone
from nccid_eval.scoring.sample import Sample, subset

UNKNOWN = "unknown"
CROSS = " × "


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cell:
    """One level of one attribute: which of the sample's cases are in it, and its tallies.

    With `diseased_alone` failures are counted among diseased cases, and nothing is said of healthy ones.
    """

    attribute: str
    level: str
    inside: Flags
    group: Sample
    diseased: Tally
    healthy: Tally
    failing: Tally
    diseased_alone: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """The level of each case of the truth, and whether the attribute's value is known."""

    levels: Texts
    known: Flags


def columns_of(truth: Truth, plan: Plan) -> dict[str, Column]:
    """One column an attribute."""
    return {name: _column(truth.attributes[name]) for name in ordered_attributes(truth, plan)}


def crossed_columns(truth: Truth, plan: Plan) -> dict[str, Column]:
    """One column, as `sex × age_band`, a pair of the plan whose two attributes the truth holds."""
    single, found = columns_of(truth, plan), {}
    for pair in plan.intersections:
        names = [_held(name, single) for name in pair]
        if all(names) and len(names) == 2:
            first, second = (single[name] for name in names)
            levels = np.char.add(np.char.add(first.levels, CROSS), second.levels)
            found[CROSS.join(names)] = Column(levels=levels, known=first.known & second.known)
    return found


def cells_of(sample: Sample, truth: Truth, plan: Plan) -> tuple[Cell, ...]:
    """All cells of single attributes, planned ones first, levels in alphabetical order."""
    return _cells(sample, columns_of(truth, plan))


def crossed_cells(sample: Sample, truth: Truth, plan: Plan) -> tuple[Cell, ...]:
    """All cells of the plan's pairs of attributes, levels in alphabetical order."""
    return _cells(sample, crossed_columns(truth, plan))


def _cells(sample: Sample, columns: Mapping[str, Column]) -> tuple[Cell, ...]:
    found = []
    for attribute, column in columns.items():
        levels, codes = np.unique(column.levels[sample.source], return_inverse=True)
        alone = for_diseased_alone(column.known[sample.source], sample.patient, sample.label)
        for at, level in enumerate(levels.tolist()):
            found.append(_cell(sample, attribute, level, codes == at, diseased_alone=alone))
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


def _column(values: Texts) -> Column:
    levels = named(values)
    return Column(levels=levels, known=np.asarray(levels != UNKNOWN, dtype=np.bool_))


def _held(name: str, columns: Mapping[str, Column]) -> str:
    """The name under which the truth holds an attribute of the plan; empty where it does not."""
    others = (held for held, planned in PLANNED_AS.items() if planned == name)
    return next((one for one in (name, *others) if one in columns), "")


def _cell(sample: Sample, attribute: str, level: str, inside: Flags, *, diseased_alone: bool) -> Cell:
    group = subset(sample, inside)
    return Cell(
        attribute=attribute,
        level=level,
        inside=inside,
        group=group,
        diseased=sensitivity_tally(group),
        healthy=specificity_tally(group),
        failing=failing_tally(group, diseased_alone=diseased_alone),
        diseased_alone=diseased_alone,
    )


def failing_tally(sample: Sample, *, diseased_alone: bool) -> Tally:
    """Failures among all cases, or among the diseased ones."""
    if not diseased_alone:
        return failure_tally(sample)
    tally = failure_tally(subset(sample, sample.label))
    return Tally(hits=tally.hits, cases=tally.cases, kind="diseased")
