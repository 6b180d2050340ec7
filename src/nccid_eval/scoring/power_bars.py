"""How many diseased and healthy cases each criterion asks for, said in a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from nccid_eval.records import Criterion, Plan
from nccid_eval.scoring import power_sizes as sizes
from nccid_eval.scoring.wording import percent

ABOVE_BAR = 0.05  # the truth is assumed to lie so far above a criterion's bar, but at most half way to 1
ASSUMED = 0.85  # sensitivity or specificity where the plan sets no bar for it
CASES_OF = {"sensitivity": ("diseased",), "specificity": ("healthy",)}  # every other metric needs both


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """The diseased or the healthy cases of a study."""

    cases: int
    design_effect: float


def assumed_truth(bar: float) -> float:
    return min(bar + ABOVE_BAR, (bar + 1) / 2)


def assumed_value(measure: str, plan: Plan) -> float:
    """The truth that the first criterion on this measure assumes, else a fixed value."""
    bars = [one.bar for one in plan.criteria if one.metric == measure]
    return assumed_truth(bars[0]) if bars else ASSUMED


def needed(kinds: Mapping[str, Kind], plan: Plan) -> dict[str, str]:
    """A sentence for each criterion; `kinds` holds diseased and healthy."""
    return {f"{one.metric} above {one.bar:g}": _sentence(one, kinds, plan) for one in plan.criteria}


def _sentence(criterion: Criterion, kinds: Mapping[str, Kind], plan: Plan) -> str:
    names = CASES_OF.get(criterion.metric, ("diseased", "healthy"))
    absent = [name for name in names if not kinds[name].cases]
    if absent:
        return f"there is no {absent[0]} case"
    if criterion.bar <= 0:
        return "a bar of 0 asks for nothing"
    wanted, reached = _sizes(criterion.bar, [kinds[name] for name in names], plan)
    parts = [_part(name, number, kinds[name]) for name, number in zip(names, wanted, strict=True)]
    return (
        f"{' and '.join(parts)} to show it with a power of {percent(plan.power)} where the truth is "
        f"{assumed_truth(criterion.bar):g}; those here give {100 * reached:.0f}%"
    )


def _sizes(bar: float, kinds: list[Kind], plan: Plan) -> tuple[tuple[int, ...], float]:
    """Independent cases wanted of each kind, and the power of those that there are."""
    truth, here = assumed_truth(bar), [one.cases / one.design_effect for one in kinds]
    if len(here) == 1:
        wanted = sizes.cases_needed(bar, truth, plan.level, plan.power)
        return (wanted,), sizes.power_of_bar(bar, truth, here[0], plan.level)
    both = sizes.auc_cases_needed(bar, truth, here[0] / sum(here), plan.level, plan.power)
    return both, sizes.auc_power(bar, truth, here[0], here[1], plan.level)


def _part(name: str, independent: int, kind: Kind) -> str:
    asked = math.ceil(independent * kind.design_effect - 1e-9)
    clustered = f": {independent:,} times a design effect of {kind.design_effect:.2f}"
    times = clustered if kind.design_effect > 1 else ""
    return f"{asked:,} {name} cases (here {kind.cases:,}{times})"
