"""Whether a suppressed cell could be computed from the cells that are shown.

Three attacks: total less the shown cells of one attribute; any weighted sum of shown cells and the total, over all
attributes; a shown cell less another one that lies inside it (a maker that is used at one site alone).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nccid_eval.records import Flags, GroupScore, Truth
from nccid_eval.scoring.sample import distinct
from nccid_eval.scoring.subgroups import named

Place = tuple[str, str]  # attribute, level


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Cells over kinds of case: two cases are of one kind when they agree in every attribute.

    `inside` is cells × kinds; `kind`, `patient` (a code) and `label` have one entry a case.
    """

    places: tuple[Place, ...]
    inside: Flags
    kind: NDArray[np.intp]
    patient: NDArray[np.intp]
    label: Flags
    size: Mapping[Place, int]  # the smaller of diseased and healthy patients

    def row(self, place: Place) -> Flags:
        row: Flags = self.inside[self.places.index(place)]
        return row


def describe_cells(groups: Mapping[str, Mapping[str, GroupScore]], truth: Truth) -> Cells:
    """The cells of a scorecard as sets of cases of the truth that was scored."""
    columns = {name: named(truth.attributes[name]) for name in groups}
    codes = [np.unique(values, return_inverse=True)[1] for values in columns.values()]
    table = np.column_stack(codes) if codes else np.zeros((len(truth.case), 0), dtype=np.intp)
    _, first, kind = np.unique(table, axis=0, return_index=True, return_inverse=True)
    places = tuple((name, level) for name, levels in groups.items() for level in levels)
    inside = np.array([columns[name][first] == level for name, level in places], dtype=np.bool_)
    patient, label = np.unique(truth.patient, return_inverse=True)[1], truth.label
    flat = kind.ravel()
    size = {place: _size(row[flat], patient, label) for place, row in zip(places, inside, strict=True)}
    return Cells(places=places, inside=inside, kind=flat, patient=patient, label=label, size=size)


def exposed_by_union(cells: Cells, hidden: Collection[Place], shown: Collection[Place], minimum: int) -> Place | None:
    """The next cell to hide where the hidden ones of an attribute are one cell, or small together."""
    for attribute in dict.fromkeys(name for name, _ in hidden):
        gone = [place for place in hidden if place[0] == attribute]
        left = [place for place in shown if place[0] == attribute]
        union = np.logical_or.reduce([cells.row(place) for place in gone])
        if left and (len(gone) == 1 or _size(union[cells.kind], cells.patient, cells.label) < minimum):
            return min(left, key=cells.size.__getitem__)
    return None


def exposed_by_sums(cells: Cells, hidden: Collection[Place], shown: Collection[Place]) -> Place | None:
    """The next cell to hide where a hidden one is a weighted sum of shown cells and the total."""
    if not hidden or not shown:
        return None
    known = np.array([cells.row(place) for place in shown], dtype=np.float64)
    known = np.vstack((known, np.ones(known.shape[1])))
    wanted = np.array([cells.row(place) for place in hidden], dtype=np.float64)
    weights, *_ = np.linalg.lstsq(known.T, wanted.T, rcond=None)
    exposed = np.abs(known.T @ weights - wanted.T).max(axis=0) < 1e-8
    for column in weights[:-1, exposed].T:
        used = [place for place, weight in zip(shown, column, strict=True) if abs(weight) > 1e-8]
        if used:  # without any the cell is the whole study, which is never suppressed
            return min(used, key=cells.size.__getitem__)
    return None


def nested_remainder(cells: Cells, shown: Collection[Place], minimum: int) -> Place | None:
    """The smaller of two shown cells of different attributes, where one less the other leaves a few patients.

    A cell's complement counts as shown, as the total is known.
    """
    sets = [(place, row) for place in shown for row in (cells.row(place), ~cells.row(place))]
    if not sets:
        return None
    rows = np.array([row for _, row in sets], dtype=np.int32)
    within = (rows @ (1 - rows).T == 0) & (rows.sum(axis=1)[:, None] < rows.sum(axis=1)[None, :])
    for inner, outer in np.argwhere(within).tolist():
        first, second = sets[inner][0], sets[outer][0]
        if first[0] == second[0] or not rows[inner].any():
            continue
        remainder = (rows[outer] - rows[inner]).astype(np.bool_)
        if _size(remainder[cells.kind], cells.patient, cells.label) < minimum:
            return min((first, second), key=cells.size.__getitem__)
    return None


def _size(chosen: Flags, patient: NDArray[np.intp], label: Flags) -> int:
    """The smaller of the diseased and the healthy patients among the chosen cases."""
    return min(distinct(patient[chosen & label]), distinct(patient[chosen & ~label]))
