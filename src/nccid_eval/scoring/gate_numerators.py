"""Where the plan has `strict_numerators`: numbers made of a few patients called wrongly, rightly, or failed go.

What is made of a number that went, or tells of it beside others, goes with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import numpy as np

from nccid_eval.errors import PredictionsError
from nccid_eval.records import (
    Bias,
    DecisionCurve,
    Gap,
    GroupScore,
    Measure,
    NotEstimable,
    Plan,
    Predictions,
    RocPoint,
    Scorecard,
    Truth,
)
from nccid_eval.scoring.cell_audit import Place
from nccid_eval.scoring.gate_curves import safe_step, with_safe_intervals
from nccid_eval.scoring.multiplicity import Groups, adjust_all
from nccid_eval.scoring.small_numerators import Small, small_numerators

_RATIOS = ("lr_positive", "lr_negative")
_MADE_OF = {
    "sensitivity": {"sensitivity", "false_negative_rate", "equalised_odds", "underdiagnosis", *_RATIOS},
    "specificity": {"specificity", "false_positive_rate", "equalised_odds", *_RATIOS},
    "failure_rate": {"failure_rate"},
}


def without_small_numerators(
    card: Scorecard, predictions: Predictions | None, truth: Truth, hidden: Collection[Place], minimum: int
) -> Scorecard:
    """`card` has passed the rest of the gate, which suppressed the cells `hidden`.

    Raises PredictionsError where there are no predictions to count in.
    """
    if predictions is None:
        raise PredictionsError(
            "strict_numerators needs predictions at the gate", mend="hand the gate those that were scored"
        )
    small = small_numerators(predictions, truth, card, hidden, minimum)
    by_group, intersections = adjust_all(
        _blanked(card.by_group, small),
        _blanked(card.bias.intersections if card.bias else {}, small),
        card.plan.attributes,
    )
    return replace(
        _without_calls(_without_failures(card, small), small),
        gate=f"{card.gate}; strict: no number of fewer than {minimum} patients called wrongly, rightly or failed",
        by_group=by_group,
        bias=_bias(card.bias, intersections, small, card.plan) if card.bias else None,
        roc=_roc(card, truth, small, minimum),
        decision_curves=_decisions(card, predictions, truth, small, minimum),
    )


def _blanked(groups: Groups, small: Small) -> dict[str, dict[str, GroupScore]]:
    return {
        attribute: {level: _blank(one, (attribute, level), small) for level, one in levels.items()}
        for attribute, levels in groups.items()
    }


def _blank(group: GroupScore, place: Place, small: Small) -> GroupScore:
    gone = _made_of(kind for kind, places in small.cells.items() if place in places)
    if group.counts is None or not gone:
        return group

    def kept(measures: Mapping[str, Measure]) -> dict[str, Measure]:
        return {name: small.reason if name in gone else one for name, one in measures.items()}

    counts = replace(group.counts, failures=None) if "failure_rate" in gone else group.counts
    return GroupScore(counts=counts, measures=kept(group.measures), differences=kept(group.differences))


def _made_of(kinds: Iterable[str]) -> set[str]:
    """The names of all numbers that tell of these."""
    return {name for kind in kinds for name in _MADE_OF[kind]}


def _bias(bias: Bias, intersections: Groups, small: Small, plan: Plan) -> Bias:
    """Gaps and summaries over groups of which one is suppressed would tell of it."""
    named = {kind: {attribute for attribute, _ in places} for kind, places in small.cells.items()}

    def kept(attribute: str, measures: Mapping[str, Gap | NotEstimable]) -> dict[str, Gap | NotEstimable]:
        gone = _made_of(kind for kind in named if attribute in named[kind])
        return {name: small.reason if name in gone else one for name, one in measures.items()}

    return Bias(
        gaps={attribute: kept(attribute, measures) for attribute, measures in bias.gaps.items()},
        intersections=intersections,
        between_sites={
            name: small.reason if plan.site in named.get(name, ()) else one
            for name, one in bias.between_sites.items()
        },
    )


def _without_failures(card: Scorecard, small: Small) -> Scorecard:
    """Numbers of answered cases alone go with the failures: their counts of cases tell how many failed."""
    card = replace(card, failures=small.outcomes)
    if not small.failing:
        return card
    overall = {**card.overall, "auc_answered": small.reason}
    if "failure_rate" in small.whole:
        overall["failure_rate"] = small.reason
        card = replace(card, counts=replace(card.counts, failures=None))
    return replace(
        card,
        overall=overall,
        confusion=None,
        failure_analyses={name: dict.fromkeys(one, small.reason) for name, one in card.failure_analyses.items()},
        calibration=small.reason,
        verdicts=tuple(
            replace(one, measure=small.reason) if one.criterion.metric == "auc_answered" else one
            for one in card.verdicts
        ),
    )


def _without_calls(card: Scorecard, small: Small) -> Scorecard:
    if not small.calls:
        return card
    gone = _made_of(small.whole)
    return replace(
        card,
        overall={name: small.reason if name in gone else one for name, one in card.overall.items()},
        confusion=None,
        predictive_values=tuple(replace(one, ppv=small.reason, npv=small.reason) for one in card.predictive_values),
        failure_analyses={name: dict.fromkeys(one, small.reason) for name, one in card.failure_analyses.items()},
        verdicts=tuple(
            replace(one, measure=small.reason) if one.criterion.metric in gone else one for one in card.verdicts
        ),
    )


def _roc(card: Scorecard, truth: Truth, small: Small, minimum: int) -> tuple[RocPoint, ...]:
    """Points with no error, or no right call, of a kind, or with enough; the declared one goes with its numbers."""
    step, m, n = safe_step(truth, minimum), card.counts.positives, card.counts.negatives

    def enough(point: RocPoint) -> bool:
        if small.calls and point.threshold == card.threshold:
            return False
        hits, rejections = round(point.sensitivity * m), round(point.specificity * n)
        return all(one == 0 or one >= step for one in (hits, m - hits, rejections, n - rejections))

    # Anew, as an interval may be borrowed from a point that goes.
    return with_safe_intervals([one for one in card.roc if enough(one)], card, truth, minimum)


def _decisions(
    card: Scorecard, predictions: Predictions, truth: Truth, small: Small, minimum: int
) -> tuple[DecisionCurve, ...]:
    """Likewise of the decision curves; none where failures are few, as these are of answered cases."""
    if small.failing or not card.decision_curves:
        return ()
    step = safe_step(truth, minimum)

    def enough(threshold: float) -> bool:
        called = predictions.score[predictions.answered] >= threshold
        label = truth.label[predictions.answered]
        numbers = (np.count_nonzero(called[kind]) for kind in (label, ~label))
        sizes = (np.count_nonzero(kind) for kind in (label, ~label))
        return all(
            one == 0 or one >= step for hits, size in zip(numbers, sizes, strict=True) for one in (hits, size - hits)
        )

    return tuple(
        replace(curve, points=tuple(one for one in curve.points if enough(one.threshold)))
        for curve in card.decision_curves
    )
