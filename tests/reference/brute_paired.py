"""Paired index tests from the definition, in exact fractions: every pair of cases, every exchange of patients.

Obuchowski NA. Nonparametric analysis of clustered ROC curve data. Biometrics 1997;53:567-578.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from brute_force import kernel, obuchowski

Sums = dict[str, Fraction]


def centred(score: Sequence[float], label: Sequence[bool], patient: Sequence[str]) -> tuple[Sums, Sums]:
    """X_c and Y_c: each patient's placements less the area, summed over diseased and over healthy cases."""
    diseased = [(s, who) for s, sick, who in zip(score, label, patient, strict=True) if sick]
    healthy = [(s, who) for s, sick, who in zip(score, label, patient, strict=True) if not sick]
    area = sum((kernel(x, y) for x, _ in diseased for y, _ in healthy), Fraction(0)) / (len(diseased) * len(healthy))
    above: Sums = defaultdict(Fraction)
    below: Sums = defaultdict(Fraction)
    for x, who in diseased:
        above[who] += sum((kernel(x, y) for y, _ in healthy), Fraction(0)) / len(healthy) - area
    for y, who in healthy:
        below[who] += sum((kernel(x, y) for x, _ in diseased), Fraction(0)) / len(diseased) - area
    return above, below


def covariance(
    first: Sequence[float], second: Sequence[float], label: Sequence[bool], patient: Sequence[str]
) -> Fraction:
    """Of the two areas: cross products in place of squares, the last term I/(I-1) Σ(X1Y2 + X2Y1)/(mn)."""
    (x1, y1), (x2, y2) = (centred(score, label, patient) for score in (first, second))
    m, n = sum(label), len(label) - sum(label)
    everyone = sorted({*x1, *y1})
    none = Fraction(0)

    def corrected(clusters: int) -> Fraction:
        return Fraction(clusters, clusters - 1)

    mixed = sum(x1.get(who, none) * y2.get(who, none) + x2.get(who, none) * y1.get(who, none) for who in everyone)
    return (
        corrected(len(x1)) * sum(x1[who] * x2[who] for who in x1) / m**2
        + corrected(len(y1)) * sum(y1[who] * y2[who] for who in y1) / n**2
        + corrected(len(everyone)) * mixed / (m * n)
    )


def paired_variance(
    first: Sequence[float], second: Sequence[float], label: Sequence[bool], patient: Sequence[str]
) -> Fraction:
    alone = sum(obuchowski(score, label, patient)[1] for score in (first, second))
    return alone - 2 * covariance(first, second, label, patient)


def exchange_p(differences: Sequence[int]) -> Fraction:
    """Every patient's difference with either sign: the share of all that lies as far from 0 as the one seen."""
    seen = abs(sum(differences))
    sums = [
        abs(sum(sign * one for sign, one in zip(signs, differences, strict=True)))
        for signs in product((1, -1), repeat=len(differences))
    ]
    return Fraction(sum(one >= seen for one in sums), len(sums))
