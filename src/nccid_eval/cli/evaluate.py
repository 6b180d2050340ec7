from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from nccid_eval.cli import surroundings
from nccid_eval.cli.index import keep_index, refusal_listed
from nccid_eval.cli.printed import Printed, pdf_option, print_out
from nccid_eval.cli.progress import Progress

if TYPE_CHECKING:
    from nccid_eval.errors import TrackingError
    from nccid_eval.pipeline import Finished, Surroundings

FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("submission", type=FOLDER, required=False)
@click.option("-p", "--partition", "partition", type=FOLDER, help="A partition made by 'partition build'.")
@click.option("--resume", "run", help="Go on with an interrupted run: its folder, or its name under --reports.")
@click.option("--plan", type=FOLDER, help="How to score. [configs/plan.toml]")
@click.option("--leakage", type=FOLDER, help="Findings of 'partition leakage --out': proof that the data are unseen.")
@click.option("--limits", type=FOLDER, help="What a container may use. [configs/limits.toml]")
@click.option("--reports", type=FOLDER, default=Path("reports"), show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the order of the cases.")
@click.option("--gpu", default="auto", show_default=True, help="auto, none, or a device as 'doctor' lists it.")
@click.option("--tracking-uri", help="MLflow; 'none' for none. [MLFLOW_TRACKING_URI, else sqlite:///mlflow.db]")
@click.option("--experiment", default="nccid-eval", show_default=True, help="MLflow's experiment.")
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes for hashing. [default: all cores]")
@click.option("--destroy-image", is_flag=True, help="Once all is written, remove the image from the engine.")
@pdf_option(default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the released scorecard and paths as JSON.")
def command(
    submission: Path | None,
    partition: Path | None,
    run: str | None,
    plan: Path | None,
    leakage: Path | None,
    limits: Path | None,
    reports: Path,
    seed: int,
    gpu: str,
    tracking_uri: str | None,
    experiment: str,
    workers: int | None,
    destroy_image: bool,
    pdf: bool,
    as_json: bool,
) -> None:
    """Run SUBMISSION's container in the sandbox on a partition, score it, log it to MLflow and write the report.

    \b
    Examples:  nccid-eval evaluate submissions/reference-densenet -p partition
               nccid-eval evaluate --resume reports/20210528-093000-chestnet-1-2-0-5f3a --destroy-image
    """
    from nccid_eval import archive, pipeline
    from nccid_eval.config import load_limits, load_plan

    if run:
        _refuse_what_is_fixed(click.get_current_context())
    elif not (submission and partition):
        raise click.UsageError("give SUBMISSION and -p PARTITION, or --resume RUN alone")
    around = _around(tracking_uri, experiment, workers)
    if submission and partition:
        with refusal_listed(reports, around.say):
            done = pipeline.evaluate(
                submission,
                partition,
                plan=load_plan(surroundings.configuration(plan, "plan.toml")),
                limits=load_limits(surroundings.configuration(limits, "limits.toml")),
                reports=reports,
                seed=seed,
                gpu=gpu,
                around=around,
                leakage=leakage,
            )
    else:
        done = pipeline.resume(archive.find(str(run), reports), around)
    finish(done, around, as_json=as_json, destroy=destroy_image, pdf=pdf, reports=reports)


def _refuse_what_is_fixed(context: click.Context) -> None:
    """A resumed run keeps what it was started with; saying otherwise is a mistake that must not pass in silence."""
    fixed = ("submission", "partition", "plan", "leakage", "limits", "seed", "gpu")
    given = [name for name in fixed if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if given:
        raise click.UsageError(f"a resumed run keeps its own {', '.join(given)}: give --resume RUN without")


def _around(uri: str | None, experiment: str, workers: int | None) -> Surroundings:
    from nccid_eval import engine
    from nccid_eval.pipeline import Surroundings
    from nccid_eval.records.stages import Stage

    progress = Progress(tuple(Stage))
    return Surroundings(
        engine=engine.connect(surroundings.engine_address()),
        say=progress.say,
        progress=progress,
        tracking_uri=surroundings.tracking_uri(uri),
        experiment=experiment,
        workers=workers or surroundings.cores(),
        commit=surroundings.commit(),
    )


def finish(
    done: Finished, around: Surroundings, *, as_json: bool, destroy: bool, reports: Path, pdf: bool = False
) -> None:
    """The result first, then PDFs, the mirror, the image: a tracking server that is down costs none of the others."""
    from nccid_eval import pipeline
    from nccid_eval.cli.plain import finished

    if not as_json:
        click.echo(finished(done))
    printed = print_out(lambda: pipeline.print_pages(done.run), around.say) if pdf else Printed()
    if not as_json:
        printed.tell()
    keep_index(done.run.root, reports, around.say)
    untracked = _tracked(done, around, as_json, printed)
    if destroy:
        if untracked:  # told now, as what the engine says may end this first
            around.say(f"{untracked.what}; the image is removed all the same")
        pipeline.destroy_image(done.run, around)
    if untracked:
        raise untracked
    printed.settle()


def _tracked(done: Finished, around: Surroundings, as_json: bool, printed: Printed) -> TrackingError | None:
    """Log to MLflow, print JSON; what MLflow did not take, for the end."""
    from nccid_eval import pipeline, scoring
    from nccid_eval.errors import TrackingError
    from nccid_eval.pipeline.pages import written

    try:
        mlflow_run = pipeline.mirror(done, around)
    except TrackingError as error:
        again = f"mend that, then log it with: nccid-eval evaluate --resume {done.run.root}"
        failed: TrackingError | None = TrackingError(error.what, where=error.where, mend=again)
        mlflow_run = ""
    else:
        failed = None
    if as_json:
        pages = {name: str(path) for name, path in written(done.run.release).items()}
        paths = {"run": str(done.run.root), **pages, "mlflow_run": mlflow_run}
        pdfs = [str(path) for path in printed.paths]
        click.echo(json.dumps({**paths, "pdf": pdfs, "scorecard": scoring.to_json(done.evaluation.scorecard)}))
    return failed
