"""Coverage, false alarms and speed of the scoring on simulated studies.

python benchmarks/scoring.py coverage --studies 500
python benchmarks/scoring.py alarms --studies 2000 --permutations 0
python benchmarks/scoring.py speed --images 50000
"""

from __future__ import annotations

import math
import resource
import time
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from scipy.special import expit
from scipy.stats import norm

from nccid_eval.config import load_plan
from nccid_eval.records import Estimate, Gap, Measure, Plan, Predictions, Truth
from nccid_eval.scoring import gate, score
from nccid_eval.scoring.auc import auc_measure
from nccid_eval.scoring.cells import cells_of
from nccid_eval.scoring.gaps import gaps
from nccid_eval.scoring.multiplicity import adjust_all
from nccid_eval.scoring.proportions import proportion_measure, sensitivity_tally, specificity_tally
from nccid_eval.scoring.resampling import disease_strata, replicate_sums
from nccid_eval.scoring.sample import intention_to_diagnose
from nccid_eval.scoring.subgroups import score_groups, tallies_of, tally_columns

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
@click.option("--first", default=0, help="seed of the first study; for parts of a long simulation")
@click.option("--patients", default=400)
@click.option("--images", default=3, help="images a patient, on average")
@click.option("--icc", default=0.5)
@click.option("--permutations", default=100, help="of the null of a gap; 0 leaves gaps out")
def alarms(studies: int, first: int, patients: int, images: int, icc: float, permutations: int) -> None:
    """How often a study in which no group differs raises an alarm: any planned difference with a Holm p below .05."""
    plan = replace(load_plan(PLAN), replicates=20, permutations=permutations, minimum_patients=0)
    found = [_alarm(patients, images, icc, plan, seed) for seed in range(first, first + studies)]
    any_of_all = sum(one.holm for one in found)
    click.echo(f"any Holm p < .05: {any_of_all} of {studies} studies ({100 * any_of_all / studies:.1f}%)")
    for name in ("auc", "sensitivity", "specificity"):
        raw = np.concatenate([one.raw[name] for one in found])
        click.echo(f"{name}: raw p < .05 in {100 * np.mean(raw < 0.05):.1f}% of {len(raw)} differences")
    gaps = np.concatenate([one.gaps for one in found])
    if len(gaps):
        click.echo(f"gaps: p <= .05 in {100 * np.mean(gaps <= 0.05):.1f}% of {len(gaps)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Of one study: any adjusted p below .05, all raw p by measure, p of the gaps."""

    holm: bool
    raw: dict[str, np.ndarray]
    gaps: np.ndarray


def _alarm(patients: int, images: int, icc: float, plan: Plan, seed: int) -> Alarm:
    """p hangs on no bootstrap, so few replicates do."""
    predictions, truth = _unbiased(patients, patients * images, icc, seed)
    sample = intention_to_diagnose(predictions, truth, 0.9)
    cells = cells_of(sample, truth, plan)
    sums = replicate_sums(
        tally_columns(tallies_of(sample, cells)), disease_strata(sample), plan.replicates, np.random.default_rng(seed)
    )
    groups, _ = adjust_all(score_groups(sample, cells, sums, plan), {}, plan.attributes)
    given = [
        (name, one)
        for levels in groups.values()
        for level in levels.values()
        for name, one in level.differences.items()
    ]
    planned = [(name, one) for name, one in given if name != "failure_rate" and isinstance(one, Estimate)]
    found = gaps(sample, cells, cells, plan) if plan.permutations else {}
    return Alarm(
        holm=any((one.p_adjusted or 0) < 0.05 for _, one in planned),
        raw={
            key: np.array([one.p or 0 for name, one in planned if name == key])
            for key in ("auc", "sensitivity", "specificity")
        },
        gaps=np.array(
            [
                one.p
                for measures in found.values()
                for name, one in measures.items()
                if isinstance(one, Gap) and name in ("auc", "sensitivity", "specificity", "equalised_odds")
            ]
        ),
    )


def _unbiased(patients: int, images: int, icc: float, seed: int) -> tuple[Predictions, Truth]:
    """Every planned attribute; sites and ethnicities of unlike sizes, and a view that is each image's own."""
    predictions, truth = study(patients, images, icc, 0.85, LEVELS, seed)
    rng = np.random.default_rng([seed, 1])
    _, codes = np.unique(truth.patient, return_inverse=True)
    shares = {"site": 0.8 ** np.arange(12), "ethnicity": np.array([0.75, 0.1, 0.08, 0.05, 0.02])}
    drawn = {name: rng.choice(len(one), patients, p=one / one.sum())[codes] for name, one in shares.items()}
    drawn["view"] = rng.integers(0, 2, images)
    levels = {name: np.array([f"{name} {one}" for one in codes]) for name, codes in drawn.items()}
    return predictions, replace(truth, attributes={**truth.attributes, **levels})


@main.command()
@click.option("--images", default=50_000)
def speed(images: int) -> None:
    """Wall time and peak memory of one whole scorecard with 40 groups, calibration too, and of the gate."""
    predictions, truth = study(images * 2 // 5, images, 0.5, 0.85, LEVELS, 1)
    claimed = replace(predictions, score=expit(predictions.score - 0.9))
    start = time.perf_counter()
    card = score(claimed, truth, _plan(2000), target="t", threshold=0.5, partition_digest="", probability=True)
    scored = time.perf_counter()
    gate(card, truth, 10)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    click.echo(
        f"{images} images of {images * 2 // 5} patients: score {scored - start:.1f} s, "
        f"gate {time.perf_counter() - scored:.1f} s, peak memory {peak:.2f} GiB"
    )


def _plan(replicates: int) -> Plan:
    return replace(load_plan(PLAN), replicates=replicates)


def study(
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
