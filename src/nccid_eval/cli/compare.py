from __future__ import annotations

import json
from pathlib import Path

import click

from nccid_eval.cli.index import keep_index
from nccid_eval.cli.printed import Printed, pdf_option, print_out
from nccid_eval.cli.progress import Progress

FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN…")
@click.option("-o", "--out", type=FOLDER, required=True, help="Folder for the comparison: its release/ may leave.")
@click.option("--predecessor", help="A run whose new versions the others are: non-inferiority.")
@click.option("--common", is_flag=True, help="Where runs were asked different cases, compare those that all were.")
@click.option("--plan", type=FOLDER, help="How to compare. [the plan that all runs were scored by]")
@click.option("--reports", type=FOLDER, default=Path("reports"), show_default=True)
@pdf_option(default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def command(
    runs: tuple[str, ...],
    out: Path,
    predecessor: str | None,
    common: bool,
    plan: Path | None,
    reports: Path,
    pdf: bool,
    as_json: bool,
) -> None:
    """Compare finished runs on one partition: paired differences, ranks with intervals, a page.

    \b
    Examples:  nccid-eval compare reports/RUN1 reports/RUN2 -o compared
               nccid-eval compare reports/NEW reports/OLD --predecessor reports/OLD -o compared
    """
    from nccid_eval import archive, comparison, scoring
    from nccid_eval.cli.league import league
    from nccid_eval.config import load_plan

    entries = [comparison.load(archive.find(name, reports)) for name in runs]
    older = comparison.load(archive.find(predecessor, reports)) if predecessor else None
    if older and older.run_id not in {one.run_id for one in entries}:
        entries.append(older)
    made = comparison.compare(
        entries,
        plan=load_plan(plan) if plan else None,
        predecessor=older.run_id if older else "",
        common=common,
    )
    written = comparison.write(made, out)
    click.echo(json.dumps(scoring.to_json(made)) if as_json else league(made, written))
    printed = print_out(lambda: comparison.print_page(written), Progress().say) if pdf else Printed()
    if not as_json:
        printed.tell()
    keep_index(out, reports, Progress().say)
    printed.settle()
