"""Whether a suppressed cell could be computed from the cells that are shown.

Two attacks stand here: a whole (the total, a shown cell, or all others) less the shown cells of an attribute that
divides it up; any weighted sum of shown cells and the total, over all attributes. Two have modules of their own:
`cell_unions` and `cell_bounds`. Diseased and healthy patients are two tables, attacked one by one, as a cell of an
attribute that is recorded for the diseased alone is shown in the first and in the second never.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nccid_eval.records import Flags, Numbers, Truth
from nccid_eval.scoring.cells import Column
from nccid_eval.scoring.recorded import for_diseased_alone
from nccid_eval.scoring.sample import distinct

Place = tuple[str, str]  # attribute, level
DISEASED, HEALTHY = True, False  # the two tables, by label
_TINY = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Cells over kinds of case: two cases are of one kind when they agree in every attribute.

    `inside` is cells × kinds; `kind`, `patient` (a code) and `label` have one entry a case. `sketch` holds as many
    random sums of each cell's kinds as settle which cells are sums of others; its last row is the total.
    """

    places: tuple[Place, ...]
    inside: Flags
    sketch: Numbers
    kind: NDArray[np.intp]
    patient: NDArray[np.intp]
    label: Flags
    cases: Numbers  # healthy, diseased × kinds
    people: Numbers  # likewise, patients
    most_cases: int  # of one patient
    diseased_alone: frozenset[str]  # attributes

    def rows(self, places: Collection[Place]) -> NDArray[np.intp]:
        """Where these cells stand, in their own order."""
        wanted = set(places)
        return np.array([at for at, one in enumerate(self.places) if one in wanted], dtype=np.intp)

    def patients(self, chosen: Flags, table: bool) -> int:
        """Diseased or healthy patients among the cases of the chosen kinds."""
        return distinct(self.patient[chosen[self.kind] & (self.label == table)])

    def size(self, place: Place) -> int:
        """What a cell is small by: the smaller of its diseased and healthy patients, or the diseased alone."""
        row = self.inside[self.places.index(place)]
        diseased = self.patients(row, DISEASED)
        return diseased if place[0] in self.diseased_alone else min(diseased, self.patients(row, HEALTHY))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attack:
    """One table as it would be released: rows of `Cells.inside`."""

    table: bool
    shown: NDArray[np.intp]
    hidden: NDArray[np.intp]


def describe_cells(columns: Mapping[str, Column], truth: Truth) -> Cells:
    """The cells of these columns as sets of cases of the truth that was scored."""
    coded = {name: np.unique(one.levels, return_inverse=True) for name, one in columns.items()}
    table = np.zeros(len(truth.case), dtype=np.intp)
    for _, code in coded.values():
        _, table = np.unique(table * (int(code.max()) + 1) + code, return_inverse=True)
    _, first = np.unique(table, return_index=True)
    places = tuple((name, level) for name, (levels, _) in coded.items() for level in levels.tolist())
    rows = [code[first] == at for levels, code in coded.values() for at in range(len(levels))]
    inside = np.array(rows, dtype=np.bool_).reshape(len(places), len(first))
    patient, label = np.unique(truth.patient, return_inverse=True)[1], truth.label
    alone = (name for name, one in columns.items() if for_diseased_alone(one.known, patient, label))
    return Cells(
        places=places,
        inside=inside,
        sketch=_sketch(inside),
        kind=table,
        patient=patient,
        label=label,
        cases=_tables(table, label, len(first)),
        people=_tables(*_distinct(table, label, patient), len(first)),
        most_cases=int(np.bincount(patient).max()),
        diseased_alone=frozenset(alone),
    )


def _tables(kind: NDArray[np.intp], label: Flags, kinds: int) -> Numbers:
    """How many entries are of each kind, the healthy ones in the first row, the diseased in the second."""
    rows = [np.bincount(kind[label == table], minlength=kinds) for table in (HEALTHY, DISEASED)]
    return np.array(rows, dtype=np.float64)


def _distinct(kind: NDArray[np.intp], label: Flags, patient: NDArray[np.intp]) -> tuple[NDArray[np.intp], Flags]:
    """Kind and label of each patient, once a kind and label."""
    codes = np.unique((kind * 2 + label) * (int(patient.max()) + 1) + patient) // (int(patient.max()) + 1)
    return codes // 2, codes % 2 == 1


def attacks(cells: Cells, hidden: Collection[Place]) -> Iterator[Attack]:
    """The table of diseased patients, then that of healthy ones."""
    everything = np.arange(len(cells.places))
    gone = cells.rows(hidden)
    silent = cells.rows([one for one in cells.places if one[0] in cells.diseased_alone])
    for table, closed in ((DISEASED, gone), (HEALTHY, np.union1d(gone, silent))):
        yield Attack(table=table, shown=np.setdiff1d(everything, closed), hidden=closed)


def exposed_by_parts(cells: Cells, attack: Attack, minimum: int) -> int | None:
    """The next row to hide where the hidden parts of a whole are one cell, or few patients together."""
    overlap, lengths = _overlap(cells, attack)
    for rows in by_attribute(cells):
        part = overlap[:, rows]
        divides = ((part == 0) | (part == lengths[rows])).all(axis=1)
        gone_rows = np.intersect1d(rows, attack.hidden)
        if not len(gone_rows):
            continue
        for at in np.flatnonzero(divides & (overlap[:, gone_rows] > 0).any(axis=1)):
            within = rows[overlap[at, rows] > 0]
            gone, left = np.intersect1d(within, attack.hidden), np.intersect1d(within, attack.shown)
            union = np.logical_or.reduce(cells.inside[gone])
            if len(left) and (len(gone) == 1 or cells.patients(union, attack.table) < minimum):
                return smallest(cells, left)
    return None


def exposed_by_sums(cells: Cells, attack: Attack, _minimum: int) -> int | None:
    """The next row to hide where a hidden one is a weighted sum of shown cells and the total."""
    wanted = [at for at in attack.hidden if not cells.inside[at].all()]  # else it is the study, never suppressed
    if not wanted or not len(attack.shown):
        return None
    known = cells.sketch[[*attack.shown, -1]].T
    target = cells.sketch[wanted].T
    weights, *_ = np.linalg.lstsq(known, target, rcond=None)
    exposed = np.abs(known @ weights - target).max(axis=0) < _TINY * np.abs(cells.sketch).max()
    for column in weights[:-1, exposed].T:
        used = attack.shown[np.abs(column) > _TINY]
        if len(used):
            return smallest(cells, used)
    return None


def _overlap(cells: Cells, attack: Attack) -> tuple[Numbers, Numbers]:
    """Kinds that each whole (a row) shares with each cell, and the kinds of each cell."""
    shown = cells.inside[attack.shown]
    everything = np.ones((1, cells.inside.shape[1]), dtype=np.bool_)
    wholes = np.vstack((everything, shown, ~shown))
    overlap = wholes.astype(np.float32) @ cells.inside.astype(np.float32).T
    return overlap.astype(np.float64), cells.inside.sum(axis=1).astype(np.float64)


def by_attribute(cells: Cells) -> list[NDArray[np.intp]]:
    names = [name for name, _ in cells.places]
    return [np.flatnonzero([one == name for one in names]) for name in dict.fromkeys(names)]


def smallest(cells: Cells, rows: NDArray[np.intp]) -> int:
    return int(min(rows, key=lambda at: cells.size(cells.places[at])))


def _sketch(inside: Flags) -> Numbers:
    """Rows of the cells and of the total in random coordinates: a linear relation between them holds here as there.

    With probability one, as there are more coordinates than rows; what is solved is a few dozen equations, not one a
    kind of case.
    """
    rows = np.vstack((inside, np.ones((1, inside.shape[1]), dtype=np.bool_))).astype(np.float64)
    width = len(rows) + 8
    if inside.shape[1] <= width:
        return rows
    mixed: Numbers = rows @ np.random.default_rng(0).normal(size=(inside.shape[1], width)) / width**0.5
    return mixed
