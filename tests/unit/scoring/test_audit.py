"""The confounding audit: what raises the alarm, what does not, and what is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from studies import PLAN, card, estimate, reason, study

from nccid_eval.records import Audit, Counts, Estimate, NotEstimable, Predictions, Truth
from nccid_eval.scoring.audit import THRESHOLDS, alarm
from nccid_eval.scoring.audit_baseline import cross_fitted, patient_folds
from nccid_eval.scoring.audit_strata import is_beyond_chance, is_one_sided

BASELINE = ("site", "view", "maker")
Study = tuple[Predictions, Truth]


def simulated(seed: int, *, gap: float, sick: Sequence[float], patients: int = 200, images: int = 3) -> Study:
    """Sites of as many patients each, `sick` the share of diseased ones; scores know of nothing but the disease."""
    rng = np.random.default_rng(seed)
    site = rng.integers(0, len(sick), patients)
    diseased = rng.random(patients) < np.array(sick)[site]
    patient = np.repeat(np.arange(patients), rng.integers(1, images + 1, patients))
    noise = 0.7 * rng.normal(size=patients)[patient] + 0.7 * rng.normal(size=len(patient))
    attributes = {
        "site": [f"site {one}" for one in site[patient]],
        "view": [("AP", "PA")[one] for one in rng.integers(0, 2, len(patient))],
        "maker": [f"maker {one}" for one in rng.integers(0, 4, patients)[patient]],
    }
    label = diseased[patient]
    return study((noise + gap * label).tolist(), label.tolist(), [f"p{one}" for one in patient], attributes)


def audit_of(studied: Study, **changes: object) -> Audit:
    found = card(studied, **{"baseline": BASELINE, "replicates": 100, "permutations": 100, **changes}).audit
    assert found is not None
    return found


def measure(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, positives=9, negatives=9, patients=18, method="")


def test_a_study_whose_sites_tell_the_diagnosis_raises_the_alarm_and_names_them() -> None:
    found = audit_of(simulated(1, gap=1.4, sick=[1.0, 0.0, 0.9, 0.1]))
    assert estimate(found.baseline).low > 0.8
    assert found.alarm.startswith("A baseline that sees no image reaches an AUC of 0.9")
    assert "the model is not shown to beat" in found.alarm
    assert "most cases come from levels of site" in found.alarm
    assert {"site: site 0 (only diseased)", "site: site 1 (only healthy)"} <= set(found.one_sided)
    assert not any(one.startswith(("view", "maker")) for one in found.one_sided)


@pytest.mark.parametrize("seed", range(8))
def test_a_study_without_confounding_raises_none(seed: int) -> None:
    found = audit_of(simulated(seed, gap=1.4, sick=[0.4] * 6))
    assert found.alarm == ""
    assert found.one_sided == ()
    assert (
        estimate(found.baseline).low < 0.6 < estimate(found.baseline).high + estimate(found.baseline_difference).low
    )


def test_an_auc_above_the_threshold_raises_the_alarm_alone() -> None:
    found = audit_of(simulated(2, gap=4.0, sick=[0.4] * 4))
    assert found.alarm.startswith("An AUC of 0.9")
    assert ";" not in found.alarm


def test_a_model_that_reads_nothing_does_not_beat_the_baseline() -> None:
    found = audit_of(simulated(3, gap=0.0, sick=[0.4] * 4))
    assert found.alarm.startswith("The model is not shown to beat a baseline that sees no image")
    assert ";" not in found.alarm


def test_each_threshold_by_itself() -> None:
    calm = (measure(0.8, 0.7, 0.9), measure(0.55, 0.5, 0.6), measure(0.25, 0.1, 0.4), (0.5, "site"))
    assert alarm(*calm) == ""
    assert alarm(measure(0.96, 0.9, 0.99), *calm[1:])
    assert alarm(calm[0], measure(0.7, 0.61, 0.8), *calm[2:])
    assert alarm(*calm[:2], measure(0.1, 0.0, 0.2), calm[3])
    assert alarm(*calm[:3], (0.51, "site"))
    assert alarm(measure(THRESHOLDS.auc, 0.9, 0.97), *calm[1:]) == ""
    missing = NotEstimable(reason="")
    assert alarm(missing, missing, missing, (0.0, "")) == ""


def test_a_model_that_reads_the_site_falls_within_sites_and_its_healthy_scores_shift() -> None:
    """Score = site's own level + noise: AUC high, within a site .5, healthy cases of the sick sites score high."""
    predictions, truth = simulated(4, gap=0.0, sick=[0.9, 0.8, 0.2, 0.1], patients=300)
    marks = {f"site {at}": mark for at, mark in enumerate((2.0, 1.5, 0.5, 0.0))}
    shift = np.array([marks[one] for one in truth.attributes["site"]])
    found = audit_of((replace(predictions, score=predictions.score + shift), truth))
    assert estimate(found.within["view"]).value > 0.7
    inside = estimate(found.within["site"])
    assert inside.low < 0.5 < inside.high
    assert estimate(found.healthy_shift["site"]["site 0"]).low > 0.5
    assert estimate(found.healthy_shift["site"]["site 3"]).high < 0.5
    assert estimate(found.without_site["site 0"]).value < estimate(found.within["view"]).value


@pytest.mark.parametrize(
    ("diseased", "healthy", "named"),
    [
        (1, 0, True),
        (0, 1, True),
        (33, 1, True),
        (9, 1, False),
        (18, 2, True),
        (60, 6, True),
        (30, 4, False),
        (5, 5, False),
    ],
)
def test_one_sided_is_all_or_nearly_all_beyond_chance(diseased: int, healthy: int, named: bool) -> None:
    whole = Counts(
        cases=200, positives=110, negatives=90, patients=200, diseased_patients=110, healthy_patients=90, failures=0
    )
    assert is_one_sided(diseased, healthy, whole) is named
    assert not is_beyond_chance(1, 0, whole)


def test_nearly_one_sided_is_nothing_where_the_whole_study_is() -> None:
    whole = Counts(
        cases=200, positives=190, negatives=10, patients=200, diseased_patients=190, healthy_patients=10, failures=0
    )
    assert not is_one_sided(57, 3, whole)
    assert is_one_sided(57, 0, whole)
    assert not is_beyond_chance(57, 0, whole)


def test_an_attribute_recorded_for_the_diseased_alone_is_passed_over() -> None:
    predictions, truth = simulated(5, gap=1.4, sick=[0.4] * 3)
    ethnicity = np.where(truth.label, np.where(np.arange(len(truth.label)) % 2 == 0, "a", "b"), "")
    extended = replace(truth, attributes={**truth.attributes, "ethnicity": ethnicity})
    found = audit_of((predictions, extended), attributes=("site", "ethnicity"))
    assert list(found.strata) == ["site", "view", "maker"]
    assert found.one_sided == ()


def test_the_baseline_knows_what_the_truth_holds_of_the_plan_s_list() -> None:
    studied = simulated(6, gap=1.0, sick=[0.4] * 3)
    assert audit_of(studied, baseline=("quarter", "maker", "site")).features == ("maker", "site")
    found = audit_of(studied, baseline=("quarter",))
    assert found.features == ()
    assert reason(found.baseline) == "the truth holds none of the plan's baseline attributes"
    assert reason(found.baseline_difference) == reason(found.baseline)
    predictions, truth = studied
    banded = replace(truth, attributes={"age": truth.attributes["site"]})
    assert audit_of((predictions, banded), baseline=("age_band",)).features == ("age",)


def test_a_constant_attribute_tells_nothing() -> None:
    studied = simulated(7, gap=1.0, sick=[0.4])
    found = audit_of(studied, baseline=("site",))
    assert estimate(found.baseline).value == 0.5
    assert reason(found.without_site["site 0"]).startswith("no case lies outside")
    assert reason(found.healthy_shift["site"]["site 0"]) == "fewer than two healthy patients outside this level"


@pytest.mark.parametrize(("diseased", "kind"), [(0, "diseased"), (1, "diseased"), (7, "healthy"), (8, "healthy")])
def test_too_few_patients_are_a_reason_and_never_a_warning(diseased: int, kind: str) -> None:
    labels = [1] * diseased + [0] * (8 - diseased)
    found = audit_of(study([0.1 * at for at in range(8)], labels, None, {"site": list("ababcabc")}))
    assert reason(found.baseline) == f"fewer than two {kind} patients"
    assert all(isinstance(one, NotEstimable) for one in found.within.values())
    assert found.alarm == ""


def test_two_of_each_kind_are_enough_for_a_baseline() -> None:
    found = audit_of(study([0.1, 0.2, 0.3, 0.4], [0, 1, 0, 1], None, {"site": list("aabb")}))
    assert isinstance(found.baseline, Estimate)
    assert isinstance(found.baseline_difference, Estimate)


def test_sites_that_separate_completely_warn_of_nothing() -> None:
    found = audit_of(simulated(8, gap=1.0, sick=[1.0, 0.0]))
    assert estimate(found.baseline).value > 0.99
    assert reason(found.within["site"]) == "no level holds both diseased and healthy cases"


def test_patients_stay_in_one_fold_and_each_kind_is_spread() -> None:
    _, truth = simulated(9, gap=1.0, sick=[0.5] * 3, patients=45)
    fold = patient_folds(truth, 10, 3)
    for name in np.unique(truth.patient):
        assert len(np.unique(fold[truth.patient == name])) == 1
    for kind in (truth.label, ~truth.label):
        sizes = [len(np.unique(truth.patient[kind & (fold == at)])) for at in range(10)]
        assert max(sizes) - min(sizes) <= 1
    assert not np.array_equal(fold, patient_folds(truth, 10, 4))


def test_a_patient_with_both_kinds_leaves_each_kind_in_two_folds() -> None:
    truth = Truth(
        case=np.array(list("abcd")),
        patient=np.array(["x", "x", "y", "z"]),
        label=np.array([True, False, True, False]),
        attributes={},
    )
    for seed in range(20):
        fold = patient_folds(truth, 2, seed)
        assert len(set(fold[truth.label])) == len(set(fold[~truth.label])) == 2


def test_the_fit_solves_the_penalised_score_equations() -> None:
    """Gradient of the ridge-penalised likelihood of the other folds, at the log odds that a fold's cases got."""
    _, truth = simulated(10, gap=1.0, sick=[0.7, 0.4, 0.2], patients=120)
    fold = patient_folds(truth, 3, 5)
    scores = cross_fitted(truth, ("site",), 3, 5)
    levels = np.unique(truth.attributes["site"])
    for at in range(3):
        others = fold != at
        site = truth.attributes["site"]
        added = {one: float(scores[(fold == at) & (site == one)][0]) for one in levels}
        assert len(set(scores[fold == at])) == 3
        linear = np.array([added[one] for one in site[others]])
        intercept = solved_intercept(linear, truth.label[others])
        residual = truth.label[others] - 1 / (1 + np.exp(-(linear + intercept)))
        for one in levels:
            assert residual[site[others] == one].sum() == pytest.approx(added[one], abs=1e-3)


def solved_intercept(linear: np.ndarray, label: np.ndarray) -> float:
    from scipy.optimize import brentq

    return float(brentq(lambda one: float((label - 1 / (1 + np.exp(-(linear + one)))).sum()), -20, 20))


def test_the_order_of_cases_moves_nothing() -> None:
    predictions, truth = simulated(11, gap=1.0, sick=[0.7, 0.4, 0.2], patients=80)
    order = np.random.default_rng(1).permutation(len(truth.case))
    shuffled = (
        replace(
            predictions,
            **{name: getattr(predictions, name)[order] for name in ("case", "score", "answered", "outcome")},
        ),
        Truth(
            case=truth.case[order],
            patient=truth.patient[order],
            label=truth.label[order],
            attributes={name: values[order] for name, values in truth.attributes.items()},
        ),
    )
    first, second = audit_of((predictions, truth)), audit_of(shuffled)
    assert first.strata == second.strata
    assert estimate(first.baseline) == estimate(second.baseline)
    for name, one in first.within.items():
        assert estimate(one).value == pytest.approx(estimate(second.within[name]).value, abs=1e-14)


def test_the_seed_of_the_plan_draws_the_folds() -> None:
    studied = simulated(12, gap=1.0, sick=[0.7, 0.4, 0.2])
    first, again, other = (audit_of(studied, seed=seed).baseline for seed in (1, 1, 2))
    assert first == again
    assert estimate(first).value != estimate(other).value
    assert "seed=1" in estimate(first).signature
    assert PLAN.baseline == ()
