"""The gate in front of every output: a cell with few patients is not shown, and cannot be computed from what is.

Overall numbers are not suppressed. The secret is who is in a cell: its estimates, intervals and counts go together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from nccid_eval.records import Bias, GroupScore, Measure, NotEstimable, Predictions, Scorecard, Truth
from nccid_eval.scoring.audit_gate import gated_audit
from nccid_eval.scoring.cell_audit import Cells, Place, describe_cells
from nccid_eval.scoring.gate_curves import thin_decisions, thin_roc
from nccid_eval.scoring.gate_numerators import without_small_numerators
from nccid_eval.scoring.multiplicity import Groups, adjust_all
from nccid_eval.scoring.power import gated_power
from nccid_eval.scoring.suppression import all_columns, suppressed_cells, unspoken


def gate(scorecard: Scorecard, truth: Truth, minimum: int, predictions: Predictions | None = None) -> Scorecard:
    """The scorecard that may leave: cells of fewer than `minimum` diseased or healthy patients are suppressed.

    `truth` is the one that was scored. More cells go where totals, complements or cells of another attribute would
    give a suppressed one back. Of an attribute that is recorded for the diseased alone only they count, and nothing
    is told of healthy ones. p is adjusted anew over the tests that stay, as an adjusted p tells of the others. Points
    of ROC and decision curves are thinned until `minimum` patients lie between neighbours. `minimum` 0: off.
    A plan with `strict_numerators` needs the `predictions` too, in the truth's order.
    """
    if minimum <= 0:
        return replace(scorecard, gate="off: small cells are shown (minimum_patients = 0)")
    cells, groups = _cells(scorecard, truth), {**scorecard.by_group, **_intersections(scorecard)}
    suppressed = suppressed_cells(cells, minimum, _gone(groups))
    hidden = unspoken(cells, suppressed)  # for all that tells of healthy patients too
    by_group, intersections = adjust_all(
        _released(scorecard.by_group, suppressed),
        _released(_intersections(scorecard), suppressed),
        scorecard.plan.attributes,
    )
    curves = replace(scorecard, roc=thin_roc(scorecard, truth, minimum))
    released = replace(
        curves,
        gate=f"applied: {len(suppressed)} of {len(cells.places)} cells suppressed (fewer than {minimum} diseased or "
        f"{minimum} healthy patients, or needed to protect such a cell)",
        by_group=by_group,
        decision_curves=thin_decisions(curves, truth, minimum),
        bias=gated_bias(scorecard, intersections, hidden, minimum),
        audit=gated_audit(scorecard.audit, scorecard, truth, hidden, minimum) if scorecard.audit else None,
        power=gated_power(scorecard.power, suppressed) if scorecard.power else None,
    )
    if not scorecard.plan.strict_numerators:
        return released
    return without_small_numerators(released, predictions, truth, suppressed, minimum)


def gated_bias(scorecard: Scorecard, intersections: Groups, hidden: Collection[Place], minimum: int) -> Bias | None:
    """Gaps and the summary over sites were made of what the plan's own minimum shows; at another one, where more
    may be hidden, those of attributes with a suppressed cell go."""
    if scorecard.bias is None:
        return None
    if minimum == scorecard.plan.minimum_patients:
        return replace(scorecard.bias, intersections=intersections)
    gone = NotEstimable(
        reason=f"suppressed (made before cells of fewer than {minimum} patients went)", suppressed=True
    )
    named = {attribute for attribute, _ in hidden}
    return Bias(
        gaps={
            name: dict.fromkeys(measures, gone) if name in named else measures
            for name, measures in scorecard.bias.gaps.items()
        },
        intersections=intersections,
        between_sites=dict.fromkeys(scorecard.bias.between_sites, gone)
        if scorecard.plan.site in named
        else scorecard.bias.between_sites,
    )


def _cells(scorecard: Scorecard, truth: Truth) -> Cells:
    """The cells that the scorecard holds: those of its attributes and of its intersections."""
    known = (*scorecard.by_group, *_intersections(scorecard))
    columns = all_columns(truth, scorecard.plan)
    return describe_cells({name: columns[name] for name in known}, truth)


def _intersections(scorecard: Scorecard) -> Groups:
    return scorecard.bias.intersections if scorecard.bias else {}


def _gone(groups: Groups) -> list[Place]:
    """Cells that a gate has suppressed before."""
    return [
        (attribute, level)
        for attribute, levels in groups.items()
        for level, one in levels.items()
        if one.counts is None
    ]


def _released(groups: Groups, hidden: Mapping[Place, str]) -> dict[str, dict[str, GroupScore]]:
    return {
        attribute: {
            level: _suppressed(one, hidden[attribute, level]) if (attribute, level) in hidden else one
            for level, one in levels.items()
        }
        for attribute, levels in groups.items()
    }


def _suppressed(group: GroupScore, reason: str) -> GroupScore:
    if group.counts is None:  # it went through the gate before
        return group

    def blank(measures: Mapping[str, Measure]) -> dict[str, Measure]:
        return dict.fromkeys(measures, NotEstimable(reason=reason, suppressed=True))

    return GroupScore(counts=None, measures=blank(group.measures), differences=blank(group.differences))
