"""A new version against its predecessor: is it no worse than by the margin that the plan fixed before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nccid_eval.records import Margins, Measure, NonInferiority, NotEstimable

NON_INFERIOR, INFERIOR, INCONCLUSIVE = "non-inferior", "inferior", "inconclusive"
Names = tuple[str, str]
Unsaid = Mapping[tuple[str, str, str], NotEstimable]  # first, second, measure -> why it may not be told


def non_inferiority(
    pairs: Mapping[Names, Mapping[str, Measure]], predecessor: str, margins: Margins, unsaid: Unsaid
) -> tuple[NonInferiority, ...]:
    """One verdict a run and measure: each other run less the predecessor, by the two-sided interval's lower limit.

    Where the difference may not be told the verdict is, as those on a scorecard's criteria are.
    """
    found = []
    for (first, second), differences in pairs.items():
        if predecessor not in (first, second):
            continue
        for name, one in differences.items():
            margin = float(getattr(margins, name))
            turned = one if second == predecessor else reversed_difference(one)
            found.append(
                NonInferiority(
                    run=first if second == predecessor else second,
                    predecessor=predecessor,
                    measure=name,
                    margin=margin,
                    difference=unsaid.get((first, second, name), turned),
                    verdict=verdict(turned, margin),
                )
            )
    return tuple(found)


def verdict(difference: Measure, margin: float) -> str:
    """Non-inferior: the whole interval lies above minus the margin; inferior: the whole of it lies below."""
    if isinstance(difference, NotEstimable):
        return INCONCLUSIVE
    if difference.low > -margin:
        return NON_INFERIOR
    return INFERIOR if difference.high < -margin else INCONCLUSIVE


def reversed_difference(one: Measure) -> Measure:
    """The second less the first, of the first less the second."""
    if isinstance(one, NotEstimable):
        return one
    return replace(one, value=0.0 - one.value, low=0.0 - one.high, high=0.0 - one.low)
