"""What a comparison may not tell: numbers that a run's own release withholds, and, under a strict plan, how few
patients two runs answer differently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nccid_eval.comparison.entries import Entry
from nccid_eval.records import Flags, Measure, NotEstimable, Truth
from nccid_eval.scoring import Sample

Pair = tuple[int, int]


def released_measures(entry: Entry, measures: Mapping[str, Measure]) -> dict[str, Measure]:
    """Where the run's released scorecard suppresses a measure, its reason stands in the measure's place."""
    theirs = {name: one for name, one in entry.released.overall.items() if _is_suppressed(one)}
    return {name: theirs.get(name, one) for name, one in measures.items()}


def withheld_differences(
    measures: Sequence[Mapping[str, Measure]],
    samples: Sequence[Sample],
    truth: Truth,
    pairs: Sequence[Pair],
    *,
    strict: bool,
    minimum: int,
) -> dict[tuple[Pair, str], NotEstimable]:
    """The differences that go, with the reason: a side is suppressed, or strictly few are answered differently."""
    found = {}
    for pair in pairs:
        for name in ("auc", "sensitivity", "specificity"):
            sides = (measures[at][name] for at in pair)
            reason = next((one for one in sides if isinstance(one, NotEstimable) and one.suppressed), None)
            if reason is None and strict and name != "auc":
                reason = _few_told_apart(samples, truth, pair, truth.label == (name == "sensitivity"), minimum)
            if reason is not None:
                found[pair, name] = reason
    return found


def _few_told_apart(
    samples: Sequence[Sample], truth: Truth, pair: Pair, kind: Flags, minimum: int
) -> NotEstimable | None:
    """Interval and p of a difference tell how many patients one run alone answers rightly, each way."""
    first, second = (_in_order(samples[at]) for at in pair)
    alone = (first & ~second & kind, second & ~first & kind)
    if min(len(np.unique(truth.patient[cases])) for cases in alone) >= minimum:
        return None
    reason = f"suppressed (fewer than {minimum} patients whom one run alone answers rightly)"
    return NotEstimable(reason=reason, suppressed=True)


def _in_order(sample: Sample) -> Flags:
    """Which cases the call is right for, in the truth's order."""
    right = np.zeros(len(sample.right), dtype=np.bool_)
    right[sample.source] = sample.right
    return right


def _is_suppressed(measure: Measure) -> bool:
    return isinstance(measure, NotEstimable) and measure.suppressed
