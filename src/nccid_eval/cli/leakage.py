from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nccid_eval.cli.progress import Progress
from nccid_eval.cli.surroundings import cores

if TYPE_CHECKING:
    from nccid_eval.partition.leakage import Check, Findings, Leak

_EXIT = {"clean": 0, "leak": 1, "not assessable": 3, "to be looked at": 4}
_NAMED = 5  # leaks of a check that the table names


@click.command(short_help="Is the unseen part unseen? Training against validation.")
@click.argument("warehouse")
@click.option("--training", default=None, help="Another warehouse that holds training/. [default: WAREHOUSE]")
@click.option("--no-pixels", is_flag=True, help="Decode nothing: names and UIDs alone are compared.")
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes. [default: all cores]")
@click.option("--endpoint-url", default="", help="For s3://…: a store other than AWS. [AWS_ENDPOINT_URL]")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=None, help="Write all findings there as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print all findings as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    warehouse: str,
    training: str | None,
    no_pixels: bool,
    workers: int | None,
    endpoint_url: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Is the unseen part unseen? Compares WAREHOUSE/training with WAREHOUSE/validation.

    Exit status: 0 clean, 1 a leak, 3 not assessable (nothing to compare with is never a pass), 4 near-duplicates that
    a person has to look at. What it prints names patients: it is the evaluator's alone.

    \b
    Example:  nccid-eval partition leakage warehouse --out leakage.json
    """
    from nccid_eval.partition.leakage import audit

    found = audit(
        warehouse,
        training=training,
        pixels=not no_pixels,
        workers=workers or cores(),
        progress=Progress(),
        endpoint=endpoint_url,
    )
    document = json.dumps({"status": found.status, **asdict(found)}, indent=1, ensure_ascii=False)
    if out is not None:
        _write(out, document)
    click.echo(document if as_json else _table(found))
    ctx.exit(_EXIT[found.status])


def _write(out: Path, document: str) -> None:
    """For its owner alone, and never half: it names patients."""
    from nccid_eval.errors import StorageError

    partial = out.with_name(f".{out.name}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(document + "\n")
        partial.replace(out)
    except OSError as cause:
        partial.unlink(missing_ok=True)
        raise StorageError(
            f"the findings cannot be written: {cause.strerror}",
            where=str(out),
            mend="name another file",
        ) from None


def _table(found: Findings) -> str:
    lines = [f"{'check':<22}{'training':>10}{'validation':>12}  status"]
    for check in found.checks:
        lines += _row(check)
    return "\n".join([*lines, "", f"{found.warehouse}: {found.status}"])


def _row(check: Check) -> list[str]:
    many = f" ({len(check.leaks):,})" if check.leaks else ""
    note = f"; {check.note}" if check.note else ""
    row = f"{check.name:<22}{check.training:>10,}{check.validation:>12,}  {check.status}{many}{note}"
    more = [f"    … and {len(check.leaks) - _NAMED:,} more: --json has all"] if len(check.leaks) > _NAMED else []
    return [row, *(f"    {_line(leak)}" for leak in check.leaks[:_NAMED]), *more]


def _line(leak: Leak) -> str:
    """One leak with the first file of each part; what sites typed cannot move the cursor."""
    where = [
        f"{part}/{_short(files[0])}{f' and {len(files) - 1} more' if len(files) > 1 else ''}"
        for part, files in (("training", leak.training), ("validation", leak.validation))
        if files
    ]
    distance = "" if leak.distance is None else f" ({leak.distance} bits apart)"
    text = f"{leak.what}{distance}: {', '.join(where)}"
    return "".join(char if char.isprintable() else "?" for char in text)


def _short(name: str) -> str:
    """Folder and patient of an image, without its 200 characters of UIDs: --json has them."""
    folder, *rest = name.split("/")
    return f"{folder}/{rest[0]}/…" if len(rest) > 2 else name
