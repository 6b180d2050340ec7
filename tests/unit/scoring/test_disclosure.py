"""The gate, attacked with what it releases: totals, complements, other attributes, ROC steps, adjusted p."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import numpy as np
import pytest
from studies import PLAN, card, drawn, estimate, study

from nccid_eval.records import Estimate, NotEstimable, Predictions, Scorecard, Truth
from nccid_eval.scoring import gate, to_json
from nccid_eval.scoring.multiplicity import adjust_all

MINIMUM = 10
Study = tuple[Predictions, Truth]
LEVELS = {"sex": 2, "site": 7, "view": 2, "maker": 4}


def skewed(seed: int, sizes: dict[str, list[float]], patients: int = 300) -> Study:
    """Attributes with levels of unlike sizes, independent of each other; all belong to the patient."""
    rng = np.random.default_rng(seed)
    predictions, truth = drawn(seed, patients, {})
    attributes = {}
    for name, weights in sizes.items():
        each = rng.choice(len(weights), size=patients, p=np.array(weights) / sum(weights))
        codes = np.array([int(one[1:]) for one in truth.patient])
        attributes[name] = np.array([f"{name}{one}" for one in each[codes]])
    return predictions, Truth(case=truth.case, patient=truth.patient, label=truth.label, attributes=attributes)


def gated(studied: Study) -> tuple[Scorecard, Scorecard]:
    full = card(studied, replicates=100)
    return full, gate(full, studied[1], MINIMUM)


def places(found: Scorecard, *, suppressed: bool) -> list[tuple[str, str]]:
    return [
        (name, level)
        for name, levels in found.by_group.items()
        for level, one in levels.items()
        if (one.counts is None) is suppressed
    ]


def patients_in(truth: Truth, chosen: np.ndarray) -> tuple[int, int]:
    return len(set(truth.patient[chosen & truth.label])), len(set(truth.patient[chosen & ~truth.label]))


def mask(truth: Truth, place: tuple[str, str]) -> np.ndarray:
    return truth.attributes[place[0]] == place[1]


def sums_within_one_attribute(found: Scorecard, truth: Truth) -> Iterator[np.ndarray]:
    """All that total less any set of shown cells of an attribute leaves."""
    for name in found.by_group:
        shown = [place for place in places(found, suppressed=False) if place[0] == name]
        for size in range(1, len(shown) + 1):
            for chosen in itertools.combinations(shown, size):
                yield ~np.logical_or.reduce([mask(truth, place) for place in chosen])


SKEWED = {
    "one small site": {"site": [60, 50, 40, 2]},
    "two small sites": {"site": [60, 50, 40, 2, 2]},
    "small and middling": {"site": [60, 50, 12, 1], "sex": [1, 1]},
    "three attributes": {"site": [50, 30, 3, 3], "maker": [40, 40, 4], "sex": [50, 2]},
    "many": {"site": [30, 25, 20, 10, 5, 3, 2, 1], "maker": [9, 1], "view": [5, 5]},
}


@pytest.mark.parametrize("name", SKEWED)
@pytest.mark.parametrize("seed", range(4))
def test_no_small_cell_can_be_computed_from_totals_and_complements(name: str, seed: int) -> None:
    studied = skewed(seed, SKEWED[name])
    full, found = gated(studied)
    truth = studied[1]
    small = [
        place for place in places(full, suppressed=False) if min(patients_in(truth, mask(truth, place))) < MINIMUM
    ]
    assert set(small) <= set(places(found, suppressed=True))
    for left in sums_within_one_attribute(found, truth):
        if left.any():
            assert min(patients_in(truth, left)) >= MINIMUM


@pytest.mark.parametrize("seed", range(4))
def test_no_suppressed_count_is_a_weighted_sum_of_shown_ones(seed: int) -> None:
    """What is released leaves each suppressed count undetermined: it would add to the rank of the system."""
    studied = skewed(seed, SKEWED["three attributes"])
    _, found = gated(studied)
    truth = studied[1]
    kinds = np.unique(np.column_stack(list(truth.attributes.values())), axis=0)
    names = list(truth.attributes)
    row = {
        place: (kinds[:, names.index(place[0])] == place[1]).astype(float)
        for suppressed in (True, False)
        for place in places(found, suppressed=suppressed)
    }
    known = np.array([row[place] for place in places(found, suppressed=False)] + [np.ones(len(kinds))])
    rank = np.linalg.matrix_rank(known)
    hidden = places(found, suppressed=True)
    assert hidden
    for place in hidden:
        assert np.linalg.matrix_rank(np.vstack((known, row[place]))) == rank + 1


def test_a_lone_small_cell_takes_the_smallest_other_with_it() -> None:
    studied = skewed(1, {"site": [60, 50, 40, 2]})
    _, found = gated(studied)
    assert places(found, suppressed=True) == [("site", "site2"), ("site", "site3")]
    reasons = {level: one.measures["auc"] for level, one in found.by_group["site"].items()}
    assert reasons["site3"] == NotEstimable(reason="suppressed (fewer than 10 patients)", suppressed=True)
    assert reasons["site2"] == NotEstimable(
        reason="suppressed (protects a cell of fewer than 10 patients)", suppressed=True
    )
    assert "2 of 4 cells" in found.gate


def test_a_maker_used_at_one_site_alone_does_not_give_a_site_back() -> None:
    """site2 is hidden to protect site3, but every case of site2, and none other, is of maker0."""
    predictions, truth = skewed(1, {"site": [60, 50, 40, 2]})
    site = truth.attributes["site"]
    maker = np.where(site == "site2", "maker0", "maker1")
    truth = Truth(
        case=truth.case, patient=truth.patient, label=truth.label, attributes={"site": site, "maker": maker}
    )
    _, found = gated((predictions, truth))
    assert ("maker", "maker0") in places(found, suppressed=True)
    assert ("site", "site0") in places(found, suppressed=False)


def test_a_shown_cell_less_one_inside_it_leaves_no_few() -> None:
    """All of site0 is of maker0, and maker0 holds four patients more: either goes."""
    predictions, truth = skewed(2, {"site": [60, 50, 40]})
    site = truth.attributes["site"]
    more = np.isin(truth.patient, np.unique(truth.patient[site == "site1"])[:4])
    maker = np.where((site == "site0") | more, "maker0", "maker1")
    truth = Truth(
        case=truth.case, patient=truth.patient, label=truth.label, attributes={"site": site, "maker": maker}
    )
    full, found = gated((predictions, truth))
    assert min(patients_in(truth, maker == "maker0")) >= MINIMUM
    shown = places(found, suppressed=False)
    assert not {("site", "site0"), ("maker", "maker0")} <= set(shown)
    assert len(places(full, suppressed=True)) == 0


def test_levels_that_together_hold_a_shown_cell_and_one_patient_more_are_not_all_shown() -> None:
    """Two makers serve site a alone, but for one diseased patient of site b: makers less site are that patient."""
    cells = [("a", "m1"), ("a", "m2"), *((site, maker) for site in "bcd" for maker in ("m3", "m4"))]
    rows = [(site, maker, label) for site, maker in cells for label in (0, 1) for _ in range(25)] + [("b", "m1", 1)]
    groups = {"site": [row[0] for row in rows], "maker": [row[1] for row in rows]}
    labels = [row[2] for row in rows]
    full, found = gated(study([0.1 * (at % 9) + one for at, one in enumerate(labels)], labels, None, groups))
    assert len(places(full, suppressed=True)) == 0
    assert not {("site", "a"), ("maker", "m1"), ("maker", "m2")} <= set(places(found, suppressed=False))


def test_diseased_and_healthy_are_counted_apart() -> None:
    """A site of 40 healthy and 9 diseased patients is small."""
    sites = ["a"] * 100 + ["b"] * 49
    labels = [0, 1] * 50 + [0] * 40 + [1] * 9
    studied = study([0.1 * (at % 9) + one for at, one in enumerate(labels)], labels, None, {"site": sites})
    _, found = gated(studied)
    assert places(found, suppressed=True) == [("site", "a"), ("site", "b")]


def test_patients_count_and_not_their_cases() -> None:
    patients = [f"p{at // 5}" for at in range(200)]  # 40 patients with five cases each
    labels = [at // 5 % 2 for at in range(200)]
    sites = ["a" if at < 80 else "b" for at in range(200)]  # a: 16 patients, 8 of them diseased
    studied = study([0.1 * (at % 9) + one for at, one in enumerate(labels)], labels, patients, {"site": sites})
    assert set(places(gated(studied)[1], suppressed=True)) == {("site", "a"), ("site", "b")}


def test_overall_stays_and_large_cells_stay() -> None:
    full, found = gated(drawn(3, 400, {"sex": 2}))
    assert found.overall == full.overall
    assert found.confusion == full.confusion
    assert found.by_group == full.by_group
    assert "0 of 2 cells" in found.gate


def test_nothing_of_a_suppressed_cell_is_in_the_json() -> None:
    full, found = gated(skewed(1, {"site": [60, 50, 40, 2]}))
    row = to_json(found)["by_group"]["site"]["site3"]
    assert row["counts"] is None
    assert row["auc"] == {"reason": "suppressed (fewer than 10 patients)", "suppressed": True}
    assert not any(character.isdigit() for character in json.dumps(row).replace("fewer than 10", ""))
    assert full.by_group["site"]["site3"].counts is not None


def test_adjusted_p_is_made_from_released_p_alone() -> None:
    _, found = gated(skewed(5, SKEWED["many"]))
    assert found.by_group == adjust_all(found.by_group, {}, PLAN.attributes)[0]
    shown = [found.by_group[name][level] for name, level in places(found, suppressed=False)]
    assert any(isinstance(one, Estimate) and one.p_adjusted for cell in shown for one in cell.differences.values())


def test_every_step_of_the_released_curve_holds_enough_patients() -> None:
    studied = drawn(6, 400, {"sex": 2})
    full, found = gated(studied)
    predictions, truth = studied
    assert 5 < len(found.roc) < len(full.roc)
    ends = {full.roc[0], full.roc[-1]} | {one for one in full.roc if one.threshold == full.threshold}
    for upper, lower in itertools.pairwise(found.roc):
        inside = predictions.answered & (predictions.score >= lower.threshold) & (predictions.score < upper.threshold)
        if not {upper, lower} <= ends:
            assert len(set(truth.patient[inside])) >= MINIMUM


def test_minimum_zero_turns_the_gate_off_and_says_so() -> None:
    studied = skewed(1, {"site": [60, 50, 40, 2]})
    full = card(studied)
    found = gate(full, studied[1], 0)
    assert found.by_group == full.by_group
    assert found.gate.startswith("off")
    assert full.gate.startswith("not applied")


def test_a_study_without_attributes_passes() -> None:
    full, found = gated(drawn(8, 50, {}))
    assert found.by_group == {}
    assert estimate(found.overall["auc"]) == full.overall["auc"]


def test_gating_twice_changes_nothing() -> None:
    studied = skewed(3, SKEWED["many"])
    once = gated(studied)[1]
    assert gate(once, studied[1], MINIMUM).by_group == once.by_group
