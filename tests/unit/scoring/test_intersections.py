"""Two attributes together: which cells, how they are adjusted, and that neither margin gives a hidden one back."""

from __future__ import annotations

import numpy as np
import pytest
from attacks import found_out, released, small_remainders
from studies import card, drawn, estimate

from nccid_eval.records import Estimate, GroupScore, Predictions, Scorecard, Truth
from nccid_eval.scoring import gate
from nccid_eval.scoring.multiplicity import benjamini_hochberg

MINIMUM = 10
PAIRS = (("sex", "age_band"), ("sex", "nowhere"))


def aged(seed: int, patients: int = 400, name: str = "age_band") -> tuple[Predictions, Truth]:
    """Two sexes and an unknown one, five ages of unlike size, four sites."""
    rng = np.random.default_rng([seed, 4])
    predictions, truth = drawn(seed, patients, {})
    _, codes = np.unique(truth.patient, return_inverse=True)

    def each(levels: list[str], shares: list[float]) -> np.ndarray:
        return np.array(levels)[rng.choice(len(levels), patients, p=np.array(shares) / sum(shares))][codes]

    attributes = {
        "sex": each(["F", "M", ""], [50, 48, 2]),
        name: each(["<18", "18-39", "40-64", "65-79", "≥80"], [3, 12, 40, 35, 10]),
        "site": each(["a", "b", "c", "d"], [50, 30, 17, 3]),
    }
    return predictions, Truth(case=truth.case, patient=truth.patient, label=truth.label, attributes=attributes)


def crossed(found: Scorecard) -> dict[str, GroupScore]:
    assert found.bias is not None
    assert list(found.bias.intersections) == ["sex × age_band"]
    return dict(found.bias.intersections["sex × age_band"])


def scored(studied: tuple[Predictions, Truth]) -> Scorecard:
    return card(studied, attributes=("sex", "age_band"), intersections=PAIRS, replicates=100)


def test_cells_divide_all_cases_up_and_pairs_that_the_truth_lacks_are_passed_over() -> None:
    studied = aged(1)
    cells = crossed(scored(studied))
    truth = studied[1]
    inside = (truth.attributes["sex"] == "F") & (truth.attributes["age_band"] == "40-64")
    counts = cells["F × 40-64"].counts
    assert counts is not None
    assert (counts.cases, counts.positives) == (int(inside.sum()), int((inside & truth.label).sum()))
    assert sum(one.counts.cases for one in cells.values() if one.counts) == len(truth.case)
    assert any(name.startswith("unknown × ") for name in cells)


def test_age_of_a_table_is_crossed_under_its_own_name() -> None:
    found = card(aged(1, name="age"), attributes=("sex", "age_band"), intersections=PAIRS)
    assert found.bias is not None
    assert list(found.bias.intersections) == ["sex × age"]


def test_intersections_other_attributes_and_failures_are_one_exploratory_scan() -> None:
    found = scored(aged(2))
    scan = [
        one
        for cell in [*crossed(found).values(), *found.by_group["site"].values()]
        for one in cell.differences.values()
        if isinstance(one, Estimate)
    ]
    scan += [
        one.differences["failure_rate"]
        for name in ("sex", "age_band")
        for one in found.by_group[name].values()
        if isinstance(one.differences["failure_rate"], Estimate)
    ]
    assert {one.family for one in scan} == {f"Benjamini-Hochberg over {len(scan)} exploratory tests"}
    adjusted = benjamini_hochberg([one.p or 0 for one in scan])
    assert [one.p_adjusted for one in scan] == pytest.approx(adjusted)
    planned = estimate(found.by_group["sex"]["F"].differences["auc"])
    assert "Holm" in (planned.family or "")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("patients", [150, 400])
def test_no_small_set_of_cells_can_be_computed_from_either_margin(seed: int, patients: int) -> None:
    studied = aged(seed, patients)
    full = scored(studied)
    found = gate(full, studied[1], MINIMUM)
    truth = studied[1]
    for sick in (True, False):
        assert list(found_out(found, truth, MINIMUM, diseased=sick)) == []
        assert list(small_remainders(found, truth, MINIMUM, diseased=sick)) == []
    if patients == 400:
        assert len(released(found, diseased=True)) > 5


def test_the_attack_finds_what_an_ungated_neighbour_gives_away() -> None:
    """The attack itself: with one cell alone hidden, both margins give it back."""
    from dataclasses import replace

    studied = aged(3)
    full = scored(studied)
    assert full.bias is not None
    cells = crossed(full)
    small = min((name for name, one in cells.items() if one.counts), key=lambda name: cells[name].counts.cases)  # type: ignore[union-attr]
    cells[small] = replace(cells[small], counts=None)
    careless = replace(full, bias=replace(full.bias, intersections={"sex × age_band": cells}))
    given_away = list(found_out(careless, studied[1], MINIMUM, diseased=True))
    assert given_away == [frozenset({("sex × age_band", small)})]


def test_gaps_and_sites_are_made_of_released_cells_alone() -> None:
    """Predictions inside suppressed cells move no gap and no summary over sites."""
    predictions, truth = aged(5)
    found = gate(scored((predictions, truth)), truth, MINIMUM)
    assert found.bias is not None
    shown = released(found, diseased=True)
    hidden = {
        name: [level for level in found.by_group[name] if (name, level) not in shown] for name in found.by_group
    }
    assert hidden["age_band"]
    assert hidden["site"]
    for name, levels in hidden.items():
        inside = np.isin(truth.attributes[name], ["" if one == "unknown" else one for one in levels])
        moved = Predictions(
            case=predictions.case,
            score=np.where(inside, -predictions.score, predictions.score),
            answered=predictions.answered,
            outcome=predictions.outcome,
        )
        again = gate(scored((moved, truth)), truth, MINIMUM)
        assert again.bias is not None
        if name in found.bias.gaps:
            assert again.bias.gaps[name] == found.bias.gaps[name]
        if name == "site":
            assert again.bias.between_sites == found.bias.between_sites


def test_a_stricter_gate_than_the_plan_s_takes_gaps_and_sites_with_it() -> None:
    studied = aged(6)
    full = card(studied, attributes=("sex", "age_band"), minimum_patients=0)
    found = gate(full, studied[1], MINIMUM)
    assert full.bias is not None
    assert found.bias is not None
    assert all(one.suppressed for one in found.bias.gaps["age_band"].values())  # type: ignore[union-attr]
    assert all(one.suppressed for one in found.bias.between_sites.values())  # type: ignore[union-attr]
