"""How often the confounding audit's alarm goes off where there is no confounding, and where there is; and its time.

python benchmarks/audit.py alarms --studies 200
python benchmarks/audit.py speed --images 50000
"""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from scipy.stats import norm

from nccid_eval.config import load_plan
from nccid_eval.records import Audit, Estimate, Plan, Predictions, Truth
from nccid_eval.scoring.auc import auc_measure
from nccid_eval.scoring.audit import audit
from nccid_eval.scoring.cells import Cell, cells_of
from nccid_eval.scoring.power import power
from nccid_eval.scoring.sample import Sample, intention_to_diagnose

PLAN = Path(__file__).parents[1] / "configs" / "plan.toml"
LEVELS = {"sex": 2, "age_band": 5, "site": 18, "view": 2, "maker": 6, "modality": 2, "quarter": 6, "photometric": 2}
ICC = 0.5


@click.group()
def main() -> None:
    """Simulated studies through the real audit."""


@main.command()
@click.option("--studies", default=200)
@click.option("--patients", default=300)
@click.option("--images", default=3, help="images a patient, on average")
def alarms(studies: int, patients: int, images: int) -> None:
    """By the strength of the link of site and diagnosis (standard deviation of the sites' log odds), and the AUC."""
    for auc in (0.75, 0.85):
        for spread in (0.0, 0.5, 1.0, 2.0, 4.0):
            found = [_audited(patients, patients * images, auc, spread, seed) for seed in range(studies)]
            reasons = Counter(
                reason.split(" ")[0] for one in found for reason in one.alarm.lower().split("; ") if reason
            )
            raised = np.mean([bool(one.alarm) for one in found])
            blind = np.mean([one.baseline.value for one in found if isinstance(one.baseline, Estimate)])
            named = np.mean([len([name for name in one.one_sided if name.startswith("site")]) for one in found])
            click.echo(
                f"AUC {auc}, sites' log odds ± {spread}: alarm in {100 * raised:.1f}% ({dict(reasons)}), "
                f"baseline's AUC {blind:.3f}, one-sided sites {named:.1f}"
            )


@main.command()
@click.option("--images", default=50_000)
def speed(images: int) -> None:
    """Wall time of the audit and of power."""
    predictions, truth = _study(images * 2 // 5, images, 0.85, 0.5, 1)
    plan = load_plan(PLAN)
    sample, cells = _prepared(predictions, truth, plan)
    start = time.perf_counter()
    audit(sample, cells, truth, plan, auc_measure(sample, plan.level))
    audited = time.perf_counter()
    power(sample, cells, plan)
    click.echo(f"{images} images: audit {audited - start:.1f} s, power {time.perf_counter() - audited:.1f} s")


def _audited(patients: int, images: int, auc: float, spread: float, seed: int) -> Audit:
    predictions, truth = _study(patients, images, auc, spread, seed)
    plan = replace(load_plan(PLAN), seed=seed)
    sample, cells = _prepared(predictions, truth, plan)
    return audit(sample, cells, truth, plan, auc_measure(sample, plan.level))


def _prepared(predictions: Predictions, truth: Truth, plan: Plan) -> tuple[Sample, tuple[Cell, ...]]:
    sample = intention_to_diagnose(predictions, truth, 0.9)
    return sample, cells_of(sample, truth, plan)


def _study(patients: int, images: int, auc: float, spread: float, seed: int) -> tuple[Predictions, Truth]:
    """Binormal scores that know of the disease alone; each site has its own prevalence around .4."""
    rng = np.random.default_rng(seed)
    of_patient = {name: rng.integers(0, number, patients) for name, number in LEVELS.items()}
    odds = math.log(0.4 / 0.6) + spread * rng.normal(size=LEVELS["site"])
    diseased = rng.random(patients) < 1 / (1 + np.exp(-odds[of_patient["site"]]))
    patient = np.sort(np.concatenate((np.arange(patients), rng.integers(0, patients, images - patients))))
    noise = math.sqrt(ICC) * rng.normal(size=patients)[patient] + math.sqrt(1 - ICC) * rng.normal(size=images)
    label = diseased[patient]
    case = np.array([f"c{at}" for at in range(images)])
    attributes = {name: np.char.add(f"{name} ", codes[patient].astype(str)) for name, codes in of_patient.items()}
    everyone = np.ones(images, dtype=np.bool_)
    truth = Truth(case=case, patient=patient.astype(np.str_), label=label, attributes=attributes)
    score = noise + math.sqrt(2) * float(norm.ppf(auc)) * label
    return Predictions(case=case, score=score, answered=everyone, outcome=np.full(images, "ok")), truth


if __name__ == "__main__":
    main()
