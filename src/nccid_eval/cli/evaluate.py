from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nccid_eval.cli import surroundings
from nccid_eval.cli.progress import Progress

if TYPE_CHECKING:
    from nccid_eval.pipeline import Finished, Surroundings

FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("submission", type=FOLDER, required=False)
@click.option("-p", "--partition", "partition", type=FOLDER, help="A partition made by 'partition build'.")
@click.option("--resume", "run", help="Go on with an interrupted run: its folder, or its name under --reports.")
@click.option("--plan", type=FOLDER, help="How to score. [configs/plan.toml]")
@click.option("--limits", type=FOLDER, help="What a container may use. [configs/limits.toml]")
@click.option("--reports", type=FOLDER, default=Path("reports"), show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the order of the cases.")
@click.option("--gpu", default="auto", show_default=True, help="auto, none, or a device's index.")
@click.option("--tracking-uri", help="MLflow; 'none' for none. [MLFLOW_TRACKING_URI, else sqlite:///mlflow.db]")
@click.option("--experiment", default="nccid-eval", show_default=True, help="MLflow's experiment.")
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes for hashing. [default: all cores]")
@click.option("--json", "as_json", is_flag=True, help="Print the released scorecard and paths as JSON.")
def command(
    submission: Path | None,
    partition: Path | None,
    run: str | None,
    plan: Path | None,
    limits: Path | None,
    reports: Path,
    seed: int,
    gpu: str,
    tracking_uri: str | None,
    experiment: str,
    workers: int | None,
    as_json: bool,
) -> None:
    """Run SUBMISSION's container in the sandbox on a partition, score it, log it to MLflow and write the report.

    \b
    Examples:  nccid-eval evaluate submissions/reference-densenet -p partition
               nccid-eval evaluate --resume reports/20210528-093000-chestnet-1-2-0-5f3a
    """
    from nccid_eval import archive, pipeline
    from nccid_eval.config import load_limits, load_plan

    if bool(run) == bool(submission and partition):
        raise click.UsageError("give SUBMISSION and -p PARTITION, or --resume RUN alone")
    if run:
        found = archive.find(run, reports)
        done = pipeline.resume(found, _around(tracking_uri, experiment, workers))
    else:
        assert submission is not None
        assert partition is not None
        done = pipeline.evaluate(
            submission,
            partition,
            plan=load_plan(surroundings.configuration(plan, "plan.toml")),
            limits=load_limits(surroundings.configuration(limits, "limits.toml")),
            reports=reports,
            seed=seed,
            gpu=gpu,
            around=_around(tracking_uri, experiment, workers),
        )
    _print(done, as_json)


def _around(uri: str | None, experiment: str, workers: int | None) -> Surroundings:
    from nccid_eval import engine
    from nccid_eval.pipeline import Surroundings

    progress = Progress()
    return Surroundings(
        engine=engine.connect(surroundings.engine_address()),
        say=progress.say,
        progress=progress,
        tracking_uri=surroundings.tracking_uri(uri),
        experiment=experiment,
        workers=workers or surroundings.cores(),
        commit=surroundings.commit(),
    )


def _print(done: Finished, as_json: bool) -> None:
    from nccid_eval import scoring
    from nccid_eval.cli.plain import finished

    if not as_json:
        click.echo(finished(done))
        return
    paths = {"run": str(done.run.root), "report": str(done.report), "mlflow_run": done.mlflow_run}
    click.echo(json.dumps({**paths, "scorecard": scoring.to_json(done.evaluation.scorecard)}))
