"""Levels dealt out anew among cases, as they could have been had they meant nothing.

Patients of one level exchange levels whole, inside the strata diseased only, healthy only, both: clusters stay
together, and each level keeps its patients of each kind. A patient with cases in several levels keeps these levels:
they turn round among the patient's own cases of one label. Both are groups of moves, so the test is exact.

Source: Good 2005, chapters 1 and 9 (restricted permutation).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nccid_eval.records import Flags, Numbers
from nccid_eval.scoring.sample import Indices


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deal:
    """How levels may move. `strata` hold patients; the others describe the cases of patients of several levels."""

    code: Indices  # of each case
    patient: Indices  # of each case, from 0
    own: Indices  # the level of each patient; the first where there are several
    strata: tuple[Indices, ...]
    mixed: Indices  # cases of patients of several levels, block by block of one patient and label
    start: Indices  # of each mixed case: where its block starts in `mixed`
    place: Indices  # … which one of its block it is
    size: Indices  # … and how many its block has
    block: Indices  # … and which block it is


def dealt(code: Indices, patient: Indices, label: Flags, score: Numbers) -> Deal:
    """Arrays of one entry a case: `code` is its level, `patient` any codes. The order of cases does not matter."""
    _, own_patient = np.unique(patient, return_inverse=True)
    patients = int(own_patient.max()) + 1 if len(own_patient) else 0
    lowest, highest = np.full(patients, np.iinfo(np.intp).max), np.zeros(patients, dtype=np.intp)
    np.minimum.at(lowest, own_patient, code)
    np.maximum.at(highest, own_patient, code)
    single = lowest == highest
    kind = 2 * np.bincount(own_patient[label], minlength=patients).astype(np.bool_)
    kind = kind + np.bincount(own_patient[~label], minlength=patients).astype(np.bool_)
    mixed, start, place, size, block = _blocks((code, score, label, own_patient), ~single)
    return Deal(
        code=code,
        patient=own_patient,
        own=lowest,
        strata=tuple(np.flatnonzero(single & (kind == one)) for one in (1, 2, 3)),
        mixed=mixed,
        start=start,
        place=place,
        size=size,
        block=block,
    )


def deals(deal: Deal, permutations: int, rows: int, rng: np.random.Generator) -> Iterator[Indices]:
    """Blocks of (permutations in the block × cases): the level of each case."""
    for begin in range(0, permutations, rows):
        cases = np.empty((min(rows, permutations - begin), len(deal.code)), dtype=np.intp)
        levels = deal.own.copy()
        for row in cases:  # one at a time, as its numbers then stay in the processor's cache
            for members in deal.strata:
                levels[members] = rng.permutation(levels[members])
            np.take(levels, deal.patient, out=row)
        if len(deal.mixed):
            turns = (rng.random((len(cases), int(deal.block[-1]) + 1))[:, deal.block] * deal.size).astype(np.intp)
            cases[:, deal.mixed] = deal.code[deal.mixed][deal.start + (deal.place + turns) % deal.size]
        yield cases


def _blocks(
    columns: tuple[Indices, Numbers, Flags, Indices], several: Flags
) -> tuple[Indices, Indices, Indices, Indices, Indices]:
    """The cases of patients of several levels by patient, then label, score and level."""
    _, _, label, patient = columns
    cases = np.flatnonzero(several[patient])
    mixed = cases[np.lexsort(tuple(one[cases] for one in columns))]
    key = 2 * patient[mixed] + label[mixed]
    first = np.concatenate(([True], key[1:] != key[:-1])) if len(key) else np.zeros(0, dtype=np.bool_)
    block = np.cumsum(first) - 1
    start = np.flatnonzero(first)[block]
    size = np.bincount(block)[block] if len(block) else block
    return mixed, start, np.arange(len(mixed)) - start, size, block
