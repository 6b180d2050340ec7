from __future__ import annotations

from pathlib import Path

import click

from nccid_eval.cli.index import keep_index
from nccid_eval.cli.printed import Printed, pdf_option, print_out
from nccid_eval.cli.progress import Progress


@click.command()
@click.argument("run")
@click.option("--reports", type=click.Path(path_type=Path), default=Path("reports"), show_default=True)
@pdf_option(default=True)
def command(run: str, reports: Path, pdf: bool) -> None:
    """Write the pages of RUN again from what its folder holds: report, summary, letter. The same bytes come out.

    \b
    Example:  nccid-eval report reports/20210528-093000-chestnet-1-2-0-5f3a
    """
    from nccid_eval import archive, pipeline
    from nccid_eval.pipeline.pages import written

    found = archive.find(run, reports)
    pipeline.rerender(found)
    for page in written(found.release).values():
        click.echo(page)
    printed = print_out(lambda: pipeline.print_pages(found), Progress().say) if pdf else Printed()
    for path in printed.paths:
        click.echo(path)
    keep_index(found.root, reports, Progress().say)
    printed.settle()
