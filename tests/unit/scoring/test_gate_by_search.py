"""No count of a small cell follows from a released scorecard: searched for over small tables of patients."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from searches import TABLES, Place, Read, bounds, read, small_unions
from studies import card, study

from nccid_eval.records import Predictions, Truth
from nccid_eval.scoring import gate, to_json

MINIMUM = 4  # small, so that small tables hold cells to show and cells to hide
NAMES = ("sex", "site", "maker")
SHAPES = ((2, 3), (3, 3), (2, 4), (2, 2, 3), (3, 4), (4, 4), (2, 3, 2))
PAIRS = ((), (("sex", "site"),), (("sex", "site"), ("site", "maker"), ("sex", "maker")))
SIZES = ([0, 0, 1, 2, 5, 9], [4, 5, 6, 7, 9, 2, 0], [0, 0, 0, 6, 7, 1], [1, 3, 4, 6, 8])
Studied = tuple[Predictions, Truth]
fewer = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def tables(draw: st.DrawFn) -> tuple[Studied, tuple[tuple[str, str], ...]]:
    """Diseased and healthy patients of each kind; every patient has one or two cases, all of one kind."""
    shape, sizes = draw(st.sampled_from(SHAPES)), draw(st.sampled_from(SIZES))
    kinds = list(itertools.product(*(range(one) for one in shape)))
    patients = st.lists(st.sampled_from(sizes), min_size=len(kinds), max_size=len(kinds))
    diseased, healthy = draw(patients), draw(patients)
    assume(min(sum(diseased), sum(healthy)) >= MINIMUM)
    pairs = tuple(one for one in draw(st.sampled_from(PAIRS)) if set(one) <= set(NAMES[: len(shape)]))
    return made(kinds, diseased, healthy), pairs


def made(kinds: list[tuple[int, ...]], diseased: list[int], healthy: list[int]) -> Studied:
    rows = [
        (kind, label, f"p{at}-{label}-{one}")
        for at, kind in enumerate(kinds)
        for label, number in ((1, diseased[at]), (0, healthy[at]))
        for one in range(number)
        for _ in range(1 + one % 2)
    ]
    scores = np.random.default_rng(len(rows)).normal(size=len(rows)) + [label for _, label, _ in rows]
    attributes = {NAMES[at]: [f"{NAMES[at]}{kind[at]}" for kind, _, _ in rows] for at in range(len(kinds[0]))}
    return study(scores.tolist(), [row[1] for row in rows], [row[2] for row in rows], attributes)


def released(studied: Studied, pairs: tuple[tuple[str, str], ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The scorecard's JSON before and after the gate."""
    plan = {"attributes": NAMES, "intersections": pairs, "minimum_patients": MINIMUM}
    full = card(studied, replicates=4, permutations=1, **plan)
    return to_json(full), to_json(gate(full, studied[1], MINIMUM))


def small_and_hidden(full: dict[str, Any], found: Read) -> list[tuple[Place, str]]:
    true = read(full).counts
    return [
        (place, table)
        for place, counts in found.counts.items()
        for table in TABLES
        if counts is None and (true[place] or {})[table] < MINIMUM and not found.inside[place].all()
    ]


@fewer
@given(tables())
def test_no_small_count_is_determined_or_held_below_the_minimum(drawn: tuple[Studied, Any]) -> None:
    full, form = released(*drawn)
    found = read(form)
    assert all(min(one[table] for table in TABLES) >= MINIMUM for one in found.counts.values() if one)
    for place, table in small_and_hidden(full, found):
        low, high = bounds(found, place, table)
        assert low < high, (place, table, low)
        assert high >= MINIMUM, (place, table, high)


@fewer
@given(tables())
def test_no_unions_of_shown_cells_leave_a_few_patients(drawn: tuple[Studied, Any]) -> None:
    _, form = released(*drawn)
    assert list(small_unions(read(form), drawn[0][1], MINIMUM)) == []


@fewer
@given(tables())
def test_audit_power_and_gaps_tell_no_count_that_the_groups_do_not(drawn: tuple[Studied, Any]) -> None:
    _, form = released(*drawn)
    groups = form["by_group"]
    for name, levels in form["audit"]["strata"].items():
        for level, one in levels.items():
            assert [one[table] for table in TABLES] == [(groups[name][level]["counts"] or {}).get(t) for t in TABLES]
    for row in form["power"]["rows"]:
        name, _, level = row["group"].partition(": ")
        counts = (groups[name][level] if level else form)["counts"] or {}
        table = TABLES[row["measure"] == "specificity"]
        assert row.get("patients") == counts.get(table)
    for name, measures in form["bias"]["gaps"].items():
        shown = sum(one["counts"]["patients"] for one in groups[name].values() if one["counts"])
        assert {one["patients"] for one in measures.values() if "reason" not in one} <= {shown}


def test_the_search_finds_a_lone_hidden_cell_out() -> None:
    """Without a second hidden site, totals less shown sites are the small one."""
    kinds = [(sex, site) for sex in range(2) for site in range(4)]
    full, _ = released(made(kinds, [9, 9, 9, 1] * 2, [9, 9, 9, 6] * 2), ())
    careless = copy.deepcopy(full)
    careless["by_group"]["site"]["site3"]["counts"] = None
    found = read(careless)
    assert small_and_hidden(full, found) == [(("site", "site3"), "diseased_patients")]
    assert bounds(found, ("site", "site3"), "diseased_patients") == (2, 2)


def test_the_search_finds_margins_out_that_hold_a_hidden_crossing_near_zero() -> None:
    """Three healthy patients of a row are in one of two hidden cells: both hold three at the most."""
    kinds = [(sex, site) for sex in range(2) for site in range(3)]
    full, form = released(made(kinds, [9] * 6, [1, 2, 9, 9, 9, 9]), (("sex", "site"),))
    careless = copy.deepcopy(full)
    for level in ("sex0 × site0", "sex0 × site1", "sex1 × site0", "sex1 × site1"):
        careless["bias"]["intersections"]["sex × site"][level]["counts"] = None
    place = ("sex × site", "sex0 × site0")
    assert bounds(read(careless), place, "healthy_patients") == (0, 3)
    assert bounds(read(form), place, "healthy_patients")[1] >= MINIMUM


def test_sites_less_one_shown_crossing_do_not_say_that_all_others_are_diseased() -> None:
    """Two hidden sites hold eight healthy patients, all in one crossing that is large enough to be shown."""
    kinds = [(sex, site) for sex in range(2) for site in range(4)]
    studied = made(kinds, [9, 8, 9, 7, 9, 9, 8, 7], [0, 6, 0, 0, 8, 9, 0, 9])
    full, form = released(studied, (("sex", "site"),))
    found = read(form)
    hidden = small_and_hidden(full, found)
    assert (("site", "site2"), "healthy_patients") in hidden
    assert all(bounds(found, *one)[1] >= MINIMUM for one in hidden)


def test_two_sites_and_two_makers_that_one_patient_parts_are_not_all_shown() -> None:
    """Sites 0 and 1 use makers 0 and 1 alone, but for one diseased patient of site 2: makers less sites are it."""
    kinds = list(itertools.product(range(2), range(4), range(4)))
    diseased = [
        6 if (site < 2) == (maker < 2) else int(kind == (0, 2, 1)) for kind in kinds for _, site, maker in [kind]
    ]
    healthy = [6 if (site < 2) == (maker < 2) else 0 for _, site, maker in kinds]
    studied = made(kinds, diseased, healthy)
    full, form = released(studied, ())
    assert list(small_unions(read(full), studied[1], MINIMUM))
    assert list(small_unions(read(form), studied[1], MINIMUM)) == []
    assert sum(one is not None for one in read(form).counts.values()) >= 4
