"""Random-effects summary of values that vary between sites.

Sources: Paule and Mandel 1982, DerSimonian and Kacker 2007 (variance between sites); Knapp and Hartung 2003 (t
interval); IntHout et al. 2016 (prediction interval); Higgins and Thompson 2002 (I²).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nccid_eval.records import Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """On the scale of the values; `error` is the standard error of the mean, `tau` the spread between sites."""

    mean: float
    error: float
    tau: float
    i_squared: float  # 0 to 1
    sites: int

    def half_width(self, level: float, *, predicted: bool = False) -> float:
        """Of the interval of the mean, or of the value of a new site; t with sites - 1 degrees of freedom."""
        from scipy.stats import t

        error = math.hypot(self.error, self.tau) if predicted else self.error
        return float(t.ppf((1 + level) / 2, self.sites - 1)) * error


def summarise(values: Numbers, variances: Numbers) -> Summary:
    """Of two sites or more, each with its value and sampling variance.

    Knapp and Hartung's factor Q/(k-1) is 1 at Paule and Mandel's variance, below 1 where that is 0; it is held at 1.
    """
    between = paule_mandel(values, variances)
    weights = 1 / (variances + between)
    fixed = 1 / variances
    typical = (len(values) - 1) * fixed.sum() / (fixed.sum() ** 2 - (fixed**2).sum())
    return Summary(
        mean=float(weights @ values / weights.sum()),
        error=float(weights.sum() ** -0.5),
        tau=math.sqrt(between),
        i_squared=float(between / (between + typical)),
        sites=len(values),
    )


def paule_mandel(values: Numbers, variances: Numbers) -> float:
    """The variance between sites at which Q is what it is expected to be; 0 where it is already less."""
    from scipy.optimize import brentq

    def excess(between: float) -> float:
        weights = 1 / (variances + between)
        centred = values - weights @ values / weights.sum()
        return float(weights @ centred**2) - (len(values) - 1)

    if excess(0.0) <= 0:
        return 0.0
    # each term of Q is at most (range / σ)²: beyond this the excess is below zero
    most = len(values) * float(np.ptp(values)) ** 2
    return float(brentq(excess, 0.0, most, xtol=1e-14, rtol=1e-14))
