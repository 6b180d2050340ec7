from __future__ import annotations

from pathlib import Path

import click

from nccid_eval.cli.printed import pdf_option, print_out
from nccid_eval.cli.progress import Progress


@click.command()
@click.argument("run")
@click.option("--reports", type=click.Path(path_type=Path), default=Path("reports"), show_default=True)
@pdf_option(default=True)
def command(run: str, reports: Path, pdf: bool) -> None:
    """Write the report of RUN again from what its folder holds; the same bytes come out.

    \b
    Example:  nccid-eval report reports/20210528-093000-chestnet-1-2-0-5f3a
    """
    from nccid_eval import archive, pipeline

    found = archive.find(run, reports)
    click.echo(pipeline.rerender(found))
    if pdf:
        printed = print_out(lambda: pipeline.print_pages(found), Progress().say)
        for path in printed.paths:
            click.echo(path)
        printed.settle()
