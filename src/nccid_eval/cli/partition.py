from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from nccid_eval.cli.difference import command as difference
from nccid_eval.cli.leakage import command as leakage
from nccid_eval.cli.progress import Progress
from nccid_eval.cli.surroundings import configuration, cores

FOLDER = click.Path(path_type=Path)


@click.group()
def command() -> None:
    """Build, show, verify or compare partitions of an NCCID warehouse, and see that they are unseen."""


@command.command(short_help="A warehouse's unseen part -> staged cases, and the truth apart.")
@click.argument("warehouse")  # no path: one would make a single slash of two
@click.option(
    "-o", "--out", type=FOLDER, required=True, help="Folder to make: new, empty, or made of the same before."
)
@click.option("--rules", type=FOLDER, default=None, help="Reference standard and windows. [configs/partition.toml]")
@click.option("--strict", is_flag=True, help="Stop at the first unreadable image or missing clinical record.")
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes. [default: all cores]")
@click.option("--endpoint-url", default="", help="For s3://…: a store other than AWS. [AWS_ENDPOINT_URL]")
@click.option("--blank-headers", is_flag=True, help="A control: pixels alone, with no more than decodes them.")
@click.option("--blank-pixels", is_flag=True, help="A control: headers alone, on pictures of one value.")
@click.option(
    "--from", "earlier", type=FOLDER, default=None, help="An earlier version's folder: what it knows is used again."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def build(
    warehouse: str,
    out: Path,
    rules: Path | None,
    strict: bool,
    workers: int | None,
    endpoint_url: str,
    blank_headers: bool,
    blank_pixels: bool,
    earlier: Path | None,
    as_json: bool,
) -> None:
    """Turn WAREHOUSE/validation into staged cases with opaque ids, a manifest, and the truth apart in private/.

    A bad file or a patient without a clinical record costs that file or patient, is named on stderr and counted in
    the flow; with --strict it ends the build. WAREHOUSE is a folder or s3://bucket/prefix: who reads a bucket is said
    as for the aws command, by AWS_PROFILE for one. A stopped build is gone on with; one of which the result is there
    already only hashes the warehouse, and writes nothing.

    \b
    Example:  nccid-eval partition build warehouse -o partition
              nccid-eval partition build s3://bucket/warehouse -o partition
              nccid-eval partition build warehouse -o pixels-alone --blank-headers
    """
    from nccid_eval import partition
    from nccid_eval.config import load_partition_rules

    if blank_headers and blank_pixels:
        raise click.UsageError("give --blank-headers or --blank-pixels: with both nothing is left")
    stated = load_partition_rules(configuration(rules, "partition.toml"))
    blank = "headers" if blank_headers else "pixels" if blank_pixels else ""
    progress = Progress()
    built = partition.build(
        warehouse,
        out,
        partition.as_control(stated, blank) if blank else stated,
        strict=strict,
        workers=workers or cores(),
        progress=progress,
        warn=lambda text: progress.say(f"warning: {text}"),
        tell=progress.say,
        earlier=earlier,
        endpoint=endpoint_url,
    )
    _print(partition.describe(built), as_json)


@command.command(short_help="Digest, cases, flow, and who is in it; the data's quality.")
@click.argument("folder", type=FOLDER)
@click.option("--quality", is_flag=True, help="How the clinical records were read: patients by field and reason.")
@click.option("--by", type=click.Choice(["site", "label"]), default=None, help="With --quality: a table for each.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(folder: Path, quality: bool, by: str | None, as_json: bool) -> None:
    """What a partition holds: digest, cases, flow, and who is in it. Small counts are shown: it is the evaluator's.

    \b
    Example:  nccid-eval partition show partition
              nccid-eval partition show partition --quality --by label
    """
    from nccid_eval import partition

    loaded = partition.load(folder)
    if quality:
        _print_quality(partition.describe_quality(loaded, by or ""), as_json)
    elif by:
        raise click.UsageError("--by goes with --quality")
    else:
        _print(partition.describe(loaded), as_json)


@command.command()
@click.argument("folder", type=FOLDER)
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes. [default: all cores]")
def verify(folder: Path, workers: int | None) -> None:
    """Hash every file again and compare with the manifest.

    \b
    Example:  nccid-eval partition verify partition
    """
    from nccid_eval import partition

    partition.verify(folder, workers=workers or cores(), progress=Progress())
    click.echo(f"{folder}: every file is as it was built; {partition.load(folder).digest}")


command.add_command(leakage, "leakage")
command.add_command(difference, "diff")


def _print_quality(table: dict[str, Any], as_json: bool) -> None:
    from nccid_eval.cli.plain import quality_tables

    click.echo(json.dumps(table, indent=1, ensure_ascii=False) if as_json else quality_tables(table))


def _print(summary: dict[str, Any], as_json: bool) -> None:
    from nccid_eval.cli.plain import partition_summary

    click.echo(json.dumps(summary, indent=1, ensure_ascii=False) if as_json else partition_summary(summary))
