"""How well the paired methods hold, and how long they take.

python benchmarks/comparison.py coverage   intervals of the difference of two index tests, and false alarms of p
python benchmarks/comparison.py speed      four runs, 50,000 images of some 20,000 patients, 2,000 replicates
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import replace

import numpy as np
from scipy.stats import norm

from nccid_eval.records import Estimate, Plan, Predictions, Truth
from nccid_eval.scoring import Sample, headline, intention_to_diagnose, paired_differences, rank_intervals

PREVALENCE, THRESHOLD = 0.34, 0.8
PLAN = Plan(
    level=0.95,
    prevalences=(),
    replicates=500,
    seed=7,
    attributes=(),
    minimum_patients=0,
    criteria=(),
    digest="",
)


def index_tests(rng: np.random.Generator, patient: np.ndarray, shifts: tuple[float, ...]) -> list[Sample]:
    """Normal scores: half of the variance is the patient's and shared by all tests, half is the image's own."""
    patients = int(patient.max()) + 1
    label = (rng.random(patients) < PREVALENCE)[patient]
    shared = rng.normal(size=patients)[patient] * 0.5**0.5
    case = np.arange(len(patient)).astype(str)
    truth = Truth(case=case, patient=patient.astype(str), label=label, attributes={})
    answered, outcome = np.ones(len(case), dtype=np.bool_), np.full(len(case), "ok")
    scores = (shared + rng.normal(size=len(case)) * 0.5**0.5 + shift * label for shift in shifts)
    return [
        intention_to_diagnose(
            Predictions(case=case, score=score, answered=answered, outcome=outcome), truth, THRESHOLD
        )
        for score in scores
    ]


def coverage(studies: int = 1000) -> None:
    for patients, images in ((200, 1), (200, 3), (60, 3)):
        for shifts in ((1.2, 1.2), (1.6, 1.2)):
            true = {
                "auc": norm.cdf(shifts[0] / 2**0.5) - norm.cdf(shifts[1] / 2**0.5),
                "sensitivity": norm.sf(THRESHOLD - shifts[0]) - norm.sf(THRESHOLD - shifts[1]),
                "specificity": 0.0,
            }
            rng, held, found = np.random.default_rng(1), Counter[str](), Counter[str]()
            for _ in range(studies):
                samples = index_tests(rng, np.repeat(np.arange(patients), images), shifts)
                for name, one in paired_differences(samples, PLAN)[0, 1].items():
                    if isinstance(one, Estimate) and one.p is not None:
                        held[name] += one.low <= true[name] <= one.high
                        found[name] += one.p < 0.05
            shown = ", ".join(
                f"{name} {held[name] / studies:.1%} (p < .05: {found[name] / studies:.1%})" for name in true
            )
            print(f"{patients} patients, {images} images, shifts {shifts}: {shown}", flush=True)


def speed() -> None:
    rng = np.random.default_rng(0)
    patient = np.repeat(np.arange(20_000), rng.integers(1, 5, 20_000))[:50_000]
    samples, plan = index_tests(rng, patient, (1.0, 1.1, 1.2, 1.3)), replace(PLAN, replicates=2000)
    started = time.perf_counter()
    paired_differences(samples, plan)
    paired = time.perf_counter()
    areas = [one["auc"] for one in (headline(sample, plan) for sample in samples)]
    rank_intervals(samples, [one.value for one in areas if isinstance(one, Estimate)], plan)
    print(f"differences {paired - started:.1f} s, ranks {time.perf_counter() - paired:.1f} s")


if __name__ == "__main__":
    {"coverage": coverage, "speed": speed}[sys.argv[1]]()
