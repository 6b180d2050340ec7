"""How many cases a bar or a difference asks for. Pure formulas; one number of effective cases stands for clustering.

Sources: Fleiss, Levin, Paik 2003, chapter 4 (proportions); Wilson 1927; Hanley and McNeil 1982 (variance of an AUC).
"""

from __future__ import annotations

import math


def half_width(share: float, cases: float, level: float) -> float:
    """Half the width of Wilson's interval where `share` of (effective) `cases` are hits."""
    z = _z((1 + level) / 2)
    spread = share * (1 - share) / cases + z**2 / (4 * cases**2)
    return z * math.sqrt(spread) / (1 + z**2 / cases)


def detectable_difference(share: float, group: float, rest: float, level: float, power: float) -> float | None:
    """How far below `share` of the complement a group's proportion must lie to be found with `power`.

    `group` and `rest` are effective cases; two-sided z test of two proportions, pooled under no difference. None
    where not even a proportion of 0 would be found.
    """
    from scipy.optimize import brentq

    def lacking(difference: float) -> float:
        return power_of_difference(share, share - difference, rest, group, level) - power

    if lacking(share) < 0:
        return None
    return float(brentq(lacking, 1e-9, share, xtol=1e-12))


def power_of_difference(first: float, second: float, first_cases: float, second_cases: float, level: float) -> float:
    from scipy.stats import norm

    pooled = (first * first_cases + second * second_cases) / (first_cases + second_cases)
    no_difference = math.sqrt(pooled * (1 - pooled) * (1 / first_cases + 1 / second_cases))
    spread = math.sqrt(first * (1 - first) / first_cases + second * (1 - second) / second_cases)
    reach = abs(first - second) - _z((1 + level) / 2) * no_difference
    return float(norm.cdf(reach / spread)) if spread > 0 else float(reach > 0)


def cases_needed(bar: float, truth: float, level: float, power: float) -> int:
    """Independent cases for a lower limit above `bar` with `power` where the proportion is `truth`.

    The limit is Wilson's, so this is the score test.
    """
    return math.ceil(size_of_score_test(bar, truth, level, power))


def size_of_score_test(known: float, truth: float, level: float, power: float) -> float:
    """Independent cases that tell a proportion of `truth` from a `known` one, not yet rounded up.

    n = ((z_α √(known(1-known)) + z_β √(truth(1-truth))) / (truth-known))².
    """
    half = _z((1 + level) / 2) * math.sqrt(known * (1 - known)) + _z(power) * math.sqrt(truth * (1 - truth))
    return (half / (truth - known)) ** 2


def power_of_bar(bar: float, truth: float, cases: float, level: float) -> float:
    """The power that `cases_needed` inverts, at a number of effective cases."""
    from scipy.stats import norm

    reach = (truth - bar) * math.sqrt(cases) - _z((1 + level) / 2) * math.sqrt(bar * (1 - bar))
    return float(norm.cdf(reach / math.sqrt(truth * (1 - truth))))


def auc_variance(auc: float, diseased: float, healthy: float) -> float:
    """Hanley and McNeil's variance of an AUC, from exponential scores."""
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    more = (diseased - 1) * (first - auc**2) + (healthy - 1) * (second - auc**2)
    return (auc * (1 - auc) + more) / (diseased * healthy)


def auc_power(bar: float, truth: float, diseased: float, healthy: float, level: float) -> float:
    """Power that the lower logit limit lies above `bar` where the AUC is `truth`."""
    from scipy.special import logit
    from scipy.stats import norm

    error = math.sqrt(auc_variance(truth, diseased, healthy)) / (truth * (1 - truth))
    return float(norm.cdf(float(logit(truth) - logit(bar)) / error - _z((1 + level) / 2)))


def auc_cases_needed(bar: float, truth: float, share: float, level: float, power: float) -> tuple[int, int]:
    """Diseased and healthy cases wanted together, where `share` of the cases are diseased; fewest in all."""

    def split(cases: int) -> tuple[int, int]:
        return max(math.ceil(share * cases), 1), max(math.ceil((1 - share) * cases), 1)

    most = 4
    while auc_power(bar, truth, *split(most), level) < power:
        most *= 2
    low = most // 2
    while most - low > 1:
        middle = (low + most) // 2
        low, most = (low, middle) if auc_power(bar, truth, *split(middle), level) >= power else (middle, most)
    return split(most)


def _z(probability: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf(probability))
