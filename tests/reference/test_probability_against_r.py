"""Calibration, partial AUC and Clopper-Pearson against R's rms, pROC and base R; the rest against its definition."""

from __future__ import annotations

import csv
import functools
import math
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from probability_data import FOLDER, HEADER, rows
from scipy.special import logit
from scipy.stats import norm
from sklearn.metrics import average_precision_score
from test_against_r import PLAN

from nccid_eval.records import Calibration, Estimate, Measure, Predictions, Scorecard, Truth
from nccid_eval.scoring import score

SETS = sorted({row[0] for row in rows()})
SINGLE = "single"
WITHIN = 1e-10
Z = norm.ppf(0.975)


def committed() -> dict[tuple[str, str], float]:
    return read(FOLDER / "probability.csv")


def read(path: Path) -> dict[tuple[str, str], float]:
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["set"], row["quantity"]): float(row["value"]) for row in csv.DictReader(file)}


def study(name: str) -> tuple[Predictions, Truth]:
    chosen = [row for row in rows() if row[0] == name]
    case = np.array([row[1] for row in chosen])
    truth = Truth(
        case=case,
        patient=np.array([row[2] for row in chosen]),
        label=np.array([row[3] == 1 for row in chosen]),
        attributes={},
    )
    everyone = np.ones(len(chosen), dtype=np.bool_)
    scores = np.array([row[4] for row in chosen])
    return Predictions(case=case, score=scores, answered=everyone, outcome=np.full(len(case), "ok")), truth


@functools.cache
def card_of(name: str) -> Scorecard:
    predictions, truth = study(name)
    plan = replace(PLAN, proportion_interval="clopper-pearson", attributes=(), prevalences=(0.05,))
    return score(
        predictions, truth, plan, target="covid_positive", threshold=0.5, partition_digest="", probability=True
    )


def calibration_of(card: Scorecard) -> Calibration:
    assert isinstance(card.calibration, Calibration)
    return card.calibration


def estimate(measure: Measure) -> Estimate:
    assert isinstance(measure, Estimate), measure
    return measure


def numbers(name: str) -> dict[str, float]:
    """What R was asked, asked of ours, under R's names; standard errors are read off the intervals."""
    card = card_of(name)
    found, curve = calibration_of(card), calibration_of(card).curve
    one = {key: estimate(getattr(found, key)) for key in ("intercept", "slope", "observed_expected", "brier")}
    expected, brier = one["observed_expected"], one["brier"]
    asked = {
        "intercept": one["intercept"].value,
        "intercept_error": (one["intercept"].high - one["intercept"].low) / (2 * Z),
        "slope": one["slope"].value,
        "slope_error": (one["slope"].high - one["slope"].low) / (2 * Z),
        "rms_brier": brier.value,
        "observed_expected": expected.value,
        "observed_expected_log_error": math.log(expected.high / expected.low) / (2 * Z),
        "brier": brier.value,
        "brier_error": (logit(brier.high) - logit(brier.low)) / (2 * Z) * brier.value * (1 - brier.value),
        "partial_auc": estimate(card.overall["partial_auc"]).value,
        "partial_auc_standardised": estimate(card.overall["partial_auc_standardised"]).value,
    }
    for at in (0, 10, 20, 30, 40):
        for part in ("x", "y", "low", "high"):
            asked[f"curve_{part}_{at}"] = getattr(curve[at], part)
    if name == SINGLE:
        exact = estimate(card.overall["sensitivity"])
        asked |= {"exact_sensitivity_low": exact.low, "exact_sensitivity_high": exact.high}
    return asked


@pytest.mark.parametrize("name", SETS)
def test_every_committed_number_of_r_is_ours(name: str) -> None:
    ours = numbers(name)
    assert len(ours) == (33 if name == SINGLE else 31)
    apart = {
        key: (one, committed()[name, key]) for key, one in ours.items() if abs(one - committed()[name, key]) > WITHIN
    }
    assert apart == {}


@pytest.mark.parametrize("name", SETS)
def test_slope_and_its_clustered_error_are_those_of_rms(name: str) -> None:
    """`val.prob` stops its fit a little earlier."""
    ours = numbers(name)
    assert ours["slope"] == pytest.approx(committed()[name, "rms_slope"], abs=WITHIN)
    assert ours["slope"] == pytest.approx(committed()[name, "rms_slope_of_val_prob"], rel=1e-8)
    assert ours["slope_error"] == pytest.approx(committed()[name, "rms_slope_error"], abs=WITHIN)


@pytest.mark.parametrize("name", SETS)
def test_average_precision_is_the_definition_s_and_the_library_s(name: str) -> None:
    predictions, truth = study(name)
    cases = list(zip(predictions.score.tolist(), truth.label.tolist(), strict=True))
    steps = Fraction(0)
    for threshold in {one for one, sick in cases if sick}:
        called = [sick for one, sick in cases if one >= threshold]
        steps += sum(one == threshold and sick for one, sick in cases) * Fraction(sum(called), len(called))
    value = estimate(card_of(name).overall["average_precision"]).value
    assert value == pytest.approx(float(steps / sum(truth.label.tolist())), abs=1e-13)
    assert value == pytest.approx(average_precision_score(truth.label, predictions.score), abs=1e-13)


@pytest.mark.parametrize("name", SETS)
def test_net_benefit_is_the_definition_s(name: str) -> None:
    predictions, truth = study(name)
    own, stated = card_of(name).decision_curves
    sick, scores = truth.label.tolist(), predictions.score.tolist()
    prevalence = Fraction(sum(sick), len(sick))
    assert own.prevalence == pytest.approx(float(prevalence), abs=1e-15)
    for at in (5, 34, 50, 98):
        odds = Fraction(at, 100 - at)
        hits = sum(one and score >= at / 100 for one, score in zip(sick, scores, strict=True))
        false = sum(not one and score >= at / 100 for one, score in zip(sick, scores, strict=True))
        point, other = own.points[at - 1], stated.points[at - 1]
        assert point.threshold == at / 100
        assert point.called == hits + false
        assert point.model.y == pytest.approx(float((hits - false * odds) / len(sick)), abs=1e-13)
        assert point.treat_all == pytest.approx(float(prevalence - (1 - prevalence) * odds), abs=1e-13)
        shares = Fraction(hits, sum(sick)), Fraction(false, len(sick) - sum(sick))
        assert other.model.y == pytest.approx(float(shares[0] / 20 - shares[1] * 19 / 20 * odds), abs=1e-13)


@pytest.mark.parametrize("name", SETS)
def test_calibration_error_is_the_definition_s(name: str) -> None:
    predictions, truth = study(name)
    cases = sorted(zip(predictions.score.tolist(), truth.label.tolist(), strict=True))
    starts = sorted({[one for one, _ in cases].index(cases[tenth * len(cases) // 10][0]) for tenth in range(10)})
    groups = [cases[first:last] for first, last in zip(starts, [*starts[1:], len(cases)], strict=True)]
    total = sum(abs(sum(sick - score for score, sick in group)) for group in groups)
    assert estimate(calibration_of(card_of(name)).ece).value == pytest.approx(total / len(cases), abs=1e-13)


def test_committed_cases_are_those_of_the_generator() -> None:
    lines = [HEADER, *(",".join(str(one) for one in row) for row in rows())]
    assert (FOLDER / "probability_cases.csv").read_text(encoding="utf-8").splitlines() == lines


@pytest.mark.r
@pytest.mark.skipif(
    shutil.which("Rscript") is None, reason="R IS NOT INSTALLED: apt-get install r-cran-rms r-cran-proc"
)
def test_r_gives_the_committed_numbers_again(tmp_path: Path) -> None:
    output = tmp_path / "again.csv"
    command = ["Rscript", str(FOLDER / "probability.R"), str(output)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if "there is no package called" in done.stderr:
        pytest.skip("R IS HERE WITHOUT rms OR pROC: apt-get install r-cran-rms r-cran-proc")
    assert done.returncode == 0, done.stderr
    again = read(output)
    assert again.keys() == committed().keys()
    assert max(abs(again[key] - value) for key, value in committed().items()) < 1e-9
