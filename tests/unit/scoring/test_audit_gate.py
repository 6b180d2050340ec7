"""What of audit and power leaves the gate: nothing of a suppressed cell, and no sum that holds one apart."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pytest
from studies import card, drawn, estimate, reason

from nccid_eval.records import Audit, NotEstimable, Power, Predictions, Scorecard, Truth
from nccid_eval.scoring import from_json, gate, to_json

MINIMUM = 10
Study = tuple[Predictions, Truth]


def sites(seed: int, patients: Mapping[str, tuple[int, float]]) -> Study:
    """Sites by name: patients and the share of diseased ones; scores by disease alone."""
    rng = np.random.default_rng(seed)
    names = np.repeat(list(patients), [number for number, _ in patients.values()])
    shares = {name: share for name, (_, share) in patients.items()}
    diseased = np.array(
        [at < round(shares[name] * patients[name][0]) for name, at in zip(names, _rank(names), strict=True)]
    )
    images = rng.integers(1, 4, len(names))
    patient = np.repeat(np.arange(len(names)), images)
    label = diseased[patient]
    score = rng.normal(size=len(label)) + 1.2 * label
    case = np.array([f"c{at}" for at in range(len(label))])
    everyone = np.ones(len(label), dtype=np.bool_)
    truth = Truth(
        case=case,
        patient=np.array([f"p{one}" for one in patient]),
        label=label,
        attributes={
            "site": names[patient],
            "view": np.array(["AP", "PA"])[rng.integers(0, 2, len(label))],
        },
    )
    return Predictions(case=case, score=score, answered=everyone, outcome=np.full(len(label), "ok")), truth


def _rank(names: np.ndarray) -> list[int]:
    seen: dict[str, int] = {}
    ranks = []
    for name in names.tolist():
        ranks.append(seen.get(name, 0))
        seen[name] = ranks[-1] + 1
    return ranks


PLACES = {"Ash": (70, 0.5), "Birch": (60, 0.4), "Kestrel Quay": (33, 0.97), "Oak": (5, 0.0), "Elm": (40, 0.5)}


def gated(studied: Study) -> tuple[Scorecard, Scorecard]:
    full = card(studied, replicates=100, permutations=100, baseline=("site", "view"), attributes=("site", "view"))
    return full, gate(full, studied[1], MINIMUM)


def audit_of(one: Scorecard) -> Audit:
    assert one.audit is not None
    return one.audit


def power_of(one: Scorecard) -> Power:
    assert one.power is not None
    return one.power


def hidden_sites(one: Scorecard) -> list[str]:
    return [level for level, group in one.by_group["site"].items() if group.counts is None]


def test_a_suppressed_cell_takes_its_stratum_shift_and_complement_with_it() -> None:
    full, found = gated(sites(1, PLACES))
    gone = hidden_sites(found)
    assert {"Kestrel Quay", "Oak"} <= set(gone) < set(PLACES)
    audit = audit_of(found)
    for name in PLACES:
        stratum = audit.strata["site"][name]
        assert (stratum.diseased_patients is None) is (stratum.healthy_patients is None) is (name in gone)
        for measure in (stratum.prevalence, audit.without_site[name], audit.healthy_shift["site"][name]):
            assert (isinstance(measure, NotEstimable) and measure.suppressed) is (name in gone)
    assert audit.baseline == audit_of(full).baseline
    assert audit.alarm == audit_of(full).alarm


def test_names_of_one_sided_sites_stay_where_they_are_large_and_tell_no_count() -> None:
    full, found = gated(sites(1, PLACES))
    assert audit_of(full).one_sided == ("site: Kestrel Quay (nearly only diseased)", "site: Oak (only healthy)")
    assert audit_of(found).one_sided == ("site: Kestrel Quay (all or nearly all diseased)",)


def test_a_released_within_site_auc_is_made_of_shown_sites_alone() -> None:
    full, found = gated(sites(2, PLACES))
    shown = [one for level, one in found.by_group["site"].items() if level not in hidden_sites(found)]
    pairs = [one.counts.positives * one.counts.negatives for one in shown if one.counts]
    areas = [estimate(one.measures["auc"]) for one in shown]
    assert len(pairs) == len(areas) >= 2
    within = estimate(audit_of(found).within["site"])
    assert within.value == pytest.approx(np.average([one.value for one in areas], weights=pairs), abs=1e-12)
    weights = np.array(pairs) / sum(pairs)
    below = np.sqrt(np.sum((weights * [one.value - one.low for one in areas]) ** 2))
    assert within.low == pytest.approx(within.value - below, abs=1e-12)
    assert within.value != estimate(audit_of(full).within["site"]).value
    assert within.patients == sum(one.counts.patients for one in shown if one.counts)


def test_an_attribute_without_a_suppressed_level_keeps_its_within_auc() -> None:
    full, found = gated(sites(3, PLACES))
    assert audit_of(found).within["view"] == audit_of(full).within["view"]


def test_patients_in_several_shown_levels_widen_the_released_interval() -> None:
    """Views of a patient are not independent: their limits add up, as if fully correlated."""
    predictions, truth = sites(4, PLACES)
    views = truth.attributes["view"].copy().astype("<U8")
    views[:3] = "lateral"
    studied = (
        predictions,
        Truth(
            case=truth.case,
            patient=truth.patient,
            label=truth.label,
            attributes={"site": truth.attributes["site"], "view": views},
        ),
    )
    _, found = gated(studied)
    shown = [one for one in found.by_group["view"].values() if one.counts]
    if not shown:
        assert reason(audit_of(found).within["view"]).startswith("suppressed")
        return
    areas = [estimate(one.measures["auc"]) for one in shown]
    pairs = [one.counts.positives * one.counts.negatives for one in shown if one.counts]
    within = estimate(audit_of(found).within["view"])
    below = np.average([one.value - one.low for one in areas], weights=pairs)
    assert within.low == pytest.approx(within.value - below, abs=1e-12)


def test_power_rows_of_suppressed_cells_keep_their_names_alone() -> None:
    full, found = gated(sites(5, PLACES))
    gone = {f"site: {name}" for name in hidden_sites(found)}
    rows = {(one.group, one.measure): one for one in power_of(found).rows}
    assert rows.keys() == {(one.group, one.measure) for one in power_of(full).rows}
    for (group, _), row in rows.items():
        assert row.reason.startswith("suppressed") is (group in gone)
        numbers = (row.patients, row.cases, row.design_effect, row.half_width, row.detectable_difference)
        assert (numbers == (None,) * 5) is (group in gone)
    assert power_of(found).needed == power_of(full).needed


def test_no_digit_of_a_suppressed_site_is_in_the_released_json() -> None:
    _, found = gated(sites(6, PLACES))
    form = to_json(found)
    for name in hidden_sites(found):
        parts = [form["audit"]["strata"]["site"][name], form["audit"]["without_site"][name]]
        parts += [form["audit"]["healthy_shift"]["site"][name]]
        parts += [{**row, "assumed": None} for row in form["power"]["rows"] if row["group"] == f"site: {name}"]
        text = json.dumps(parts).replace("fewer than 10", "")
        assert not any(character.isdigit() for character in text)


@pytest.mark.parametrize("seed", range(3))
def test_gating_twice_changes_nothing_and_the_json_form_comes_back(seed: int) -> None:
    studied = sites(seed, PLACES)
    full, once = gated(studied)
    twice = gate(once, studied[1], MINIMUM)
    assert twice.audit == once.audit
    assert twice.power == once.power
    for one in (full, once):
        assert from_json(to_json(one)) == one


def test_nothing_is_suppressed_where_all_cells_are_large() -> None:
    studied = drawn(3, 400, {"sex": 2})
    full = card(studied, permutations=100, baseline=("sex",), attributes=("sex",))
    found = gate(full, studied[1], MINIMUM)
    assert found.audit == full.audit
    assert found.power == full.power
