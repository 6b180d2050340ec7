from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    from nccid_eval.listing import has_index

    folder = root.resolve().parent
    if folder == reports.resolve():
        _refresh(reports, say)
    elif has_index(folder):
        _refresh(folder, say)


@contextmanager
def refusal_listed(reports: Path, say: Callable[[str], None]) -> Iterator[None]:
    """A model that fails on synthetic cases stands on that page too."""
    from nccid_eval.errors import RehearsalFailed

    try:
        yield
    except RehearsalFailed:
        _refresh(reports, say)
        raise


def _refresh(reports: Path, say: Callable[[str], None]) -> None:
    from nccid_eval.errors import NccidEvalError
    from nccid_eval.listing import write_index

    try:
        say(f"all runs:  {write_index(reports)}")
    except NccidEvalError as error:
        say(f"the page over all runs was not written: {error.what} ({error.where})")
