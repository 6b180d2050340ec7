"""Every cell's measures, and its differences to its complement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from nccid_eval.records import Estimate, GroupScore, Measure, NotEstimable, Numbers, Plan
from nccid_eval.scoring.areas import area_measure
from nccid_eval.scoring.cells import Cell, failing_tally
from nccid_eval.scoring.differences import auc_difference, proportion_difference
from nccid_eval.scoring.insufficient import explained, statements
from nccid_eval.scoring.multiplicity import CONFIRMATORY, Groups
from nccid_eval.scoring.proportions import Tally, proportion_measure, sensitivity_tally, specificity_tally
from nccid_eval.scoring.sample import Sample, count, subset
from nccid_eval.scoring.signature import stated

DIFFERENCES = (*CONFIRMATORY, "failure_rate")


def tallies_of(sample: Sample, cells: Iterable[Cell]) -> list[Tally]:
    """What the bootstrap sums: four tallies of the whole sample, then three of each cell."""
    failing = (failing_tally(sample, diseased_alone=alone) for alone in (False, True))
    whole = [sensitivity_tally(sample), specificity_tally(sample), *failing]
    return [*whole, *(one for cell in cells for one in (cell.diseased, cell.healthy, cell.failing))]


def tally_columns(tallies: Sequence[Tally]) -> Numbers:
    """Per-patient sums as the bootstrap wants them: (patients × 2·tallies), hits and cases of each."""
    return np.column_stack([column for one in tallies for column in (one.hits, one.cases)])


def score_groups(
    sample: Sample, cells: Iterable[Cell], sums: Numbers, plan: Plan
) -> dict[str, dict[str, GroupScore]]:
    """Measures and differences of each cell, p not yet adjusted.

    `sums` (replicates × 2·tallies) are bootstrap sums of the `tally_columns` of `tallies_of` the same cells.
    """
    groups: dict[str, dict[str, GroupScore]] = {}
    needs = statements(sensitivity_tally(sample), specificity_tally(sample), plan)
    for at, cell in enumerate(cells):
        whole = np.hstack((sums[:, :4], sums[:, 6:8] if cell.diseased_alone else sums[:, 4:6]))
        inside = sums[:, 8 + 6 * at : 14 + 6 * at]
        measures, differences = _measures(cell, plan), _differences(sample, cell, inside, whole - inside, plan)
        counted = subset(cell.group, cell.group.label) if cell.diseased_alone else cell.group
        groups.setdefault(cell.attribute, {})[cell.level] = GroupScore(
            counts=replace(count(counted), diseased_only=cell.diseased_alone),
            measures=explained(stated(measures, failures="wrong"), needs),
            differences=explained(stated(differences, failures="wrong"), needs),
        )
    return groups


def parted(groups: Groups, cells: Iterable[Cell]) -> tuple[Groups, Groups]:
    """The groups of these cells' attributes, and the others."""
    single = {cell.attribute for cell in cells}
    return (
        {name: levels for name, levels in groups.items() if name in single},
        {name: levels for name, levels in groups.items() if name not in single},
    )


def sensitivity_only(cell: Cell) -> NotEstimable | None:
    """Why nothing is said of healthy cases, where that is so."""
    if cell.diseased_alone:
        return NotEstimable(reason=f"sensitivity only: {cell.attribute} is not recorded for healthy patients")
    if cell.diseased.total and not cell.healthy.total:
        return NotEstimable(reason="sensitivity only: this group has no healthy patient")
    return None


def _measures(cell: Cell, plan: Plan) -> dict[str, Measure]:
    level, kind = plan.level, plan.proportion_interval
    failing = proportion_measure(cell.failing, cell.group, level, kind)
    if cell.diseased_alone and isinstance(failing, Estimate):
        failing = replace(failing, method=f"of diseased cases; {failing.method}")
        failing = stated({"failure_rate": failing}, of="diseased")["failure_rate"]
    sensitivity = proportion_measure(cell.diseased, cell.group, level, kind)
    only = sensitivity_only(cell)
    specificity = only or proportion_measure(cell.healthy, cell.group, level, kind)
    return {
        "auc": only or area_measure(cell.group, plan),
        "sensitivity": sensitivity,
        "specificity": specificity,
        "false_negative_rate": complement(sensitivity),
        "false_positive_rate": complement(specificity),
        "failure_rate": failing,
    }


def complement(share: Measure) -> Measure:
    """One less a proportion, with its limits."""
    if isinstance(share, NotEstimable):
        return share
    return replace(share, value=1 - share.value, low=1 - share.high, high=1 - share.low)


def _differences(sample: Sample, cell: Cell, inside: Numbers, outside: Numbers, plan: Plan) -> dict[str, Measure]:
    if cell.inside.all():
        alone = NotEstimable(reason=f"no case lies outside this group: all have {cell.attribute} = {cell.level}")
        return dict.fromkeys(DIFFERENCES, alone)
    rest = subset(sample, ~cell.inside)
    only = sensitivity_only(cell)
    shares = (
        (cell.diseased, sensitivity_tally(rest), slice(0, 2)),
        (cell.healthy, specificity_tally(rest), slice(2, 4)),
        (cell.failing, failing_tally(rest, diseased_alone=cell.diseased_alone), slice(4, 6)),
    )
    sensitivity, specificity, failing = (
        proportion_difference(mine, others, np.hstack((inside[:, part], outside[:, part])), plan)
        for mine, others, part in shares
    )
    return {
        "auc": only or auc_difference(cell.group, rest, plan.level),
        "sensitivity": sensitivity,
        "specificity": only or specificity,
        "failure_rate": _of_failures(failing, sample, cell),
    }


def _of_failures(difference: Measure, sample: Sample, cell: Cell) -> Measure:
    """The difference with its cases by disease: both kinds can fail."""
    if isinstance(difference, NotEstimable) or cell.diseased_alone:
        return difference
    sizes = count(sample)
    return replace(difference, positives=sizes.positives, negatives=sizes.negatives)
