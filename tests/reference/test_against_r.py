"""Numbers of the scorecard against R's pROC, epiR and base R, to 1e-10."""

from __future__ import annotations

import csv
import math
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from reference_data import FOLDER, HEADER, THRESHOLD, rows

from nccid_eval.records import Estimate, Measure, Plan, Predictions, Scorecard, Truth
from nccid_eval.scoring import score
from nccid_eval.scoring.auc import Area, area, auc_measure
from nccid_eval.scoring.multiplicity import holm
from nccid_eval.scoring.sample import Sample, intention_to_diagnose, subset

PLAN = Plan(
    level=0.95,
    prevalences=(),
    replicates=100,
    seed=1,
    attributes=("group",),
    minimum_patients=0,
    criteria=(),
    digest="",
)
SETS = sorted({row[0] for row in rows()})
WITHIN = 1e-10
Numbers = dict[tuple[str, str], float]


def committed() -> Numbers:
    return read(FOLDER / "reference.csv")


def read(path: Path) -> Numbers:
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["set"], row["quantity"]): float(row["value"]) for row in csv.DictReader(file)}


def study(name: str) -> tuple[Predictions, Truth]:
    chosen = [row for row in rows() if row[0] == name]
    case = np.array([row[1] for row in chosen])
    truth = Truth(
        case=case,
        patient=np.array([row[2] for row in chosen]),
        label=np.array([row[3] == 1 for row in chosen]),
        attributes={"group": np.array([row[5] for row in chosen])},
    )
    scores = np.array([row[4] for row in chosen])
    everyone = np.ones(len(chosen), dtype=np.bool_)
    return Predictions(case=case, score=scores, answered=everyone, outcome=np.full(len(chosen), "ok")), truth


def card_of(name: str) -> Scorecard:
    predictions, truth = study(name)
    return score(predictions, truth, PLAN, target="covid_positive", threshold=THRESHOLD, partition_digest="")


def sample_of(name: str) -> tuple[Sample, Truth]:
    predictions, truth = study(name)
    return intention_to_diagnose(predictions, truth, THRESHOLD), truth


def estimate(measure: Measure) -> Estimate:
    assert isinstance(measure, Estimate)
    return measure


def found_area(sample: Sample) -> Area:
    found = area(sample)
    assert isinstance(found, Area)
    return found


def numbers(name: str) -> Numbers:
    """What R was asked, asked of ours, under R's names."""
    card, (sample, truth) = card_of(name), sample_of(name)
    auc, plain = estimate(card.overall["auc"]), estimate(auc_measure(sample, 0.95, scale="wald"))
    of_group = truth.attributes["group"][sample.source] == "a"
    halves = [found_area(subset(sample, of_group)), found_area(subset(sample, ~of_group))]
    differences = card.by_group["group"]["a"].differences
    found = {
        "auc": auc.value,
        "auc_variance": found_area(sample).variance,
        "auc_plain_low": plain.low,
        "auc_plain_high": plain.high,
        "auc_logit_low": auc.low,
        "auc_logit_high": auc.high,
        "difference_p": estimate(differences["sensitivity"]).p or math.nan,
        "auc_difference_variance": sum(one.variance for one in halves),
        "auc_difference": estimate(differences["auc"]).value,
        **limits("difference", differences["sensitivity"], value="difference"),
        **limits("sensitivity", card.overall["sensitivity"]),
        **limits("specificity", card.overall["specificity"]),
    }
    for ours, theirs in (
        ("sensitivity", "se"),
        ("specificity", "sp"),
        ("lr_positive", "lr.pos"),
        ("lr_negative", "lr.neg"),
    ):
        found |= limits(f"epi_{theirs}", card.overall[ours], value=f"epi_{theirs}")
    return {(name, quantity): value for quantity, value in found.items()}


def limits(prefix: str, measure: Measure, value: str = "") -> dict[str, float]:
    one = estimate(measure)
    return {f"{prefix}_low": one.low, f"{prefix}_high": one.high} | ({value: one.value} if value else {})


def apart(ours: Numbers, theirs: Numbers, names: Iterable[tuple[str, str]]) -> list[str]:
    return [
        f"{name}: {ours[name]!r} and {theirs[name]!r}" for name in names if abs(ours[name] - theirs[name]) > WITHIN
    ]


@pytest.mark.parametrize("name", SETS)
def test_every_committed_number_of_r_is_ours(name: str) -> None:
    theirs = {key: value for key, value in committed().items() if key[0] == name}
    assert len(theirs) == 28
    assert apart(numbers(name), theirs, theirs) == []


@pytest.mark.parametrize("name", SETS)
def test_the_curve_s_intervals_at_the_declared_threshold_are_r_s(name: str) -> None:
    theirs = committed()
    point = next(one for one in card_of(name).roc if one.threshold == THRESHOLD)
    for side in ("sensitivity_low", "sensitivity_high", "specificity_low", "specificity_high"):
        assert getattr(point, side) == pytest.approx(theirs[name, side], abs=WITHIN)


def testholm_is_r_s() -> None:
    theirs = [value for (name, _), value in committed().items() if name == "holm"]
    np.testing.assert_allclose(holm([0.001, 0.04, 0.03, 0.005, 0.2, 0.05]), theirs, atol=WITHIN)


def test_the_committed_cases_are_the_generator_s() -> None:
    lines = [HEADER, *(",".join(str(one) for one in row) for row in rows())]
    assert (FOLDER / "cases.csv").read_text(encoding="utf-8") == "\n".join(lines) + "\n"


@pytest.mark.r
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="NO Rscript HERE: the numbers of R are not recomputed")
def test_r_still_says_what_is_committed(tmp_path: Path) -> None:
    output = tmp_path / "again.csv"
    done = subprocess.run(
        ["Rscript", str(FOLDER / "reference.R"), str(output)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if "there is no package called" in done.stderr:
        pytest.skip("R IS HERE WITHOUT pROC OR epiR: apt-get install r-cran-proc r-cran-epir")
    assert done.returncode == 0, done.stderr
    again = read(output)
    assert again.keys() == committed().keys()
    assert apart(again, committed(), again) == []
