"""What a released scorecard's JSON gives away, by exact search; nothing here knows how the gate works.

Two readers. One knows the JSON alone: each count that it holds is a sum over kinds of case, a kind being one level of
every attribute, and an integer programme finds the smallest and largest number of patients that a cell could have.
The other knows besides which kinds there are, as from a paper on the data, and sets unions of shown cells off
against one another.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from nccid_eval.records import Truth

Place = tuple[str, str]
TABLES = ("diseased_patients", "healthy_patients")
CROSS = " × "


@dataclass(frozen=True)
class Read:
    """The JSON as equations: `inside` says which kinds are in a cell; `counts` is None where it is suppressed."""

    kinds: list[dict[str, str]]
    inside: Mapping[Place, np.ndarray]
    counts: Mapping[Place, Mapping[str, Any] | None]
    totals: Mapping[str, int]


def read(form: Mapping[str, Any]) -> Read:
    """Kinds of which a crossing has no row do not occur: a row stands for every level that has a case."""
    groups = {**form["by_group"], **form["bias"]["intersections"]}
    counts = {(name, level): one["counts"] for name, levels in groups.items() for level, one in levels.items()}
    levels = [[(name, level) for level in given] for name, given in form["by_group"].items()]
    kinds = [dict(one) for one in itertools.product(*levels)]
    crossed = list(form["bias"]["intersections"])
    kinds = [one for one in kinds if all((name, level_of(one, name)) in counts for name in crossed)]
    inside = {place: np.array([level_of(one, place[0]) == place[1] for one in kinds]) for place in counts}
    return Read(kinds=kinds, inside=inside, counts=counts, totals={name: form["counts"][name] for name in TABLES})


def level_of(kind: Mapping[str, str], attribute: str) -> str:
    return CROSS.join(kind[name] for name in attribute.split(CROSS))


def bounds(given: Read, place: Place, table: str) -> tuple[int, int]:
    """The fewest and the most diseased or healthy patients of a cell in any data that would be released so."""
    first, none = np.ones(len(given.kinds)), np.zeros(len(given.kinds))
    wide = {
        "diseased_patients": lambda row: np.append(row, none),
        "healthy_patients": lambda row: np.append(none, row),
    }
    rows, low, high = [], [], []
    for name in TABLES:
        for row, number in [(first, given.totals[name]), *_told(given, name)]:
            rows.append(wide[name](row))
            low.append(number)
            high.append(number)
    for hidden in (one for one, counts in given.counts.items() if counts is None):
        rows.append(
            np.append(given.inside[hidden], given.inside[hidden])
        )  # its row stands there, so it has a patient
        low.append(1)
        high.append(np.inf)
    sought = wide[table](given.inside[place].astype(float))
    found = [
        milp(
            sign * sought,
            constraints=LinearConstraint(np.array(rows, dtype=float), low, high),
            bounds=Bounds(0, np.inf),
            integrality=np.ones(len(sought)),
        )
        for sign in (1, -1)
    ]
    assert all(one.status == 0 for one in found), found
    return round(found[0].fun), round(-found[1].fun)


def _told(given: Read, table: str) -> list[tuple[np.ndarray, int]]:
    return [(given.inside[place], one[table]) for place, one in given.counts.items() if one is not None]


def small_unions(given: Read, truth: Truth, minimum: int) -> Iterator[tuple[list[Place], list[Place], str]]:
    """Unions of shown cells of two attributes, one inside the other but for fewer patients than the minimum."""
    there = np.array([_mask(truth, one).any() for one in given.kinds])
    people = {
        table: np.array([len(set(truth.patient[_mask(truth, one) & (truth.label == sick)])) for one in given.kinds])
        for table, sick in zip(TABLES, (True, False), strict=True)
    }
    unions = {name: list(_unions(given, name, there)) for name in dict.fromkeys(name for name, _ in given.counts)}
    for outer, inner in itertools.permutations(unions, 2):
        for (around, whole), (within, part) in itertools.product(unions[outer], unions[inner]):
            if (part & ~whole).any() or not (whole & ~part).any():
                continue
            for table in TABLES:
                if people[table][whole & ~part].sum() < minimum:
                    yield around, within, table


def _unions(given: Read, attribute: str, there: np.ndarray) -> Iterator[tuple[list[Place], np.ndarray]]:
    """Each union of an attribute's shown cells with its complement, as kinds that there are."""
    shown = [place for place, one in given.counts.items() if place[0] == attribute and one is not None]
    for size in range(1, len(shown) + 1):
        for chosen in itertools.combinations(shown, size):
            union = np.logical_or.reduce([given.inside[one] for one in chosen]) & there
            yield list(chosen), union
            yield [("not", ""), *chosen], there & ~union


def _mask(truth: Truth, kind: Mapping[str, str]) -> np.ndarray:
    return np.logical_and.reduce([truth.attributes[name] == level for name, level in kind.items()])
