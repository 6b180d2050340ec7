"""The summary over sites and Benjamini and Hochberg's adjustment against R's metafor and base R, to 1e-10."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from reference_data import FOLDER

from nccid_eval.records import BetweenSites, Plan, Predictions, Truth
from nccid_eval.scoring.between_sites import between_sites
from nccid_eval.scoring.cells import cells_of
from nccid_eval.scoring.multiplicity import benjamini_hochberg
from nccid_eval.scoring.random_effects import summarise
from nccid_eval.scoring.sample import intention_to_diagnose

WITHIN = 1e-10
SETS = {  # hits, cases of each site, as in random_effects.R
    "unlike": ((40, 25, 61, 18, 33), (50, 40, 70, 40, 37)),
    "alike": ((16, 24, 41, 33), (20, 30, 50, 41)),
    "perfect": ((12, 30, 9, 22), (12, 41, 20, 30)),
    "three": ((10, 45, 70), (30, 60, 80)),
}
PLAN = Plan(
    level=0.95,
    prevalences=(),
    replicates=100,
    seed=1,
    attributes=("site",),
    minimum_patients=0,
    criteria=(),
    digest="",
)


def read(path: Path) -> dict[tuple[str, str], float]:
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["set"], row["quantity"]): float(row["value"]) for row in csv.DictReader(file)}


THEIRS = read(FOLDER / "random_effects.csv")


def summary_of(name: str) -> BetweenSites:
    """Diseased patients of one case each, so that effective cases are cases; one healthy patient a site."""
    hits, cases = SETS[name]
    rows = [(at, hit < hits[at], True) for at, number in enumerate(cases) for hit in range(number)]
    rows += [(at, True, False) for at in range(len(cases))]
    case = np.array([f"c{at}" for at in range(len(rows))])
    truth = Truth(
        case=case,
        patient=case,
        label=np.array([diseased for _, _, diseased in rows]),
        attributes={"site": np.array([f"site {at}" for at, _, _ in rows])},
    )
    score = np.array([float(right == diseased) for _, right, diseased in rows])
    everyone = np.ones(len(rows), dtype=np.bool_)
    predictions = Predictions(case=case, score=score, answered=everyone, outcome=np.full(len(rows), "ok"))
    sample = intention_to_diagnose(predictions, truth, 0.5)
    found = between_sites(cells_of(sample, truth, PLAN), PLAN)["sensitivity"]
    assert isinstance(found, BetweenSites)
    return found


@pytest.mark.parametrize("name", SETS)
def test_the_summary_over_sites_is_metafor_s(name: str) -> None:
    found = summary_of(name)
    ours = {
        "mean": found.mean.value,
        "low": found.mean.low,
        "high": found.mean.high,
        "prediction_low": found.prediction_low,
        "prediction_high": found.prediction_high,
        "tau": found.tau,
        "i_squared": found.i_squared,
    }
    theirs = {quantity: value for (key, quantity), value in THEIRS.items() if key == name}
    assert ours == pytest.approx(theirs, abs=WITHIN)
    assert found.sites == len(SETS[name][0])


def test_benjamini_and_hochberg_s_adjustment_is_r_s() -> None:
    theirs = [value for (name, _), value in THEIRS.items() if name == "benjamini_hochberg"]
    assert benjamini_hochberg([0.001, 0.04, 0.03, 0.005, 0.2, 0.05]) == pytest.approx(theirs, abs=WITHIN)


def test_q_is_what_it_is_expected_to_be_at_the_variance_between_sites() -> None:
    """Paule and Mandel's definition, and that Knapp and Hartung's factor is then one."""
    rng = np.random.default_rng(3)
    values, variances = rng.normal(size=9), rng.uniform(0.02, 0.3, 9)
    found = summarise(values, variances)
    weights = 1 / (variances + found.tau**2)
    assert found.tau > 0
    assert float(weights @ (values - found.mean) ** 2) == pytest.approx(8, abs=1e-9)


@pytest.mark.r
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="NO Rscript HERE: the numbers of R are not recomputed")
def test_r_still_says_what_is_committed(tmp_path: Path) -> None:
    output = tmp_path / "again.csv"
    script = str(FOLDER / "random_effects.R")
    done = subprocess.run(["Rscript", script, str(output)], capture_output=True, text=True, timeout=300, check=False)
    if "there is no package called" in done.stderr:
        pytest.skip("R IS HERE WITHOUT metafor: apt-get install r-cran-metafor")
    assert done.returncode == 0, done.stderr
    assert read(output) == pytest.approx(THEIRS, abs=WITHIN)
