"""What pages, records and MLflow cost for an evaluation of 50,000 images and 40 groups, beside plain peers.

python benchmarks/report.py        some two minutes; --runs: of the page over all runs

Each bar is held by the best of three, since other work on the machine only ever adds. A peer does in the same minute
what the part at least has to do: the same number of charts as matplotlib and Jinja2 draw them untuned, Chromium's
print, json.load of the same files, MLflow's own calls. Exits with 1 where a bar is missed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # before MLflow is imported

import click
import report_peers as peers
from scipy.special import expit
from scoring import LEVELS, study
from tests.flow.mlflow_server import serving
from tests.unit.report import evaluation_factory as factory

from nccid_eval import archive, report, schemas, tracking
from nccid_eval import scoring as nccid_scoring
from nccid_eval.config import load_plan
from nccid_eval.listing import write_index
from nccid_eval.records import Evaluation

ROOT = Path(__file__).parents[1]
MEGABYTES_BAR = 2.0
ROUNDS = 3


@click.command()
@click.option("--images", default=50_000)
@click.option("--runs", default=500)
def main(images: int, runs: int) -> None:
    evaluation = evaluated(images)
    with tempfile.TemporaryDirectory(prefix="report-bench-") as folder:
        work = Path(folder)
        release = released(evaluation, work)
        page = (release / "report.html").read_text()
        size = len(page.encode()) / 1e6
        click.echo(f"report: {size:.2f} MB (bar {MEGABYTES_BAR}), {page.count('<svg')} pictures")
        held = [size < MEGABYTES_BAR, *pages(evaluation, page, work), *records(release, work, runs)]
        held += mirrored(evaluation, release, work)
    sys.exit(0 if all(held) else 1)


def evaluated(images: int) -> Evaluation:
    """Simulated, scored and gated; intervals of few replicates are as long to write as any."""
    plan = replace(load_plan(ROOT / "configs" / "plan.toml"), replicates=100, permutations=100)
    predictions, truth = study(images * 2 // 5, images, 0.5, 0.85, LEVELS, 1)
    claimed = replace(predictions, score=expit(predictions.score - 0.9))
    card = nccid_scoring.score(
        claimed, truth, plan, target="covid_positive", threshold=0.5, partition_digest="sha256:" + "ab" * 32,
        probability=True,
    )  # fmt: skip
    return replace(factory.evaluation(), scorecard=nccid_scoring.gate(card, truth, plan.minimum_patients, claimed))


def released(evaluation: Evaluation, work: Path) -> Path:
    """What a run leaves of it."""
    release = work / "release"
    release.mkdir()
    archive.save_release(release, evaluation)
    archive.write_record(release / "scorecard.json", nccid_scoring.to_json(evaluation.scorecard))
    archive.write_text(release / "estimates.csv", nccid_scoring.to_csv(evaluation.scorecard))
    archive.write_text(release / "report.html", report.render(evaluation))
    return release


def pages(evaluation: Evaluation, page: str, work: Path) -> list[bool]:
    rows = [len(levels) for levels in evaluation.scorecard.by_group.values()]
    others = page.count("<svg") - len(rows)
    drawn = timed(lambda: peers.plain_page(rows, others))
    printed = timed(lambda: peers.chromium_pdf(work / "release" / "report.html", work / "peer.pdf"), rounds=1)
    return [
        told("report as HTML", 5, lambda: report.render(evaluation), "plain matplotlib and Jinja2", drawn),
        told("summary as HTML", 5, lambda: report.render_summary(evaluation), "plain matplotlib and Jinja2", drawn),
        told("report as PDF", 15, lambda: report.to_pdf(page), "Chromium's print", printed, rounds=1),
    ]


def records(release: Path, work: Path, runs: int) -> list[bool]:
    card = release / "scorecard.json"
    table, reports = archive.read_json(card), work / "reports"
    for at in range(runs):
        shutil.copytree(
            release, reports / f"run-{at:04}" / "release", ignore=shutil.ignore_patterns("*.html", "*.csv")
        )
        (reports / f"run-{at:04}" / "private").mkdir()
    files = sorted(reports.rglob("*.json"))
    read, read_all = timed(lambda: peers.loaded([card])), timed(lambda: peers.loaded(files), rounds=1)
    click.echo(f"scorecard: {card.stat().st_size / 1e6:.2f} MB; of {runs} runs {len(files)} files")
    return [
        told("scorecard against its schema", 1, lambda: must_fit(table), "json.load of it", read),
        told(f"page over {runs} runs", 2, lambda: write_index(reports), "json.load", read_all),
    ]


def must_fit(table: dict[str, Any]) -> None:
    if fault := schemas.fault(table):
        raise AssertionError(fault)


def mirrored(evaluation: Evaluation, release: Path, work: Path) -> list[bool]:
    """Each round logs another evaluation; a first one, which makes tables and fills caches, is not timed."""
    held = []
    with serving(work) as server:
        for name, uri in (("sqlite", f"sqlite:///{work / 'own.db'}"), ("a server", server)):
            numbers = iter(range(100))

            def log(uri: str = uri, numbers: Any = numbers) -> None:
                one = replace(evaluation, run_id=f"run-{next(numbers)}")
                tracking.log(one, release, uri=uri, experiment="speed")

            log()
            bare = timed(lambda uri=uri: peers.bare_mlflow(uri, tracking.headline_metrics(evaluation), release))
            held.append(told(f"a run logged to MLflow, {name}", 1, log, "MLflow's own calls", bare))
    return held


def told(
    what: str, bar_s: float, part: Callable[[], object], peer: str, peer_s: float, *, rounds: int = ROUNDS
) -> bool:
    """One line; whether the bar is held."""
    busy = time.process_time()
    took = timed(part, rounds=rounds)
    busy = (time.process_time() - busy) / rounds
    click.echo(
        f"{what}: {took:.2f} s (bar {bar_s} s; {busy:.2f} s of one processor), "
        f"{took / peer_s:.2f} times {peer} ({peer_s:.2f} s)"
    )
    return took < bar_s


def timed(part: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """Seconds of wall time, the best round."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        part()
        taken.append(time.perf_counter() - start)
    return min(taken)


if __name__ == "__main__":
    main()
