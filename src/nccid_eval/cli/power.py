from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nccid_eval.cli.surroundings import configuration

if TYPE_CHECKING:
    from nccid_eval.records import Power, PowerRow

FOLDER = click.Path(path_type=Path)
NAME, COLUMN = 44, 12
HEADINGS = ("patients", "cases", "± at truth", "difference")


@click.command()
@click.option(
    "-p", "--partition", "folder", type=FOLDER, required=True, help="A partition made by 'partition build'."
)
@click.option("--plan", type=FOLDER, help="How it will be scored. [configs/plan.toml]")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(folder: Path, plan: Path | None, as_json: bool) -> None:
    """What a partition can show before any model is run on it: precision, differences between groups, cases needed.

    Groups of few patients are suppressed, as in a report. The report of a run has the same table, with the
    correlation of a patient's cases estimated from the model's answers.

    \b
    Example:  nccid-eval power -p partition
    """
    from nccid_eval import partition, scoring
    from nccid_eval.config import load_plan

    chosen = load_plan(configuration(plan, "plan.toml"))
    found = scoring.planned_power(scoring.truth_by_unit(partition.load_truth(folder)), chosen)
    click.echo(json.dumps(dataclasses.asdict(found), indent=1, ensure_ascii=False) if as_json else as_text(found))


def as_text(power: Power) -> str:
    """The cases needed first, then a table a measure."""
    lines = [f"{criterion}: {sentence}" for criterion, sentence in power.needed.items()]
    for measure in dict.fromkeys(row.measure for row in power.rows):
        rows = [row for row in power.rows if row.measure == measure]
        lines += ["", f"{measure}, if its true value is {rows[0].assumed:g}"]
        lines += [" " * NAME + "".join(f"{one:>{COLUMN}}" for one in HEADINGS), *map(_line, rows)]
    return "\n".join(
        [*lines, "", "±: half the interval's width; difference: the smallest one to all others", power.method]
    )


def _line(row: PowerRow) -> str:
    counts = "".join(f"{'' if one is None else format(one, ','):>{COLUMN}}" for one in (row.patients, row.cases))
    shares = "".join(
        f"{'' if one is None else format(one, '.1%'):>{COLUMN}}"
        for one in (row.half_width, row.detectable_difference)
    )
    name = row.group if len(row.group) < NAME else row.group[: NAME - 2] + "…"
    return f"{name:<{NAME}}{counts}{shares}  {row.reason}".rstrip()
