from __future__ import annotations

import json
from pathlib import Path

import click

from nccid_eval.cli.progress import Progress
from nccid_eval.cli.surroundings import cores


def _list_quirks(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    if not asked or context.resilient_parsing:
        return
    from nccid_eval import synthetic

    for table, quirks in synthetic.quirk_tables().items():
        click.echo(f"{table}:")
        for quirk in quirks:
            click.echo(f"  {quirk.name:<26}{quirk.probability:<7g}{quirk.what}")
    context.exit()


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--patients", type=click.IntRange(1), default=600, show_default=True, help="In both parts together.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes. [default: all cores]")
@click.option(
    "--quirk",
    "quirks",
    multiple=True,
    metavar="NAME[=PROBABILITY]",
    help="What sites did to their files: switch one on, or 'none', or 'all=0.02'. Read in order.",
)
@click.option(
    "--list-quirks",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_quirks,
    help="Each quirk and its usual probability, among those whom it can strike.",
)
@click.option("--ct", type=click.FloatRange(0, 1), default=0.0, help="Share of patients with a CT. [default: 0]")
@click.option("--mr", type=click.FloatRange(0, 1), default=0.0, help="Share of patients with an MR. [default: 0]")
@click.option(
    "--size", type=click.IntRange(40, 256), default=256, show_default=True, help="About so many rows and columns."
)
@click.option("--json", "as_json", is_flag=True, help="Print the planted truth as JSON.")
def command(
    out: Path,
    patients: int,
    seed: int,
    workers: int | None,
    quirks: tuple[str, ...],
    ct: float,
    mr: float,
    size: int,
    as_json: bool,
) -> None:
    """Make a synthetic NCCID warehouse in OUT, with training/, validation/ and its truth in synthetic-truth.json.

    \b
    Example:  nccid-eval synth warehouse --patients 600 --seed 1
              nccid-eval synth odd --patients 40 --ct 0.2 --quirk none --quirk fio2_percent --quirk lateral=0.3
    """
    from nccid_eval import synthetic

    progress = Progress()
    synthetic.make_warehouse(
        out,
        patients=patients,
        seed=seed,
        workers=workers or cores(),
        progress=lambda done, total: progress("patients", done, total),
        quirks=quirks,
        ct=ct,
        mr=mr,
        size=size,
    )
    truth = json.loads((out / "synthetic-truth.json").read_text(encoding="utf-8"))
    click.echo(json.dumps(truth, indent=1) if as_json else f"{out}: a synthetic warehouse of {patients} patients")
