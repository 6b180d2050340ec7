"""The command line: one verb, one file; one handler for every error. Verbs are imported when they are called."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from nccid_eval.errors import Interrupted, NccidEvalError

VERBS = {
    "compare": "compare finished runs on one partition: paired differences, ranks, non-inferiority",
    "doctor": "is this machine ready for an evaluation: engine, GPU, disk, versions",
    "evaluate": "run a submission's container on a partition, score it, log it, write the report",
    "index": "write one page over all runs: search, filter, sort, without a server",
    "partition": "build, show, verify or compare partitions of an NCCID warehouse; see that they are unseen",
    "power": "what a partition can show, before a run: precision, differences between groups, cases needed",
    "report": "write a run's report again",
    "runs": "list the runs: state, rate, time left, failures so far",
    "score": "score predictions made elsewhere, or score a run again",
    "synth": "make a synthetic NCCID warehouse with known truth",
}
UNCONTROLLED = 128
MLFLOW = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # a server that is not there is told within seconds
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "GIT_PYTHON_REFRESH": "quiet",
}


class _Verbs(click.Group):
    """Knows every verb's name and line of help without importing it."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module = importlib.import_module(f"nccid_eval.cli.{name}")
        command: click.Command = module.command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from nccid_eval import __version__
        from nccid_eval.cli.surroundings import commit

        click.echo(f"nccid-eval {__version__} ({commit()})")
        ctx.exit()


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 118})
@click.option(
    "--version", is_flag=True, callback=_version, expose_value=False, is_eager=True, help="Show it and leave."
)
def cli() -> None:
    """Runs a vendor's sealed COVID-19 chest-imaging model on unseen NCCID images and says how good it is.

    \b
    nccid-eval synth warehouse --patients 600 --seed 1
    nccid-eval partition build warehouse -o partition
    nccid-eval evaluate submissions/reference-densenet -p partition
    """


def main() -> NoReturn:
    """Entry point. Exit status: 0, 2 for wrong usage, else the error's own (see nccid_eval.errors)."""
    for name, value in MLFLOW.items():
        os.environ.setdefault(name, value)
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        status: int | None = cli.main(standalone_mode=False)
        sys.exit(status or 0)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except (KeyboardInterrupt, click.Abort):
        _fail(Interrupted("interrupted", mend="start it again"))
    except BrokenPipeError:  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(UNCONTROLLED + signal.SIGPIPE)
    except NccidEvalError as error:
        _fail(error)


def _fail(error: NccidEvalError) -> NoReturn:
    click.echo(f"{click.style('error:', fg='red', bold=True)} {error}", err=True)
    sys.exit(error.exit_code)


def _as_interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
