"""Two index tests on the same cases: against R's pROC and base R, and clustered against the definition."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from brute_force import obuchowski
from brute_paired import covariance, exchange_p, paired_variance
from paired_data import FOLDER, HEADER, THRESHOLDS, rows

from nccid_eval.records import Estimate, Plan, Predictions, Truth
from nccid_eval.scoring import intention_to_diagnose, paired_differences
from nccid_eval.scoring import paired as ours
from nccid_eval.scoring.auc import Area, area
from nccid_eval.scoring.sample import Sample, count

PLAN = Plan(
    level=0.95,
    prevalences=(),
    replicates=100,
    seed=1,
    attributes=(),
    minimum_patients=0,
    criteria=(),
    digest="",
)
SETS = sorted({row[0] for row in rows()})
Numbers = dict[tuple[str, str], float]


def read(path: Path) -> Numbers:
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["set"], row["quantity"]): float(row["value"]) for row in csv.DictReader(file)}


def sample(score: np.ndarray, label: np.ndarray, patient: np.ndarray, threshold: float) -> Sample:
    case = np.array([f"c{at}" for at in range(len(score))])
    everyone = np.ones(len(case), dtype=np.bool_)
    predictions = Predictions(case=case, score=score, answered=everyone, outcome=np.full(len(case), "ok"))
    return intention_to_diagnose(
        predictions, Truth(case=case, patient=patient, label=label, attributes={}), threshold
    )


def found_area(one: Sample) -> Area:
    found = area(one)
    assert isinstance(found, Area)
    return found


def variance(first: Sample, second: Sample) -> float:
    return ours.paired_variance(found_area(first), found_area(second), count(first))


@pytest.mark.parametrize("name", SETS)
def test_every_committed_number_of_r_is_ours(name: str) -> None:
    chosen = [row for row in rows() if row[0] == name]
    label, patient = np.array([row[2] == 1 for row in chosen]), np.array([row[1] for row in chosen])
    samples = [sample(np.array([row[3 + at] for row in chosen]), label, patient, THRESHOLDS[at]) for at in range(2)]
    mine = {"auc_variance": variance(*samples)}
    for measure, one in paired_differences(samples, PLAN)[0, 1].items():
        assert isinstance(one, Estimate)
        assert one.p is not None
        mine |= {measure: one.value, f"{measure}_low": one.low, f"{measure}_high": one.high, f"{measure}_p": one.p}
    theirs = {quantity: value for (of, quantity), value in read(FOLDER / "paired.csv").items() if of == name}
    assert theirs.keys() == mine.keys()
    assert {key: value for key, value in theirs.items() if abs(value - mine[key]) > 1e-10} == {}


def clustered(seed: int, decimals: int, *, mixed: bool) -> tuple[list[Sample], dict[str, list]]:
    """22 patients of one to five cases; `mixed`: a patient may have diseased and healthy cases."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(22), rng.integers(1, 6, 22))
    label = rng.random(len(patient)) < 0.5 if mixed else (rng.random(22) < 0.5)[patient]
    shared = rng.normal(size=22)[patient] + label
    scores = [np.round(shared + size * rng.normal(size=len(patient)), decimals) for size in (0.6, 0.9)]
    named = patient.astype(str)
    plain = {"label": label.tolist(), "patient": named.tolist()}
    plain |= {"first": scores[0].tolist(), "second": scores[1].tolist()}
    return [sample(score, label, named, 0.4) for score in scores], plain


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("decimals", [0, 1, 6])
@pytest.mark.parametrize("seed", [1, 2])
def test_clustered_paired_variance_is_the_definition_s(seed: int, decimals: int, mixed: bool) -> None:
    samples, plain = clustered(seed, decimals, mixed=mixed)
    assert variance(*samples) == pytest.approx(float(paired_variance(**plain)), rel=1e-10)


def test_an_area_s_covariance_with_itself_is_its_variance() -> None:
    """Without both of X1Y2 and X2Y1 it is not, where a patient has diseased and healthy cases."""
    _, plain = clustered(3, 1, mixed=True)
    alone = [plain["first"], plain["label"], plain["patient"]]
    assert covariance(plain["first"], *alone) == obuchowski(*alone)[1]


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_exchange_of_tests_within_patients_is_every_exchange_counted(seed: int) -> None:
    differences = np.random.default_rng(seed).integers(-3, 4, 12)
    assert ours.exchange_p(differences.astype(float)) == pytest.approx(
        float(exchange_p(differences.tolist())), rel=1e-12
    )


def test_the_committed_cases_are_the_generator_s() -> None:
    lines = [HEADER, *(",".join(str(one) for one in row) for row in rows())]
    assert (FOLDER / "paired_cases.csv").read_text(encoding="utf-8") == "\n".join(lines) + "\n"


@pytest.mark.r
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="NO Rscript HERE: the numbers of R are not recomputed")
def test_r_still_says_what_is_committed(tmp_path: Path) -> None:
    output = tmp_path / "again.csv"
    command = ["Rscript", str(FOLDER / "paired.R"), str(output)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if "there is no package called" in done.stderr:
        pytest.skip("R IS HERE WITHOUT pROC: apt-get install r-cran-proc")
    assert done.returncode == 0, done.stderr
    again, committed = read(output), read(FOLDER / "paired.csv")
    assert again.keys() == committed.keys()
    assert {key for key in again if abs(again[key] - committed[key]) > 1e-10} == set()
