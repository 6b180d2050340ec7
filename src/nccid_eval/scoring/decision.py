"""Decision curves: the net benefit of acting on an output that claims to be a probability.

Source: Vickers and Elkin 2006; at other prevalences as a weighted sum of sensitivity and specificity (Kerr 2016).
"""

from __future__ import annotations

import numpy as np

from nccid_eval.records import CurvePoint, DecisionCurve, DecisionPoint, Numbers, Plan
from nccid_eval.scoring.calibration import unclaimed
from nccid_eval.scoring.ranking import Weighted, rank, unweighted, weigh
from nccid_eval.scoring.resampling import draws
from nccid_eval.scoring.sample import Indices, Sample, subset
from nccid_eval.scoring.wording import percent

THRESHOLDS: Numbers = np.arange(1, 100) / 100


def decision_curves(sample: Sample, plan: Plan, *, probability: bool) -> tuple[DecisionCurve, ...]:
    """At the prevalence of the answered cases, then at the stated ones, where the same scores are used unchanged.

    Empty where the scores are no probabilities. Calling nobody positive has a net benefit of 0.
    """
    answered = subset(sample, ~sample.failed)
    if unclaimed(answered, probability=probability):
        return ()
    ranking = rank(answered)
    places = tuple(
        np.searchsorted(answered.score[kind], [0.0, *THRESHOLDS], side="left")
        for kind in (answered.label, ~answered.label)
    )
    rng = np.random.default_rng(plan.seed)
    drawn = np.array([_called(weigh(ranking, one), *places) for one in draws(ranking.sizes, plan.replicates, rng)])
    whole = _called(unweighted(ranking), *places)
    own = float(answered.label.mean())
    return (
        _curve(own, _own_benefit(whole[None, :])[0], _own_benefit(drawn), whole, plan),
        *(_curve(at, _benefit(whole[None, :], at)[0], _benefit(drawn, at), whole, plan) for at in plan.prevalences),
    )


def _called(weighted: Weighted, positive: Indices, negative: Indices) -> Numbers:
    """True positives at a threshold of 0 (all of them) and at each of THRESHOLDS, then false positives likewise.

    `positive` and `negative`: how many of either lie below each threshold.
    """
    sums = (weighted.positives, positive), (weighted.negatives, negative)
    return np.concatenate([running[-1] - running[below] for running, below in sums]).astype(np.float64)


def _own_benefit(sums: Numbers) -> Numbers:
    """TP/n - FP/n · t/(1-t); rows are replicates."""
    hits, false = np.hsplit(sums, 2)
    cases = hits[:, :1] + false[:, :1]
    return (hits[:, 1:] - false[:, 1:] * _odds()) / cases


def _benefit(sums: Numbers, prevalence: float) -> Numbers:
    hits, false = np.hsplit(sums, 2)
    sensitivity, false_rate = hits[:, 1:] / hits[:, :1], false[:, 1:] / false[:, :1]
    return sensitivity * prevalence - false_rate * (1 - prevalence) * _odds()


def _curve(prevalence: float, values: Numbers, drawn: Numbers, whole: Numbers, plan: Plan) -> DecisionCurve:
    tail = (1 - plan.level) / 2
    lows, highs = np.quantile(drawn, [tail, 1 - tail], axis=0)
    hits, false = np.split(whole, 2)
    called = (hits + false)[1:]
    everybody = prevalence - (1 - prevalence) * _odds()
    points = (
        DecisionPoint(
            threshold=float(at),
            model=CurvePoint(x=float(at), y=float(y), low=float(min(low, y)), high=float(max(high, y))),
            treat_all=float(whole_),
            called=int(number),
        )
        for at, y, low, high, whole_, number in zip(THRESHOLDS, values, lows, highs, everybody, called, strict=True)
    )
    return DecisionCurve(
        prevalence=prevalence,
        points=tuple(points),
        method=f"net benefit a case of calling positive at a score of t or more; answered cases; "
        f"{percent(plan.level)} pointwise percentile band, {plan.replicates} patient bootstraps, seed {plan.seed}",
    )


def _odds() -> Numbers:
    odds: Numbers = THRESHOLDS / (1 - THRESHOLDS)
    return odds
