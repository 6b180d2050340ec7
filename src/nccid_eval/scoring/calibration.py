"""Calibration of an output that claims to be a probability: answered cases alone, clustered by patient.

Sources: Cox 1958 (intercept and slope); Debray 2017 (O/E on the log scale); Brier 1950; Harrell 2015 (spline curve).
"""

from __future__ import annotations

import math

import numpy as np

from nccid_eval.records import Calibration, CurvePoint, Measure, NotEstimable, Numbers, Plan
from nccid_eval.scoring.calibration_error import calibration_error, null_errors
from nccid_eval.scoring.estimates import with_counts
from nccid_eval.scoring.logistic import Fit, clustered_sums, fit, spline_columns
from nccid_eval.scoring.sample import Sample, count, subset
from nccid_eval.scoring.signature import signed
from nccid_eval.scoring.wording import percent

NOT_CLAIMED = NotEstimable(reason="the output does not claim to be a probability")
EDGE = 5e-7  # half of the sixth decimal that a container's scores keep
_KNOTS = (0.05, 0.35, 0.65, 0.95)
_CURVE_POINTS = 41


def calibration(sample: Sample, plan: Plan, *, probability: bool) -> Calibration | NotEstimable:
    """How well scores agree with frequencies; not estimable where they are not probabilities, or where too few."""
    answered = subset(sample, ~sample.failed)
    missing = unclaimed(answered, probability=probability)
    if missing:
        return missing
    position = _on_logit_scale(answered.score)
    null = null_errors(answered, plan)
    held = int(np.count_nonzero((answered.score < EDGE) | (answered.score > 1 - EDGE)))
    return Calibration(
        intercept=_intercept(answered, position, plan.level),
        slope=_slope(answered, position, plan.level),
        observed_expected=_observed_expected(answered, plan.level),
        brier=_brier(answered, plan.level),
        ece=calibration_error(answered, plan),
        ece_null_mean=float(null.mean()),
        ece_null_high=float(np.quantile(null, 0.95)),
        curve=_curve(answered, position, plan.level),
        method=_method(held, plan),
    )


def _method(held: int, plan: Plan) -> str:
    return (
        f"answered cases; on the logit scale scores are held {EDGE:g} off 0 and 1 ({held} cases); curve: logistic "
        f"regression on a natural spline of four knots (a line where scores take too few values), "
        f"{percent(plan.level)} pointwise band from the clustered covariance; null of ECE: {plan.replicates} draws "
        f"of labels from the scores, one draw a patient, seed {plan.seed}"
    )


def unclaimed(answered: Sample, *, probability: bool) -> NotEstimable | None:
    """Why scores of answered cases cannot be taken for probabilities, or are too few to say."""
    if not probability:
        return NOT_CLAIMED
    if len(answered.score) and (answered.score[0] < 0 or answered.score[-1] > 1):
        return NotEstimable(reason="a score lies outside 0 to 1, so the output is no probability")
    sizes = count(answered)
    for number, kind in ((sizes.diseased_patients, "diseased"), (sizes.healthy_patients, "healthy")):
        if number < 2:
            return NotEstimable(reason=f"fewer than two {kind} patients with an answer")
    return None


def _on_logit_scale(score: Numbers) -> Numbers:
    from scipy.special import logit

    position: Numbers = logit(np.clip(score, EDGE, 1 - EDGE))
    return position


def _intercept(sample: Sample, position: Numbers, level: float) -> Measure:
    found = fit(np.ones((len(position), 1)), sample.label, sample.patient, position)
    return _coefficient(
        found, 0, sample, level, "calibration intercept, slope held at 1", "calibration-intercept:logistic/1"
    )


def _slope(sample: Sample, position: Numbers, level: float) -> Measure:
    if position[0] == position[-1]:
        return NotEstimable(reason="all scores are equal")
    found = fit(_straight(position), sample.label, sample.patient, np.zeros(len(position)))
    return _coefficient(found, 1, sample, level, "calibration slope", "calibration-slope:logistic/1")


def _coefficient(found: Fit | NotEstimable, at: int, sample: Sample, level: float, what: str, method: str) -> Measure:
    if isinstance(found, NotEstimable):
        return found
    half = _z(level) * math.sqrt(found.covariance[at, at])
    value = float(found.coefficients[at])
    how = f"{what}: logistic regression, {percent(level)} interval from the covariance clustered by patient"
    return _estimate(value, (value - half, value + half), sample, level, how, method)


def _observed_expected(sample: Sample, level: float) -> Measure:
    observed, expected = float(sample.label.sum()), float(sample.score.sum())
    if expected == 0:
        return NotEstimable(reason="all scores are 0: no diseased case is expected")
    value = observed / expected
    residual = clustered_sums((sample.label - value * sample.score)[:, None], sample.patient)[:, 0]
    error = math.sqrt(len(residual) / (len(residual) - 1) * float(residual @ residual)) / observed
    factor = math.exp(_z(level) * error)
    how = f"observed over expected diseased cases; {percent(level)} log-normal interval clustered by patient"
    return _estimate(value, (value / factor, value * factor), sample, level, how, "observed-expected:log-normal/1")


def _brier(sample: Sample, level: float) -> Measure:
    from scipy.special import expit, logit

    squared = (sample.score - sample.label) ** 2
    value = float(squared.mean())
    if value in (0.0, 1.0):
        return NotEstimable(
            reason="every score is exactly its label, or its opposite: the interval would have no width"
        )
    residual = clustered_sums((squared - value)[:, None], sample.patient)[:, 0]
    error = math.sqrt(len(residual) / (len(residual) - 1) * float(residual @ residual)) / len(squared)
    half, centre = _z(level) * error / (value * (1 - value)), float(logit(value))
    limits = float(expit(centre - half)), float(expit(centre + half))
    return _estimate(
        value,
        limits,
        sample,
        level,
        f"mean squared error; {percent(level)} logit interval clustered by patient",
        "brier:logit/1",
    )


def _curve(sample: Sample, position: Numbers, level: float) -> tuple[CurvePoint, ...]:
    """Observed against predicted from the 1st to the 99th percentile of scores; empty where the fit has no end."""
    from scipy.special import expit

    knots = np.unique(np.quantile(position, _KNOTS))
    columns = (
        _straight if len(knots) < 3 else lambda one: np.column_stack((np.ones(len(one)), spline_columns(one, knots)))
    )
    low, high = np.quantile(sample.score, (0.01, 0.99))
    found = fit(columns(position), sample.label, sample.patient, np.zeros(len(position))) if low < high else None
    if not isinstance(found, Fit):
        return ()
    grid = np.linspace(low, high, _CURVE_POINTS)
    rows = columns(_on_logit_scale(grid))
    centre = rows @ found.coefficients
    half = _z(level) * np.sqrt(np.einsum("ij,jk,ik->i", rows, found.covariance, rows))
    y, down, up = expit(centre), expit(centre - half), expit(centre + half)
    return tuple(
        CurvePoint(x=float(at), y=float(one), low=float(a), high=float(b))
        for at, one, a, b in zip(grid, y, down, up, strict=True)
    )


def _straight(position: Numbers) -> Numbers:
    return np.column_stack((np.ones(len(position)), position))


def _z(level: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf((1 + level) / 2))


def _estimate(
    value: float, limits: tuple[float, float], sample: Sample, level: float, how: str, method: str
) -> Measure:
    measure = with_counts(value, limits, count(sample), how)
    return signed(measure, method, level=level, clusters="patient", failures="left-out", edge=EDGE)
