"""Whether a few patients alone part a union of shown levels from a union of another attribute's shown levels.

Two makers and two sites that share all patients but one: the makers less the sites are that patient. Hidden levels of
an attribute are known together alone, so they are one block; complements are then unions of blocks as well.
Which union to take is a minimum cut. Source: Picard 1976 (maximum closure of a graph).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from nccid_eval.records import Flags, Numbers
from nccid_eval.scoring.cell_audit import Attack, Cells, by_attribute, smallest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blocks:
    """An attribute as it is released: blocks × kinds, the shown levels first; `rows` says which those are."""

    rows: NDArray[np.intp]
    inside: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """Two attributes' blocks, inner × outer: whether there is a case, and patients of the table.

    `spread`: in so many crossings is one patient, at most.
    """

    present: Flags
    patients: Numbers
    spread: int


def parted_unions(cells: Cells, attack: Attack, minimum: int) -> int | None:
    """The next row to hide where a union of blocks holds another attribute's union and few patients more."""
    blocks = [one for one in (_blocks(cells, rows, attack) for rows in by_attribute(cells)) if len(one.inside) > 1]
    for inner, outer in permutations(blocks, 2):
        pair = _pair(cells, attack.table, inner, outer, minimum)
        for within, around in _closest(pair, minimum) if pair else ():
            left = np.logical_and(outer.inside[around].any(axis=0), ~inner.inside[within].any(axis=0))
            used = np.concatenate((_shown(inner, within), _shown(outer, around)))
            if len(used) and cells.patients(left, attack.table) < minimum:
                return smallest(cells, used)
    return None


def _blocks(cells: Cells, rows: NDArray[np.intp], attack: Attack) -> Blocks:
    shown = np.intersect1d(rows, attack.shown)
    inside, rest = cells.inside[shown], ~cells.inside[shown].any(axis=0)
    return Blocks(rows=shown, inside=np.vstack((inside, rest)) if rest.any() else inside)


def _shown(blocks: Blocks, chosen: Flags) -> NDArray[np.intp]:
    """The rows that tell of a union: its levels, or those outside where it holds the hidden block."""
    number = len(blocks.rows)
    return blocks.rows[~chosen[:number] if chosen[number:].any() else chosen[:number]]


def _pair(cells: Cells, table: bool, inner: Blocks, outer: Blocks, minimum: int) -> Pair | None:
    """None where each crossing surely holds the minimum: there is nothing to part."""
    first, second = inner.inside.astype(np.float32), outer.inside.astype(np.float32)
    present = first @ second.T > 0
    cases = (first * cells.cases[int(table)].astype(np.float32)) @ second.T
    if (cases[present] >= minimum * cells.most_cases).all():
        return None
    crossing = np.argmax(inner.inside, axis=0) * len(second) + np.argmax(outer.inside, axis=0)
    mine = cells.label == table
    places = np.unique(crossing[cells.kind[mine]] * (len(cells.patient) + 1) + cells.patient[mine])
    at, patient = np.divmod(places, len(cells.patient) + 1)
    patients = np.bincount(at, minlength=present.size).reshape(present.shape).astype(np.float64)
    return Pair(present=present, patients=patients, spread=int(np.bincount(patient).max()) if len(at) else 1)


def _closest(pair: Pair, minimum: int) -> Iterator[tuple[Flags, Flags]]:
    """Inner and outer blocks whose remainder is smallest, for each crossing of few patients that could be left."""
    inner = len(pair.present)
    follows = _follows(pair, minimum)
    taken, left = follows[inner:, inner:], follows[:inner, :inner].T
    surely = left.astype(np.float64) @ pair.patients @ taken.T.astype(np.float64) / pair.spread
    few = pair.present & ~follows[inner:, :inner].T & (surely < minimum)
    tried = set()
    for first, second in np.argwhere(few).tolist():
        asked = (left[first].tobytes(), taken[second].tobytes())
        if asked not in tried:
            tried.add(asked)
            yield _cut(pair, first, second)


def _follows(pair: Pair, minimum: int) -> Flags:
    """Which block brings which along: inner ones all that they meet, outer ones those of whom many would be left."""
    inner, outer = pair.present.shape
    reach = np.eye(inner + outer, dtype=np.bool_)
    many = pair.patients >= minimum
    reach[:inner, inner:], reach[inner:, :inner] = pair.present, many.T
    for _ in range(int(np.ceil(np.log2(inner + outer)))):
        reach = reach.astype(np.float32) @ reach.astype(np.float32) > 0
    return reach


def _cut(pair: Pair, without: int, including: int) -> tuple[Flags, Flags]:
    """The unions of smallest remainder with one inner block left out and one outer block taken in.

    An inner block gains its patients and asks for every outer block that it meets, each at the cost of its own.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    inner, outer = pair.present.shape
    source, sink, endless = inner + outer, inner + outer + 1, int(pair.patients.sum()) + 1
    capacity = np.zeros((sink + 1, sink + 1), dtype=np.int32)
    capacity[source, :inner] = pair.patients.sum(axis=1)
    capacity[source, without] = 0
    capacity[:inner, inner:source] = pair.present * endless
    capacity[inner:source, sink] = pair.patients.sum(axis=0)
    capacity[inner + including, sink] = 0
    flow = maximum_flow(csr_array(capacity), source, sink).flow.toarray()
    reached = breadth_first_order(csr_array(capacity - flow), source, return_predecessors=False)
    chosen = np.zeros(sink + 1, dtype=np.bool_)
    chosen[[*reached, inner + including]] = True
    return chosen[:inner], chosen[inner:source]
