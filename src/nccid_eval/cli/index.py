from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click


@click.command()
@click.argument("reports", type=click.Path(path_type=Path), default=Path("reports"))
def command(reports: Path) -> None:
    """Write REPORTS/index.html: all runs and comparisons, newest first, to search, filter and sort without a server.

    Every evaluation, scoring and comparison in that folder does it too. It is made from what the runs release alone.

    \b
    Example:  nccid-eval index reports
    """
    from nccid_eval.listing import write_index

    click.echo(write_index(reports))


def keep_index(root: Path, reports: Path, say: Callable[[str], None]) -> None:
    """Bring the page over all runs up to date with the run in `root`: in `reports`, or where there is such a page.

    Where that fails it is said, and the run stays as it is.
    """
    from nccid_eval.errors import NccidEvalError
    from nccid_eval.listing import has_index, write_index

    folder = root.resolve().parent
    if folder != reports.resolve() and not has_index(folder):
        return
    try:
        say(f"all runs:  {write_index(folder if folder != reports.resolve() else reports)}")
    except NccidEvalError as error:
        say(f"the page over all runs was not written: {error.what} ({error.where})")
