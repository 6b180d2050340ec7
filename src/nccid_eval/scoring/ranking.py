"""AUC, average precision and partial AUC of weighted cases: one sort, then a few running sums a bootstrap replicate.

All sums are of whole numbers, so that a weight of two is exactly a case written twice.
Sources: DeLong 1988 (AUC); Boyd, Eng and Page 2013 (average precision by steps); McClish 1989 (partial area).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nccid_eval.records import Numbers
from nccid_eval.scoring.resampling import disease_strata, draws
from nccid_eval.scoring.sample import Indices, Sample

Weights = NDArray[np.intp]
Shares = TypeVar("Shares", float, Numbers)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """Positives and negatives, each ascending by score. A patient's weight stands at its place: strata in a row.

    Places go by rank, so that weights are read nearly in order.
    """

    sizes: tuple[int, ...]  # patients in each disease stratum
    patients: Indices  # whose place each is: the patient's code
    positive: Indices | slice  # place of each positive's patient
    negative: Indices | slice
    is_tied: bool  # a positive with a negative
    below: Indices  # negatives below each positive
    upto: Indices  # negatives not above each positive
    tied_from: Indices  # the first positive with the same score as each positive
    levels: Indices  # the first negative of each distinct score, then their number
    above: Indices  # positives not above each of those scores
    at_least: Indices  # positives below each of those scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighted:
    """One replicate: running sums of weights, each with a zero in front."""

    positive: Weights  # the weight of each positive
    positives: Weights  # running sum
    negatives: Weights


Statistic = Callable[[Ranking, Weighted], float]


def rank(sample: Sample) -> Ranking:
    """The order of a sample, once for all replicates. Needs a positive and a negative."""
    place, strata = _places(sample)
    positives, negatives = sample.score[sample.label], sample.score[~sample.label]
    scores, levels = np.unique(negatives, return_index=True)
    below = np.searchsorted(negatives, positives, side="left")
    upto = np.searchsorted(negatives, positives, side="right")
    return Ranking(
        sizes=tuple(len(one) for one in strata),
        patients=np.concatenate(strata),
        positive=_in_a_row(place[sample.patient[sample.label]]),
        negative=_in_a_row(place[sample.patient[~sample.label]]),
        is_tied=not np.array_equal(below, upto),
        below=below,
        upto=upto,
        tied_from=np.searchsorted(positives, positives, side="left"),
        levels=np.append(levels, len(negatives)),
        above=np.searchsorted(positives, scores, side="right"),
        at_least=np.searchsorted(positives, scores, side="left"),
    )


def unweighted(ranking: Ranking) -> Weighted:
    return weigh(ranking, np.ones(sum(ranking.sizes), dtype=np.intp))


def weigh(ranking: Ranking, weights: Weights) -> Weighted:
    """`weights`: how often each patient counts, by place."""
    positive = weights[ranking.positive]
    return Weighted(positive=positive, positives=_running(positive), negatives=_running(weights[ranking.negative]))


def replicates(ranking: Ranking, statistics: tuple[Statistic, ...], number: int, rng: np.random.Generator) -> Numbers:
    """Each statistic in each patient bootstrap: (number × statistics)."""

    def rows() -> Iterator[list[float]]:
        for weights in draws(ranking.sizes, number, rng):
            one = weigh(ranking, weights)
            yield [statistic(ranking, one) for statistic in statistics]

    return np.array(list(rows()), dtype=np.float64)


def auc(ranking: Ranking, weighted: Weighted) -> float:
    """P(a positive above a negative), ties one half."""
    beaten = weighted.negatives.take(ranking.below)
    other = weighted.negatives.take(ranking.upto) if ranking.is_tied else beaten
    doubled = int(weighted.positive @ (beaten + other))
    return doubled / (2 * int(weighted.positives[-1]) * int(weighted.negatives[-1]))


def average_precision(ranking: Ranking, weighted: Weighted) -> float:
    """Mean over the positives of the precision where each is called: by steps, cases of one score together."""
    called_right = weighted.positives[-1] - weighted.positives.take(ranking.tied_from)
    called = called_right + weighted.negatives[-1] - weighted.negatives.take(ranking.below)
    precision = called_right / np.maximum(called, 1)
    return float((weighted.positive * precision).sum()) / int(weighted.positives[-1])


def partial_area(ranking: Ranking, weighted: Weighted, specificity: float) -> float:
    """Raw area under the curve from `specificity` to 1: the curve is straight between its points."""
    total, positives = int(weighted.negatives[-1]), int(weighted.positives[-1])
    wrong = (total - weighted.negatives.take(ranking.levels))[::-1]  # false positives by falling threshold, from 0
    last = int(np.searchsorted(wrong, (1 - specificity) * total, side="left"))
    widths = np.diff(wrong[: last + 1])
    above = positives - weighted.positives.take(ranking.above[::-1][:last])
    at_least = positives - weighted.positives.take(ranking.at_least[::-1][:last])
    used = np.minimum((1 - specificity) * total - wrong[:last], widths)
    share = used / np.maximum(widths, 1)
    return float(used @ (above + share * (at_least - above) / 2)) / (positives * total)


def standardised(area: Shares, specificity: float) -> Shares:
    """McClish's: 0.5 for an index test that knows nothing, 1 for a perfect one."""
    most = 1 - specificity
    least = most**2 / 2
    return (1 + (area - least) / (most - least)) / 2


def _places(sample: Sample) -> tuple[Indices, list[Indices]]:
    """The place of each patient code; the codes of each stratum in the order of their places."""
    codes, first = np.unique(sample.patient, return_index=True)
    lowest = np.zeros(sample.patients)
    lowest[codes] = sample.score[first]  # and by code where tied: the order of the input must not matter
    strata = [members[np.argsort(lowest[members], kind="stable")] for members in disease_strata(sample)]
    place = np.zeros(sample.patients, dtype=np.intp)
    place[np.concatenate(strata)] = np.arange(len(codes))
    return place, strata


def _in_a_row(places: Indices) -> Indices | slice:
    """A slice where one will do, as at one case a patient: it costs nothing to read."""
    first, number = int(places[0]), len(places)
    in_a_row = np.array_equal(places, np.arange(first, first + number))
    return slice(first, first + number) if in_a_row else places


def _running(weights: Weights) -> Weights:
    sums = np.zeros(len(weights) + 1, dtype=np.intp)
    np.cumsum(weights, out=sums[1:])
    return sums
