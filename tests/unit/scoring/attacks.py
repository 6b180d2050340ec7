"""What an attacker can compute from a released scorecard, by brute force.

Every released count of diseased (or healthy) patients is one linear equation over the kinds of case. A set of
suppressed cells is found out where the sum of its equations follows from the released ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from nccid_eval.records import GroupScore, Scorecard, Truth
from nccid_eval.scoring.cells import columns_of, crossed_columns

Place = tuple[str, str]
MOST_HIDDEN = 9  # subsets of more are too many


def all_groups(card: Scorecard) -> dict[str, dict[str, GroupScore]]:
    crossed = card.bias.intersections if card.bias else {}
    return {name: dict(levels) for name, levels in {**card.by_group, **crossed}.items()}


def masks(card: Scorecard, truth: Truth) -> dict[Place, np.ndarray]:
    """The cases of each cell."""
    columns = {**columns_of(truth, card.plan), **crossed_columns(truth, card.plan)}
    return {
        (name, level): columns[name].levels == level for name, levels in all_groups(card).items() for level in levels
    }


def released(card: Scorecard, *, diseased: bool) -> set[Place]:
    """Cells whose number of diseased, or of healthy, patients is in the scorecard."""
    return {
        (name, level)
        for name, levels in all_groups(card).items()
        for level, one in levels.items()
        if one.counts is not None and (diseased or not one.counts.diseased_only)
    }


def patients(truth: Truth, chosen: np.ndarray, *, diseased: bool) -> int:
    return len(set(truth.patient[chosen & (truth.label == diseased)]))


def found_out(card: Scorecard, truth: Truth, minimum: int, *, diseased: bool) -> Iterator[frozenset[Place]]:
    """Sets of cells of one attribute that are not released, are few patients together, and can be computed.

    A set that is empty tells of nobody; all sets of up to MOST_HIDDEN cells of an attribute are tried.
    """
    cells, shown = masks(card, truth), released(card, diseased=diseased)
    _, kind = np.unique(np.column_stack(list(cells.values())), axis=0, return_inverse=True)
    first = np.unique(kind.ravel(), return_index=True)[1]
    known = np.array([np.ones(len(first)), *(cells[place][first].astype(float) for place in sorted(shown))])
    rank = np.linalg.matrix_rank(known)
    for attribute in all_groups(card):
        hidden = sorted(place for place in cells if place[0] == attribute and place not in shown)[:MOST_HIDDEN]
        for size in range(1, len(hidden) + 1):
            for chosen in itertools.combinations(hidden, size):
                union = np.logical_or.reduce([cells[place] for place in chosen])
                few = patients(truth, union, diseased=diseased) < minimum
                if few and np.linalg.matrix_rank(np.vstack((known, union[first]))) == rank:
                    yield frozenset(chosen)


def small_remainders(card: Scorecard, truth: Truth, minimum: int, *, diseased: bool) -> Iterator[tuple[Place, Place]]:
    """Pairs of released cells where one less the other inside it is one to `minimum` - 1 patients."""
    cells, shown = masks(card, truth), released(card, diseased=diseased)
    for outer, inner in itertools.permutations(sorted(shown), 2):
        if not (cells[inner] & ~cells[outer]).any():
            left = patients(truth, cells[outer] & ~cells[inner], diseased=diseased)
            if 0 < left < minimum:
                yield outer, inner
