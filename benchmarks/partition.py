"""What building a partition costs, as ratios in one run: cores, a plain loop, memory, and a second build.

python benchmarks/partition.py        makes a warehouse in a temporary folder; some minutes, 3 GB of disk

Two workers against one are held to what two plain processor loops gain side by side on this machine at this time,
measured in turn with the builds; of each the best round counts, since other work only ever adds. Exits with 1 where
a bar is missed.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
from partition_warehouse import files_of, make_warehouse, part_of

CORES_BAR = 0.85  # of the gain of two plain loops
MEMORY_BAR = 1.20  # times the memory of a quarter of the studies
AGAIN_BAR = 0.10  # of the first build
POLL_S = 0.1
LOOPS = 3  # before each build: they are short, and other work meets some of them
MIB = 1024.0  # KiB


@click.group(invoke_without_command=True)
@click.option("--images", default=2000)
@click.option("--rounds", default=2)
@click.pass_context
def main(ctx: click.Context, images: int, rounds: int) -> None:
    if ctx.invoked_subcommand is None:
        with tempfile.TemporaryDirectory(prefix="partition-bench-") as folder:
            sys.exit(0 if _measure(Path(folder), images, rounds) else 1)


@main.command(hidden=True)
@click.argument("warehouse", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("workers", type=int)
def build(warehouse: Path, out: Path, workers: int) -> None:
    """One build in a process of its own; prints its seconds."""
    from nccid_eval import partition
    from nccid_eval.config import load_partition_rules

    rules = load_partition_rules(Path(__file__).parents[1] / "configs" / "partition.toml")
    began = time.perf_counter()
    partition.build(
        warehouse, out, rules, strict=True, workers=workers, progress=lambda *_: None, warn=lambda _: None
    )
    click.echo(json.dumps(time.perf_counter() - began))


def _measure(root: Path, images: int, rounds: int) -> bool:
    whole, quarter = root / "whole", root / "quarter"
    make_warehouse(whole, images, 2)
    part_of(whole, quarter, images // 4)
    size = sum(path.stat().st_size for path in files_of(whole)) / 1e6
    click.echo(f"{images:,} radiographs of 512 x 512, {size:,.0f} MB; load {os.getloadavg()[0]:.1f}")
    loops, ones, twos, again = [], [], [], []
    for _ in range(rounds):
        loops += [(_loops(1), _loops(2)) for _ in range(LOOPS)]
        ones.append(_seconds(whole, root / "one", 1))
        loops += [(_loops(1), _loops(2)) for _ in range(LOOPS)]
        twos.append(_seconds(whole, root / "two", 2))
        again.append(_seconds(whole, root / "two", 2))
        shutil.rmtree(root / "one")
        shutil.rmtree(root / "two")
    held = [
        _cores(loops, min(ones), min(twos)),
        _memory(_peak_mib(whole, root / "large"), _peak_mib(quarter, root / "small")),
        _again(min(twos), min(again)),
    ]
    _peer(whole, min(ones))
    return all(held)


def _cores(loops: list[tuple[float, float]], one: float, two: float) -> bool:
    gain = 2 * min(alone for alone, _ in loops) / min(beside for _, beside in loops)
    held = one / two >= CORES_BAR * gain
    click.echo(
        f"two workers {two:.1f} s, one {one:.1f} s: {one / two:.2f}x; two plain loops gain {gain:.2f}x: "
        f"{one / two / gain:.0%} of that, bar {CORES_BAR:.0%}"
    )
    return held


def _memory(large: float, small: float) -> bool:
    held = large / small <= MEMORY_BAR
    click.echo(
        f"peak memory of all processes {large:.0f} MiB, for a quarter of the studies {small:.0f} MiB: "
        f"{large / small:.2f}x, bar {MEMORY_BAR:.2f}x"
    )
    return held


def _again(first: float, again: float) -> bool:
    click.echo(
        f"a second build with nothing changed {again:.2f} s: {again / first:.1%} of the first, bar {AGAIN_BAR:.0%}"
    )
    return again / first <= AGAIN_BAR


def _peer(warehouse: Path, one: float) -> None:
    """The least that reading takes: parse, decode and hash each file once, check nothing, write nothing."""
    from pydicom import dcmread

    began = time.perf_counter()
    for path in files_of(warehouse):
        hashlib.sha256(path.read_bytes()).hexdigest()
        hashlib.sha256(dcmread(path).pixel_array.tobytes()).hexdigest()
    loop = time.perf_counter() - began
    click.echo(
        f"a plain loop of dcmread, pixel_array and sha256 {loop:.1f} s: one worker takes {one / loop:.2f}x that"
    )


def _seconds(warehouse: Path, out: Path, workers: int) -> float:
    """Of `partition.build` itself, in a new process."""
    seconds: float = json.loads(
        subprocess.run(_command(warehouse, out, workers), stdout=subprocess.PIPE, check=True).stdout
    )
    return seconds


def _peak_mib(warehouse: Path, out: Path) -> float:
    """The most that a build with two workers and all its processes hold at a time; looking costs time, so apart."""
    process = subprocess.Popen(_command(warehouse, out, 2), stdout=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, sum(_resident_mib(pid) for pid in _family(process.pid)))
        time.sleep(POLL_S)
    if process.returncode:
        raise SystemExit(process.returncode)
    return peak


def _command(warehouse: Path, out: Path, workers: int) -> list[str]:
    return [sys.executable, __file__, "build", str(warehouse), str(out), str(workers)]


def _family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []  # it ended meanwhile
    return [pid, *(one for child in children for one in _family(int(child)))]


def _resident_mib(pid: int) -> float:
    """Its own share of memory: what processes share is divided among them."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / MIB for line in text.splitlines() if line.startswith("Pss:")), 0.0)


def _loops(count: int) -> float:
    """Seconds until so many processes, side by side, have each done the same piece of plain work."""
    began = time.perf_counter()
    processes = [multiprocessing.Process(target=_work) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return time.perf_counter() - began


def _work() -> None:
    block, total = bytes(100_000), 0
    for number in range(12_000):
        total += hashlib.sha256(block).digest()[0] + sum(range(number % 1000))


if __name__ == "__main__":
    main()
