from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from nccid_eval.cli.finding import Finding
from nccid_eval.cli.isolation import isolation
from nccid_eval.cli.surroundings import cores, engine_address
from nccid_eval.errors import EngineUnavailable, SandboxError

PACKAGES = ("numpy", "scipy", "pydicom", "docker", "mlflow")
DISK_GIB = 20
MEMORY_GIB = 8


@click.command()
@click.option("--reports", type=click.Path(path_type=Path), default=Path("reports"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def command(ctx: click.Context, reports: Path, as_json: bool) -> None:
    """Look at engine, isolation, GPU, disk, memory, versions. Exit status 51 where an evaluation cannot run.

    \b
    Example:  nccid-eval doctor
    """
    engine, versions = _engine()
    machine = [_disk(reports), _memory(), _python(), *map(_package, PACKAGES), _pdf()]
    findings = [*engine, *isolation(versions), *machine]
    if as_json:
        click.echo(json.dumps([asdict(one) for one in findings], indent=1))
    else:
        for one in findings:
            click.echo(_line(one))
    ctx.exit(EngineUnavailable.exit_code if any(one.ok is False for one in findings) else 0)


def _line(one: Finding) -> str:
    mark, colour = {True: ("ok  ", "green"), None: ("note", "yellow"), False: ("FAIL", "red")}[one.ok]
    cure = f"\n      mend: {one.cure}" if one.cure else ""
    return f"{click.style(mark, fg=colour)}  {one.name}: {one.found}{cure}"


def _engine() -> tuple[list[Finding], Mapping[str, str]]:
    """What is found of it, and the versions that it reports."""
    from nccid_eval import engine

    try:
        found = engine.connect(engine_address())
        versions = found.versions()
    except SandboxError as error:
        return [Finding(name="engine", ok=False, found=error.what, cure=error.mend)], {}
    words = ", ".join(f"{name} {number}" for name, number in versions.items())
    gpus = found.gpus()
    return [
        Finding(name="engine", ok=True, found=f"{found.name}: {words}"),
        Finding(
            name="GPU",
            ok=True if gpus else None,
            found="; ".join(f"{one.index}: {one.name}, driver {one.driver}" for one in gpus) or "none",
            cure="" if gpus else "for submissions that require one: NVIDIA's driver and container toolkit",
        ),
    ], versions


def _disk(reports: Path) -> Finding:
    place = reports.resolve()
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK):
        cure = "mend its permissions, or name another folder with --reports"
        return Finding(name="disk", ok=False, found=f"{place} cannot be written", cure=cure)
    free = shutil.disk_usage(place).free / 2**30
    cure = "" if free >= DISK_GIB else f"free {DISK_GIB} GiB: an image of torch and its archive take some 5 GiB"
    return Finding(
        name="disk", ok=True if free >= DISK_GIB else None, found=f"{free:.0f} GiB free at {place}", cure=cure
    )


def _memory() -> Finding:
    rows = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    total = int(rows["MemTotal"].split()[0]) / 2**20
    enough = total >= MEMORY_GIB
    return Finding(
        name="memory",
        ok=True if enough else None,
        found=f"{total:.0f} GiB, {cores()} cores",
        cure="" if enough else "a container may ask for several GiB",
    )


def _python() -> Finding:
    return Finding(
        name="python", ok=True, found=f"{platform.python_version()} on {platform.system()} {platform.release()}"
    )


def _package(name: str) -> Finding:
    try:
        return Finding(name=name, ok=True, found=version(name))
    except PackageNotFoundError:
        return Finding(name=name, ok=False, found="missing", cure="pip install -c constraints.txt .")


def _pdf() -> Finding:
    from nccid_eval.errors import PdfError
    from nccid_eval.report.pdf import usable

    try:
        return Finding(name="PDF", ok=True, found=f"WeasyPrint {usable()}")
    except PdfError as error:
        return Finding(name="PDF", ok=None, found=error.what, cure=error.mend)
