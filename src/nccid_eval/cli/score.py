from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nccid_eval.cli import surroundings
from nccid_eval.cli.index import keep_index
from nccid_eval.cli.printed import Printed, pdf_option, print_out
from nccid_eval.cli.progress import Progress

if TYPE_CHECKING:
    from nccid_eval.pipeline import Finished

FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("run", required=False)
@click.option("--predictions", type=FOLDER, help="CSV: case,score[,outcome].")
@click.option("--truth", type=FOLDER, help="CSV: case,patient,label; further columns are subgroup attributes.")
@click.option("--threshold", type=float, help="Declared operating point: positive when score >= threshold.")
@click.option("-o", "--out", type=FOLDER, help="Folder for the scorecard and the report.")
@click.option("--target", default="covid_positive", show_default=True, help="Named in the report.")
@click.option("--probability", is_flag=True, help="The scores claim to be probabilities: judge their calibration.")
@click.option(
    "--aggregation",
    type=click.Choice(["max", "mean"]),
    default=None,
    help="A unit's score out of its cases', where the truth has a column 'unit'. [max]",
)
@click.option("--gate", is_flag=True, help="Suppress small cells, as an evaluation does.")
@click.option("--plan", type=FOLDER, help="How to score. [configs/plan.toml; for RUN, the plan that it was run with]")
@click.option("--reports", type=FOLDER, default=Path("reports"), show_default=True)
@pdf_option(default=False)
@click.option("--json", "as_json", is_flag=True, help="Print the scorecard as JSON.")
def command(
    run: str | None,
    predictions: Path | None,
    truth: Path | None,
    threshold: float | None,
    out: Path | None,
    target: str,
    probability: bool,
    aggregation: str | None,
    gate: bool,
    plan: Path | None,
    reports: Path,
    pdf: bool,
    as_json: bool,
) -> None:
    """Score predictions made elsewhere, or score RUN again from its journal.

    \b
    Examples:  nccid-eval score --predictions P.csv --truth T.csv --threshold 0.5 -o scored
               nccid-eval score reports/20210528-093000-chestnet-1-2-0-5f3a
               nccid-eval score reports/20210528-093000-chestnet-1-2-0-5f3a --plan other.toml -o other
    """
    files = (predictions, truth, threshold)
    if run and not (any(one is not None for one in files) or probability or aggregation or gate):
        done = _again(run, plan, out, reports)
    elif predictions and truth and threshold is not None and out and not run:
        if not math.isfinite(threshold):
            raise click.UsageError("--threshold must be a finite number")
        done = _files(predictions, truth, threshold, plan, gate, target, out, probability, aggregation or "max")
    else:
        raise click.UsageError(
            "give RUN alone (with --plan and -o for another plan), or --predictions, --truth, --threshold and -o"
        )
    _print(done, as_json, pdf, reports)


def _again(run: str, plan: Path | None, out: Path | None, reports: Path) -> Finished:
    from nccid_eval import archive, pipeline
    from nccid_eval.config import load_plan

    if (plan is None) != (out is None):
        raise click.UsageError("another --plan needs -o, a folder of its own: the run keeps what it was judged by")
    found = archive.find(run, reports)
    done = pipeline.rescore_by(found, load_plan(plan), out) if plan and out else pipeline.rescore(found)
    if done.differs:
        Progress().say(done.differs)
    return done


def _files(
    predictions: Path,
    truth: Path,
    threshold: float,
    plan: Path | None,
    gate: bool,
    target: str,
    out: Path,
    probability: bool,
    aggregation: str,
) -> Finished:
    from nccid_eval import pipeline
    from nccid_eval.config import load_plan

    if not gate:
        Progress().say("the disclosure gate is off: small cells are shown (--gate turns it on)")
    return pipeline.score_files(
        predictions,
        truth,
        threshold=threshold,
        plan=load_plan(surroundings.configuration(plan, "plan.toml")),
        gate=gate,
        target=target,
        out=out,
        commit=surroundings.commit(),
        probability=probability,
        aggregation=aggregation,
    )


def _print(done: Finished, as_json: bool, pdf: bool, reports: Path) -> None:
    from nccid_eval import pipeline, scoring
    from nccid_eval.cli.plain import finished

    click.echo(json.dumps(scoring.to_json(done.evaluation.scorecard)) if as_json else finished(done))
    printed = print_out(lambda: pipeline.print_pages(done.run), Progress().say) if pdf else Printed()
    if not as_json:
        printed.tell()
    keep_index(done.run.root, reports, Progress().say)
    printed.settle()
