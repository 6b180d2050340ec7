"""The gate in front of every output: a cell with few patients is not shown, and cannot be computed from what is.

Overall numbers are not suppressed. The secret is who is in a cell: its estimates, intervals and counts go together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from nccid_eval.records import GroupScore, Measure, NotEstimable, RocPoint, Scorecard, Truth
from nccid_eval.scoring.cell_audit import Cells, describe_cells, exposed_by_sums, exposed_by_union, nested_remainder
from nccid_eval.scoring.multiplicity import adjust

Place = tuple[str, str]  # attribute, level


def gate(scorecard: Scorecard, truth: Truth, minimum: int) -> Scorecard:
    """The scorecard that may leave: cells of fewer than `minimum` diseased or healthy patients are suppressed.

    `truth` is the one that was scored. More cells go where totals, complements or cells of another attribute would
    give a suppressed one back. Holm's adjustment is made anew over the tests that stay, as an adjusted p tells of
    the others. Points of the ROC curve are thinned until `minimum` patients lie between neighbours. `minimum` 0: off.
    """
    if minimum <= 0:
        return replace(scorecard, gate="off: small cells are shown (minimum_patients = 0)")
    cells = describe_cells(scorecard.by_group, truth)
    hidden = suppressed_cells(scorecard, cells, minimum)
    groups = {
        attribute: {
            level: _suppressed(one, hidden[attribute, level]) if (attribute, level) in hidden else one
            for level, one in levels.items()
        }
        for attribute, levels in scorecard.by_group.items()
    }
    return replace(
        scorecard,
        gate=f"applied: {len(hidden)} of {len(cells.places)} cells suppressed (fewer than {minimum} diseased or "
        f"{minimum} healthy patients, or needed to protect such a cell)",
        by_group=adjust(groups, scorecard.plan.attributes),
        roc=thin_roc(scorecard, truth, minimum),
    )


def suppressed_cells(scorecard: Scorecard, cells: Cells, minimum: int) -> dict[Place, str]:
    """Which cells go, with the reason that stands in their place; settled when no rule asks for another."""
    hidden = dict.fromkeys(
        (place for place in cells.places if _is_small(scorecard, place, minimum)),
        f"suppressed (fewer than {minimum} patients)",
    )
    while True:
        shown = [place for place in cells.places if place not in hidden]
        more = (
            exposed_by_union(cells, hidden, shown, minimum)
            or exposed_by_sums(cells, hidden, shown)
            or nested_remainder(cells, shown, minimum)
        )
        if more is None:
            return hidden
        hidden[more] = f"suppressed (protects a cell of fewer than {minimum} patients)"


def thin_roc(scorecard: Scorecard, truth: Truth, minimum: int) -> tuple[RocPoint, ...]:
    """The ends of the curve and the declared threshold, known anyway, and points `minimum` patients apart.

    A step of so many cases holds `minimum` patients even where they are the ones with the most cases.
    """
    points = scorecard.roc
    if len(points) < 3:
        return points
    sizes = np.sort(np.unique(truth.patient, return_counts=True)[1])[::-1]
    step = int(sizes[: minimum - 1].sum()) + 1
    counts = scorecard.counts
    called = [round(one.sensitivity * counts.positives + (1 - one.specificity) * counts.negatives) for one in points]
    ends = {0, len(points) - 1}
    anchors = sorted(ends | {at for at, one in enumerate(points) if one.threshold == scorecard.threshold})
    kept = set(anchors)
    for first, last in pairwise(anchors):
        latest = first
        for at in range(first + 1, last):
            if called[at] - called[latest] >= step and called[last] - called[at] >= step:
                kept.add(at)
                latest = at
    return tuple(points[at] for at in sorted(kept))


def _is_small(scorecard: Scorecard, place: Place, minimum: int) -> bool:
    counts = scorecard.by_group[place[0]][place[1]].counts
    return counts is None or min(counts.diseased_patients, counts.healthy_patients) < minimum


def _suppressed(group: GroupScore, reason: str) -> GroupScore:
    if group.counts is None:  # it went through the gate before
        return group

    def blank(measures: Mapping[str, Measure]) -> dict[str, Measure]:
        return dict.fromkeys(measures, NotEstimable(reason=reason, suppressed=True))

    return GroupScore(counts=None, measures=blank(group.measures), differences=blank(group.differences))
