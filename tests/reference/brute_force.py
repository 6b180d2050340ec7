"""Obuchowski's clustered AUC and variance from the definition: every pair is compared, in exact fractions.

Obuchowski NA. Nonparametric analysis of clustered ROC curve data. Biometrics 1997;53:567-578.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction


def kernel(diseased: float, healthy: float) -> Fraction:
    return Fraction(1 if diseased > healthy else 0) + Fraction(1 if diseased == healthy else 0) / 2


def obuchowski(
    score: Sequence[float], label: Sequence[bool], patient: Sequence[str]
) -> tuple[Fraction, Fraction, dict[str, Fraction]]:
    """AUC, its variance, and each patient's influence."""
    cases = list(zip(score, label, patient, strict=True))
    diseased = [(s, who) for s, sick, who in cases if sick]
    healthy = [(s, who) for s, sick, who in cases if not sick]
    m, n = len(diseased), len(healthy)
    area = sum((kernel(x, y) for x, _ in diseased for y, _ in healthy), Fraction(0)) / (m * n)
    above: dict[str, Fraction] = defaultdict(Fraction)
    below: dict[str, Fraction] = defaultdict(Fraction)
    for x, who in diseased:
        above[who] += sum((kernel(x, y) for y, _ in healthy), Fraction(0)) / n - area
    for y, who in healthy:
        below[who] += sum((kernel(x, y) for x, _ in diseased), Fraction(0)) / m - area
    i10, i01, everyone = len(above), len(below), sorted({*above, *below})
    s10 = Fraction(i10, (i10 - 1) * m) * sum(one**2 for one in above.values())
    s01 = Fraction(i01, (i01 - 1) * n) * sum(one**2 for one in below.values())
    s11 = Fraction(len(everyone), len(everyone) - 1) * sum(
        above.get(who, Fraction(0)) * below.get(who, Fraction(0)) for who in everyone
    )
    variance = s10 / m + s01 / n + 2 * s11 / (m * n)
    influence = {who: above.get(who, Fraction(0)) / m + below.get(who, Fraction(0)) / n for who in everyone}
    return area, variance, influence


def proportion_variance(hits: Sequence[bool], patient: Sequence[str]) -> Fraction:
    """J/(J-1) Σ(x_c - p n_c)²/n²: Rao and Scott 1992, Biometrics 48:577-585."""
    share = Fraction(sum(hits), len(hits))
    residual: dict[str, Fraction] = defaultdict(Fraction)
    for hit, who in zip(hits, patient, strict=True):
        residual[who] += int(hit) - share
    clusters = len(residual)
    return Fraction(clusters, clusters - 1) * sum(one**2 for one in residual.values()) / len(hits) ** 2
