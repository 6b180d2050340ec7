"""Numbers of the confounding audit and of power against R's pROC and base R, and against every pair compared."""

from __future__ import annotations

import csv
import math
import shutil
import subprocess
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from brute_force import kernel
from reference_data import FOLDER, rows

from nccid_eval.records import Estimate, Measure, Plan, Predictions, Truth
from nccid_eval.scoring import power_sizes as sizes
from nccid_eval.scoring.auc import Area, area
from nccid_eval.scoring.audit import audit
from nccid_eval.scoring.audit_areas import within_area
from nccid_eval.scoring.cells import cells_of
from nccid_eval.scoring.power import answers_icc
from nccid_eval.scoring.proportions import Tally
from nccid_eval.scoring.sample import Sample, intention_to_diagnose, subset

WITHIN = 1e-10
SETS = sorted({row[0] for row in rows()})
PLAN = Plan(
    level=0.95,
    prevalences=(),
    replicates=100,
    seed=1,
    attributes=("group",),
    minimum_patients=0,
    criteria=(),
    digest="",
    site="group",
)


def read(path: Path) -> dict[tuple[str, str], float]:
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["set"], row["quantity"]): float(row["value"]) for row in csv.DictReader(file)}


THEIRS = read(FOLDER / "audit.csv")


def sampled(name: str) -> tuple[Sample, Truth]:
    chosen = [row for row in rows() if row[0] == name]
    truth = Truth(
        case=np.array([row[1] for row in chosen]),
        patient=np.array([row[2] for row in chosen]),
        label=np.array([row[3] == 1 for row in chosen]),
        attributes={"group": np.array([row[5] for row in chosen])},
    )
    predictions = Predictions(
        case=truth.case,
        score=np.array([row[4] for row in chosen]),
        answered=np.ones(len(chosen), dtype=np.bool_),
        outcome=np.full(len(chosen), "ok"),
    )
    return intention_to_diagnose(predictions, truth, 0.5), truth


def estimate(measure: Measure) -> Estimate:
    assert isinstance(measure, Estimate), measure
    return measure


def variance(measure: Estimate) -> float:
    """From the logit interval back."""
    half = (math.log(measure.high / (1 - measure.high)) - math.log(measure.low / (1 - measure.low))) / 2
    return (half / 1.959963984540054 * measure.value * (1 - measure.value)) ** 2


@pytest.mark.parametrize("name", SETS)
def test_the_audit_of_one_case_a_patient_is_r_s(name: str) -> None:
    sample, truth = sampled(name)
    whole = estimate_of(sample)
    found = audit(sample, cells_of(sample, truth, PLAN), truth, PLAN, whole)
    prevalence = estimate(found.strata["group"]["a"].prevalence)
    without, shift = estimate(found.without_site["a"]), estimate(found.healthy_shift["group"]["a"])
    ours = {
        "prevalence": prevalence.value,
        "prevalence_low": prevalence.low,
        "prevalence_high": prevalence.high,
        "without": without.value,
        "without_variance": variance(without),
        "shift": shift.value,
        "shift_variance": variance(shift),
        "within": estimate(found.within["group"]).value,
    }
    theirs = {quantity: value for (of, quantity), value in THEIRS.items() if of == name}
    assert ours == pytest.approx(theirs, abs=WITHIN)


def estimate_of(sample: Sample) -> Measure:
    from nccid_eval.scoring.auc import auc_measure

    return auc_measure(sample, PLAN.level)


@pytest.mark.parametrize("key", [key for key in THEIRS if key[0] in ("difference", "half_width")])
def test_precision_and_smallest_difference_are_r_s(key: tuple[str, str]) -> None:
    size, share = key[1].split(" at ")
    group, _, rest = size.partition(" of ")
    if key[0] == "half_width":
        found: float | None = sizes.half_width(float(share), float(group), 0.95)
    else:
        found = sizes.detectable_difference(float(share), float(group), float(rest or group), 0.95, 0.9)
    assert found == pytest.approx(THEIRS[key], abs=1e-9)


@pytest.mark.parametrize("bar", [0.7, 0.85])
def test_cases_needed_are_r_s_and_their_exact_power_is_the_one_asked_for(bar: float) -> None:
    assert sizes.cases_needed(bar, bar + 0.05, 0.95, 0.9) == THEIRS["needed", f"{bar:g}"]
    assert THEIRS["exact_power", f"{bar:g}"] == pytest.approx(0.9, abs=0.005)


def test_the_page_s_example_of_471_diseased() -> None:
    assert sizes.cases_needed(0.85, 0.90, 0.95, 0.90) == 471


def test_the_correlation_of_answers_is_that_of_r_s_analysis_of_variance() -> None:
    tally = Tally(hits=np.array([2.0, 2, 0, 1, 1, 4]), cases=np.array([3.0, 2, 3, 1, 2, 4]), kind="diseased")
    assert answers_icc(tally) == pytest.approx(THEIRS["icc", "answers"], abs=WITHIN)


def within_by_pairs(
    score: list[float], label: list[bool], patient: list[str], level: list[int]
) -> tuple[Fraction, Fraction]:
    """The within-level area and the variance of its projection over patients, every pair compared."""
    cases = list(zip(score, label, patient, level, strict=True))
    diseased, healthy = [one for one in cases if one[1]], [one for one in cases if not one[1]]
    pairs = [(kernel(i[0], j[0]), i[2], j[2]) for i in diseased for j in healthy if i[3] == j[3]]
    value = sum((one[0] for one in pairs), Fraction(0)) / len(pairs)
    above: dict[str, Fraction] = defaultdict(Fraction)
    below: dict[str, Fraction] = defaultdict(Fraction)
    for beaten, who, other in pairs:
        above[who] += (beaten - value) / len(pairs)
        below[other] += (beaten - value) / len(pairs)
    everyone = {*above, *below}

    def corrected(number: int) -> Fraction:
        return Fraction(number, number - 1)

    found = corrected(len(above)) * sum(one**2 for one in above.values())
    found += corrected(len(below)) * sum(one**2 for one in below.values())
    both = sum((above[who] * below[who] for who in {*above} & {*below}), Fraction(0))
    return value, found + 2 * corrected(len(everyone)) * both


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_within_strata_every_pair_of_one_level_counts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(25), rng.integers(1, 6, 25))
    label = rng.random(len(patient)) < 0.5
    level = rng.integers(0, 3, len(patient))
    score = np.round(rng.normal(size=25)[patient] + label + 0.5 * level, 1)
    truth = Truth(case=patient.astype(str), patient=patient.astype(str), label=label, attributes={})
    everyone = np.ones(len(label), dtype=np.bool_)
    sample = intention_to_diagnose(
        Predictions(case=truth.case, score=score, answered=everyone, outcome=np.full(len(label), "ok")), truth, 0.5
    )
    found = within_area(sample, level[sample.source])
    assert isinstance(found, Area)
    value, spread = within_by_pairs(score.tolist(), label.tolist(), truth.patient.tolist(), level.tolist())
    assert found.value == pytest.approx(float(value), abs=1e-13)
    assert found.variance == pytest.approx(float(spread), rel=1e-10)


def test_with_one_level_the_within_area_is_the_area() -> None:
    sample, _ = sampled("ties")
    first, second = within_area(sample, np.zeros(len(sample.score), dtype=np.intp)), area(sample)
    assert isinstance(first, Area)
    assert isinstance(second, Area)
    assert first.value == pytest.approx(second.value, abs=1e-14)
    assert first.variance == pytest.approx(second.variance, rel=1e-12)
    half = within_area(subset(sample, sample.label), np.zeros(int(sample.label.sum()), dtype=np.intp))
    assert not isinstance(half, Area)


@pytest.mark.r
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="NO Rscript HERE: the numbers of R are not recomputed")
def test_r_still_says_what_is_committed(tmp_path: Path) -> None:
    output = tmp_path / "again.csv"
    done = subprocess.run(
        ["Rscript", str(FOLDER / "audit.R"), str(output)], capture_output=True, text=True, timeout=300, check=False
    )
    if "there is no package called" in done.stderr:
        pytest.skip("R IS HERE WITHOUT pROC: apt-get install r-cran-proc")
    assert done.returncode == 0, done.stderr
    assert read(output) == pytest.approx(THEIRS, abs=1e-9)
