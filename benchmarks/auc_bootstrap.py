"""2,000 stratified bootstrap replicates of one AUC: ours, R's pROC and a loop over scikit-learn, in one run.

python benchmarks/auc_bootstrap.py

The peers draw fewer replicates and their time is scaled up: each of theirs costs the same. Each is timed five times
in turn, and the quickest counts: other work on the machine only ever adds. One process, one thread each.
"""

from __future__ import annotations

import math
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from nccid_eval.records import Predictions, Truth
from nccid_eval.scoring.ranking import auc, rank, replicates
from nccid_eval.scoring.resampling import percentile_interval
from nccid_eval.scoring.sample import intention_to_diagnose

REPLICATES = 2000
ROUNDS = 5
BARS = {"pROC": 40.0, "scikit-learn": 35.0}
Timed = tuple[float, tuple[float, float]]  # seconds for REPLICATES, limits


@click.command()
@click.option("--sizes", default=(10_000, 100_000), multiple=True)
def main(sizes: tuple[int, ...]) -> None:
    """Exits with 1 where a bar is missed."""
    missed = [size for size in sizes if not _compare(size)]
    raise SystemExit(1 if missed else 0)


def _compare(size: int) -> bool:
    predictions, truth = _study(size)
    scale = max(size // 10_000, 1)
    runs: dict[str, Callable[[], Timed]] = {
        "ours": lambda: _ours(predictions, truth),
        "pROC": lambda: _proc(predictions, truth, 400 // scale),
        "scikit-learn": lambda: _scikit_learn(predictions, truth, 200 // scale),
    }
    best = dict.fromkeys(runs, (math.inf, (0.0, 0.0)))
    for _ in range(ROUNDS):
        best = {name: min(best[name], run()) for name, run in runs.items()}
    click.echo(f"n = {size}: {REPLICATES} replicates of the AUC")
    for name, (seconds, (low, high)) in best.items():
        ratio = seconds / best["ours"][0]
        bar = f", bar {BARS[name]:g}x" if name in BARS else ""
        click.echo(f"  {name}: {seconds:.3f} s, 95% interval {low:.4f} to {high:.4f}, {ratio:.0f}x{bar}")
    return all(best[name][0] / best["ours"][0] >= bar for name, bar in BARS.items())


def _study(size: int) -> tuple[Predictions, Truth]:
    """One case a patient, prevalence .34, binormal scores of AUC .85."""
    rng = np.random.default_rng(1)
    label = rng.random(size) < 0.34
    case = np.arange(size).astype(np.str_)
    scores = rng.normal(size=size) + math.sqrt(2) * float(norm.ppf(0.85)) * label
    truth = Truth(case=case, patient=case, label=label, attributes={})
    everyone = np.ones(size, dtype=np.bool_)
    return Predictions(case=case, score=scores, answered=everyone, outcome=np.full(size, "ok")), truth


def _ours(predictions: Predictions, truth: Truth) -> Timed:
    sample = intention_to_diagnose(predictions, truth, 0.5)
    start = time.perf_counter()
    drawn = replicates(rank(sample), (auc,), REPLICATES, np.random.default_rng(1))
    limits = percentile_interval(drawn[:, 0], 0.95)
    return time.perf_counter() - start, limits


def _scikit_learn(predictions: Predictions, truth: Truth, number: int) -> Timed:
    rng = np.random.default_rng(1)
    diseased, healthy = np.flatnonzero(truth.label), np.flatnonzero(~truth.label)
    start = time.perf_counter()
    values = []
    for _ in range(number):
        drawn = np.concatenate((rng.choice(diseased, len(diseased)), rng.choice(healthy, len(healthy))))
        values.append(roc_auc_score(truth.label[drawn], predictions.score[drawn]))
    seconds = time.perf_counter() - start
    return seconds * REPLICATES / number, percentile_interval(np.array(values), 0.95)


def _proc(predictions: Predictions, truth: Truth, number: int) -> Timed:
    script = Path(__file__).with_suffix(".R")
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        rows = zip(truth.label.astype(int), predictions.score, strict=True)
        file.write("label,score\n" + "".join(f"{label},{float(score)!r}\n" for label, score in rows))
        file.flush()
        command = ["Rscript", str(script), file.name, str(number)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, low, high = (float(one) for one in done.stdout.split())
    return seconds * REPLICATES / number, (low, high)


if __name__ == "__main__":
    main()
