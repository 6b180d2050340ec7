from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nccid_eval.cli import standing_text

if TYPE_CHECKING:
    from nccid_eval.listing import Standing

CLEAR = "\x1b[H\x1b[2J\x1b[3J"


@click.command()
@click.option("--reports", type=click.Path(path_type=Path), default=Path("reports"), show_default=True)
@click.option("--watch", is_flag=True, help="Look again and again, until Ctrl-C.")
@click.option("--every", type=click.FloatRange(0.1), default=2.0, show_default=True, help="Seconds between looks.")
@click.option("--json", "as_json", is_flag=True, help="Print all that is known of each run as JSON; a look a line.")
def command(reports: Path, watch: bool, every: float, as_json: bool) -> None:
    """List the runs, newest first: state, how many cases are done, rate, time left, failures so far, verdict.

    Read from the run folders alone, while other processes write them; nothing is changed. Times and rates are those
    that a run's own journal tells.

    \b
    Example:  nccid-eval runs --watch
    """
    from nccid_eval.listing import standings

    found = standings(reports)
    _show(found, as_json, clear=False)
    try:
        while watch:
            time.sleep(every)
            found = standings(reports, {one.folder: one for one in found})
            _show(found, as_json, clear=True)
    except KeyboardInterrupt:
        return


def _show(found: Sequence[Standing], as_json: bool, *, clear: bool) -> None:
    if as_json:
        click.echo(json.dumps([standing_text.as_table(one) for one in found]))
        return
    terminal = sys.stdout.isatty()
    columns, rows = shutil.get_terminal_size()
    text = standing_text.listed(found, columns if terminal else None)
    if clear:
        click.echo(CLEAR if terminal else "", nl=not terminal)
    click.echo(standing_text.cut(text, rows - 1) if clear and terminal else text)
