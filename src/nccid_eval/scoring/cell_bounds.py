"""Whether counts that are shown hold a suppressed one below the minimum, as no count is below zero.

Two attributes and their crossing are a table with margins: what is left of a row and of a column bounds each hidden
cell between them. Source: Fellegi 1972, and Fischetti and Salazar 2001 (an audit by linear programmes).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nccid_eval.records import Numbers
from nccid_eval.scoring.cell_audit import HEALTHY, Attack, Cells, by_attribute, smallest
from nccid_eval.scoring.cells import CROSS

_ROUNDING = 1e-6


def bounded_by_margins(cells: Cells, attack: Attack, minimum: int) -> int | None:
    """The next row to hide where a hidden cell of few patients could not hold the minimum, for all that is shown.

    Of attributes that are crossed, with their crossings; which kinds of case there are is taken as known.
    """
    for rows in _crossed(cells):
        shown = np.intersect1d(rows, attack.shown)
        kinds, code = np.unique(cells.inside[rows], axis=1, return_inverse=True)
        true: Numbers = np.bincount(code.ravel(), weights=cells.people[int(attack.table)]).astype(np.float64)
        place = np.searchsorted(rows, shown)
        known = np.vstack((kinds[place], np.ones((1, kinds.shape[1])))).astype(np.float64)
        targets = kinds[np.searchsorted(rows, _secret(cells, attack, rows))].astype(np.float64)
        few = targets[(targets @ true < minimum) & ~targets.all(axis=1)]
        binding = _binding(known, true, few, minimum) if len(shown) else None
        if binding is not None:
            used = shown[binding[:-1]]
            return smallest(cells, used if len(used) else shown)
    return None


def _binding(known: Numbers, true: Numbers, targets: Numbers, minimum: int) -> NDArray[np.bool_] | None:
    """Which known sums hold the first target that is bounded below the minimum; None where none is."""
    from scipy.optimize import linprog

    worlds = [true]
    for target in targets:
        if max(float(target @ world) for world in worlds) >= minimum - _ROUNDING:
            continue
        found = linprog(-target, A_eq=known, b_eq=known @ true, method="highs")
        world = np.asarray(found.x, dtype=np.float64)
        if float(target @ world) < minimum - _ROUNDING:
            binding: NDArray[np.bool_] = np.abs(found.eqlin.marginals) > _ROUNDING
            return binding
        worlds.append(world)
    return None


def _secret(cells: Cells, attack: Attack, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Hidden rows that hold patients of the table: healthy ones lack what is recorded for the diseased alone."""
    hidden = np.intersect1d(rows, attack.hidden)
    if attack.table is HEALTHY:
        hidden = hidden[[cells.places[at][0] not in cells.diseased_alone for at in hidden]]
    return hidden


def _crossed(cells: Cells) -> Iterator[NDArray[np.intp]]:
    """Rows of attributes that hang together by crossings."""
    names = dict.fromkeys(name for name, _ in cells.places)
    rows = dict(zip(names, by_attribute(cells), strict=True))
    tied: list[set[str]] = []
    for crossing in (name for name in names if CROSS in name):
        ties = {crossing, *(one for one in crossing.split(CROSS) if one in names)}
        touching = [one for one in tied if one & ties]
        tied = [*(one for one in tied if not one & ties), ties.union(*touching)]
    for one in tied:
        yield np.sort(np.concatenate([rows[name] for name in names if name in one]))
