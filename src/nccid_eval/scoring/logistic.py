"""Logistic regression by Newton's method, its covariance clustered by patient; and a natural spline's columns.

Sources: McCullagh and Nelder 1989 (fit); Liang and Zeger 1986 (clustered covariance); Harrell 2015, §2.4.5 (spline).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nccid_eval.records import Flags, NotEstimable, Numbers
from nccid_eval.scoring.sample import Indices

_STEPS = 60
_CLOSE = 1e-11  # a smaller step is one of rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    coefficients: Numbers
    covariance: Numbers  # clustered, times J/(J-1) of J patients


def fit(design: Numbers, label: Flags, patient: Indices, offset: Numbers) -> Fit | NotEstimable:
    """P(label) = expit(offset + design @ coefficients); design is (cases × k) of full rank, else not estimable."""
    from scipy.special import expit

    coefficients = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        fitted = expit(offset + design @ coefficients)
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        if not np.linalg.cond(information) < 1e12:
            break
        step = np.linalg.solve(information, design.T @ (label - fitted)).astype(np.float64)
        coefficients = coefficients + _shortened(step, design)
        if np.abs(step).max() < _CLOSE * (1 + np.abs(coefficients).max()):
            return _with_covariance(design, label, patient, offset, coefficients)
    return NotEstimable(reason="the scores put diseased and healthy cases so far apart that the fit has no end")


def spline_columns(values: Numbers, knots: Numbers) -> Numbers:
    """Restricted cubic spline, straight beyond the outer knots: (values × knots - 1), the values themselves first."""
    scale = (knots[-1] - knots[0]) ** 2
    last, before = (np.maximum(values - knot, 0) ** 3 for knot in (knots[-1], knots[-2]))
    width = knots[-1] - knots[-2]
    bent = [
        np.maximum(values - knot, 0) ** 3 - before * (knots[-1] - knot) / width + last * (knots[-2] - knot) / width
        for knot in knots[:-2]
    ]
    return np.column_stack([values, *(one / scale for one in bent)])


def _shortened(step: Numbers, design: Numbers) -> Numbers:
    """Newton's step, no farther than five on the logit scale: from afar a full one may overshoot for good."""
    reach = float(np.abs(design @ step).max())
    shorter: Numbers = step * min(1.0, 5 / reach) if reach > 0 else step
    return shorter


def _with_covariance(design: Numbers, label: Flags, patient: Indices, offset: Numbers, coefficients: Numbers) -> Fit:
    from scipy.special import expit

    fitted = expit(offset + design @ coefficients)
    bread = np.linalg.inv(design.T @ (design * (fitted * (1 - fitted))[:, None]))
    scores = clustered_sums(design * (label - fitted)[:, None], patient)
    patients = len(scores)
    covariance = bread @ (scores.T @ scores) @ bread * patients / (patients - 1)
    return Fit(coefficients=coefficients, covariance=covariance)


def clustered_sums(columns: Numbers, patient: Indices) -> Numbers:
    """Sums over the cases of each patient that has any: (patients × columns)."""
    _, codes = np.unique(patient, return_inverse=True)
    return np.column_stack([np.bincount(codes, weights=one) for one in columns.T])
