from __future__ import annotations

import json
from pathlib import Path

import click

from nccid_eval.cli.progress import Progress
from nccid_eval.cli.surroundings import cores


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--patients", type=click.IntRange(1), default=600, show_default=True, help="In both parts together.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes. [default: all cores]")
@click.option("--json", "as_json", is_flag=True, help="Print the planted truth as JSON.")
def command(out: Path, patients: int, seed: int, workers: int | None, as_json: bool) -> None:
    """Make a synthetic NCCID warehouse in OUT, with training/, validation/ and its truth in synthetic-truth.json.

    \b
    Example:  nccid-eval synth warehouse --patients 600 --seed 1
    """
    from nccid_eval import synthetic

    progress = Progress()
    synthetic.make_warehouse(
        out,
        patients=patients,
        seed=seed,
        workers=workers or cores(),
        progress=lambda done, total: progress("patients", done, total),
    )
    truth = json.loads((out / "synthetic-truth.json").read_text(encoding="utf-8"))
    click.echo(json.dumps(truth, indent=1) if as_json else f"{out}: a synthetic warehouse of {patients} patients")
