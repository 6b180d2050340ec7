"""Coverage, false alarms and speed of the scoring on simulated studies.

python benchmarks/scoring.py coverage --studies 500
python benchmarks/scoring.py alarms --studies 200
python benchmarks/scoring.py speed --images 50000
"""

from __future__ import annotations

import math
import time
from pathlib import Path

import click
import numpy as np
from scipy.stats import norm

from nccid_eval.config import load_plan
from nccid_eval.records import Estimate, Measure, Plan, Predictions, Truth
from nccid_eval.scoring import gate, score
from nccid_eval.scoring.auc import auc_measure
from nccid_eval.scoring.proportions import proportion_measure, sensitivity_tally, specificity_tally
from nccid_eval.scoring.sample import intention_to_diagnose

PLAN = Path(__file__).parents[1] / "configs" / "plan.toml"
LEVELS = {"sex": 2, "age_band": 5, "site": 18, "view": 2, "maker": 6, "modality": 2, "ethnicity": 5}


@click.group()
def main() -> None:
    """Simulated studies through the real scoring."""


@main.command()
@click.option("--studies", default=500)
@click.option("--patients", default=200)
@click.option("--images", default=3, help="images a patient")
def coverage(studies: int, patients: int, images: int) -> None:
    """How often 95% intervals hold the truth, beside those that take images for patients."""
    for auc in (0.85, 0.95):
        for icc in (0.5, 0.8):
            held = np.array([_held(patients, images, auc, icc, seed) for seed in range(studies)])
            ours, naive, sensitivity, specificity = 100 * np.nanmean(held, axis=0)
            click.echo(
                f"AUC {auc} ICC {icc}: AUC {ours:.1f}% (images as patients {naive:.1f}%), "
                f"sensitivity {sensitivity:.1f}%, specificity {specificity:.1f}%"
            )


@main.command()
@click.option("--studies", default=200)
@click.option("--patients", default=400)
@click.option("--images", default=3, help="images a patient, on average")
@click.option("--groups", default=12)
def alarms(studies: int, patients: int, images: int, groups: int) -> None:
    """How often any planned difference has an adjusted p below .05 where no group differs."""
    plan = _plan(100)
    counted: dict[str, list[bool]] = {"auc": [], "sensitivity": [], "specificity": []}
    raw: dict[str, list[float]] = {name: [] for name in counted}
    for seed in range(studies):
        predictions, truth = _study(patients, patients * images, 0.5, 0.85, {"site": groups}, seed)
        card = score(predictions, truth, plan, target="covid_positive", threshold=0.9, partition_digest="")
        cells = card.by_group["site"].values()
        for name, found in counted.items():
            ones = [one.differences[name] for one in cells]
            found.append(any((one.p_adjusted or 1) < 0.05 for one in ones if isinstance(one, Estimate)))
            raw[name] += [one.p or 0 for one in ones if isinstance(one, Estimate)]
    whole = np.mean(np.any(np.array(list(counted.values())), axis=0))
    click.echo(f"any of all: {100 * whole:.1f}%")
    for name, found in counted.items():
        unadjusted = 100 * np.mean(np.array(raw[name]) < 0.05)
        click.echo(f"{name}: family-wise {100 * np.mean(found):.1f}%, raw p < .05 {unadjusted:.1f}%")


@main.command()
@click.option("--images", default=50_000)
def speed(images: int) -> None:
    """Wall time of one whole scorecard with 40 groups, and of the gate."""
    predictions, truth = _study(images * 2 // 5, images, 0.5, 0.85, LEVELS, 1)
    start = time.perf_counter()
    card = score(predictions, truth, _plan(2000), target="covid_positive", threshold=0.9, partition_digest="")
    scored = time.perf_counter()
    gate(card, truth, 10)
    click.echo(f"{images} images: score {scored - start:.1f} s, gate {time.perf_counter() - scored:.1f} s")


def _plan(replicates: int) -> Plan:
    from dataclasses import replace

    return replace(load_plan(PLAN), replicates=replicates)


def _study(
    patients: int, images: int, icc: float, auc: float, levels: dict[str, int], seed: int
) -> tuple[Predictions, Truth]:
    """Binormal scores; a patient's share of the variance is the ICC; prevalence .34 of patients."""
    rng = np.random.default_rng(seed)
    patient = np.sort(np.concatenate((np.arange(patients), rng.integers(0, patients, images - patients))))
    label = (rng.random(patients) < 0.34)[patient]
    noise = math.sqrt(icc) * rng.normal(size=patients)[patient] + math.sqrt(1 - icc) * rng.normal(size=images)
    case = np.array([f"c{at}" for at in range(images)])
    attributes = {
        name: np.array([f"{name} {rng_at}" for rng_at in range(number)])[rng.integers(0, number, patients)[patient]]
        for name, number in levels.items()
    }
    truth = Truth(case=case, patient=patient.astype(np.str_), label=label, attributes=attributes)
    everyone = np.ones(images, dtype=np.bool_)
    scores = noise + math.sqrt(2) * float(norm.ppf(auc)) * label
    return Predictions(case=case, score=scores, answered=everyone, outcome=np.full(images, "ok")), truth


def _held(patients: int, images: int, auc: float, icc: float, seed: int) -> tuple[float, float, float, float]:
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(patients), images)
    label = (rng.random(patients) < 0.34)[patient]
    shift = math.sqrt(2) * float(norm.ppf(auc))
    noise = np.sqrt(icc) * rng.normal(size=patients)[patient] + np.sqrt(1 - icc) * rng.normal(size=len(patient))
    case = patient.astype(np.str_)
    predictions = Predictions(
        case=case,
        score=noise + shift * label,
        answered=np.ones(len(case), dtype=np.bool_),
        outcome=np.full(len(case), "ok"),
    )
    clustered = Truth(case=case, patient=case, label=label, attributes={})
    alone = Truth(case=case, patient=np.arange(len(case)).astype(np.str_), label=label, attributes={})
    threshold = shift / 2
    sample = intention_to_diagnose(predictions, clustered, threshold)
    naive = intention_to_diagnose(predictions, alone, threshold)
    share = float(norm.cdf(threshold))
    diseased = proportion_measure(sensitivity_tally(sample), sample, 0.95)
    healthy = proportion_measure(specificity_tally(sample), sample, 0.95)
    return (
        _holds(auc_measure(sample, 0.95), auc),
        _holds(auc_measure(naive, 0.95), auc),
        _holds(diseased, share),
        _holds(healthy, share),
    )


def _holds(measure: Measure, truth: float) -> float:
    return float(measure.low <= truth <= measure.high) if isinstance(measure, Estimate) else math.nan


if __name__ == "__main__":
    main()
