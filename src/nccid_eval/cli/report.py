from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("run")
@click.option("--reports", type=click.Path(path_type=Path), default=Path("reports"), show_default=True)
def command(run: str, reports: Path) -> None:
    """Write the report of RUN again from what its folder holds; the same bytes come out.

    \b
    Example:  nccid-eval report reports/20210528-093000-chestnet-1-2-0-5f3a
    """
    from nccid_eval import archive, pipeline

    click.echo(pipeline.rerender(archive.find(run, reports)))
