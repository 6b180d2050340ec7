"""What the sandbox costs, as ratios against what does without it, in one run. Needs Docker and the base image.

python benchmarks/sandbox.py peer        one container a case, the way of grand-challenge's exec mode
python benchmarks/sandbox.py overhead    the same program over plain pipes
python benchmarks/sandbox.py hardening   a container with no option but the missing network
python benchmarks/sandbox.py sustained   20,000 cases: rate and memory

Every command times both sides in turn and takes the best round or the median, since other work on the machine only
ever adds. Sealing the cases is done before. Each exits with 1 where its bar is missed.
"""

from __future__ import annotations

import gc
import itertools
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import click
from sandbox_ground import Ground, Moments, bare_loop, ground, spec_of, timed_run

from nccid_eval.engine import docker_options

PEER_BAR = 50.0  # times as many cases a second
OVERHEAD_MS_BAR = 1.0
OVERHEAD_SHARE_BAR = 0.02  # of a model that takes MODEL_S
MODEL_S = 0.05
HARDENING_BAR = 1.10
MEMORY_BAR = 1.10
RATE_BAR = 0.8
MIB = 2**20


@click.group()
def main() -> None:
    """Ratios of the sandbox."""


@main.command()
@click.option("--cases", default=200)
@click.option("--size", default=500_000, help="bytes a case")
@click.option("--rounds", default=3)
@click.option("--peer-cases", default=10, help="a round; each costs the same")
def peer(cases: int, size: int, rounds: int, peer_cases: int) -> None:
    """Cases a second, start-up of our one container included.

    The peer makes, starts, waits for and removes a container a case, with the same hardened options; its model is
    `cat`, which loads nothing, while our Python starts within the time that counts.
    """
    with ground(cases, size) as here:
        times = [(timed_run(here)[0] / cases, _containers(here, peer_cases)) for _ in range(rounds)]
    ours, theirs = min(one for one, _ in times), min(one for _, one in times)
    held = theirs / ours >= PEER_BAR
    click.echo(
        f"{cases} cases of {size / 1e6:g} MB: one container for all {1e3 * ours:.2f} ms a case, "
        f"one a case {1e3 * theirs:.1f} ms: {theirs / ours:.0f}x the cases a second, bar {PEER_BAR:g}x"
    )
    raise SystemExit(not held)


def _containers(here: Ground, cases: int) -> float:
    """Seconds a case."""
    body = docker_options.to_engine(spec_of(here))
    start = time.perf_counter()
    for case in here.request.cases.case[:cases]:
        script = f"cat /input/{case}/0000.dcm | wc -c"
        made = here.api.create_container_from_config({**body, "Entrypoint": ["/bin/sh", "-c", script]})["Id"]
        stream = here.api.attach_socket(made, params={"stdout": 1, "stream": 1})
        here.api.start(made)
        assert here.api.wait(made)["StatusCode"] == 0
        assert stream.read(64)
        stream.close()
        here.api.remove_container(made, v=True)
    return (time.perf_counter() - start) / cases


@main.command()
@click.option("--cases", default=300, help="of the model that takes no time")
@click.option("--slow-cases", default=30, help="of the model that takes 50 ms")
@click.option("--rounds", default=12)
def overhead(cases: int, slow_cases: int, rounds: int) -> None:
    """At batch 1, median of the wall time from one answer to the next, journal and its flush to the disk included."""
    ours, bare = _medians(cases, 0.0, rounds)
    held = 1e3 * (ours - bare) <= OVERHEAD_MS_BAR
    click.echo(
        f"a model that takes no time: {1e3 * ours:.3f} ms a case, over plain pipes {1e3 * bare:.3f} ms, "
        f"so the harness costs {1e3 * (ours - bare):.3f} ms a case, bar {OVERHEAD_MS_BAR:g} ms"
    )
    ours, bare = _medians(slow_cases, MODEL_S, rounds)
    held = held and ours / bare - 1 <= OVERHEAD_SHARE_BAR
    click.echo(
        f"a model that takes {1e3 * MODEL_S:g} ms: {1e3 * ours:.3f} ms a case, over plain pipes {1e3 * bare:.3f} ms: "
        f"{100 * (ours / bare - 1):.2f}% more, bar {100 * OVERHEAD_SHARE_BAR:g}%"
    )
    raise SystemExit(not held)


def _medians(cases: int, seconds: float, rounds: int) -> tuple[float, float]:
    """Of the quietest round each: in the sandbox, over plain pipes. Seconds a case."""
    with ground(cases, 500_000, seconds) as here:
        folder, names = here.request.input_dir, here.request.cases.case
        pairs = [(_between(timed_run(here)[1]), _between(bare_loop(folder, names))) for _ in range(rounds)]
    return min(ours for ours, _ in pairs), min(bare for _, bare in pairs)


def _between(moments: Sequence[float]) -> float:
    return statistics.median(later - sooner for sooner, later in itertools.pairwise(moments))


@main.command()
@click.option("--rounds", default=25)
def hardening(rounds: int) -> None:
    """Make, start and remove: with all options and reading them back, against --network none alone."""
    with ground(1, 500_000) as here:
        ours = {**docker_options.to_engine(spec_of(here)), "Entrypoint": ["sleep", "60"]}
        plain = {"Image": ours["Image"], "Entrypoint": ["sleep", "60"], "HostConfig": {"NetworkMode": "none"}}
        _start(here, plain, read_back=False)
        pairs = [(_start(here, ours, read_back=True), _start(here, plain, read_back=False)) for _ in range(rounds)]
    hard, bare = (statistics.median(times) for times in zip(*pairs, strict=True))
    click.echo(
        f"start-up, median of {rounds}: hardened {1e3 * hard:.0f} ms, plain {1e3 * bare:.0f} ms: "
        f"{hard / bare:.3f}x, bar {HARDENING_BAR:g}x"
    )
    raise SystemExit(hard / bare > HARDENING_BAR)


def _start(here: Ground, body: dict[str, object], *, read_back: bool) -> float:
    start = time.perf_counter()
    made = here.api.create_container_from_config(body)["Id"]
    if read_back:
        docker_options.from_engine(here.api.inspect_container(made))
    here.api.start(made)
    here.api.remove_container(made, force=True, v=True)
    return time.perf_counter() - start


@main.command()
@click.option("--cases", default=20_000)
def sustained(cases: int) -> None:
    """Memory of the harness after a tenth of the cases and after all; the quietest stretch of the first quarter and
    of the last, as cases a second."""
    with ground(cases, 1000) as here:
        moments = _Watched([], cases // 10)
        seconds, at = timed_run(here, moments)
    first, last = _quietest(at[: cases // 4], cases // 40), _quietest(at[-cases // 4 :], cases // 40)
    grown, kept = moments.rss[-1] / moments.rss[0], first / last
    click.echo(
        f"{cases} cases in {seconds:.0f} s: {moments.rss[0]:.1f} MiB after {cases // 10}, {moments.rss[-1]:.1f} MiB "
        f"after {cases} ({grown:.3f}x, bar {MEMORY_BAR:g}x); {1 / first:.0f} cases a second in the first quarter, "
        f"{1 / last:.0f} in the last ({kept:.2f}x, bar {RATE_BAR:g}x)"
    )
    raise SystemExit(grown > MEMORY_BAR or kept < RATE_BAR)


def _quietest(moments: Sequence[float], stretch: int) -> float:
    """Seconds a case in the quickest stretch of so many cases."""
    return min(later - sooner for sooner, later in zip(moments, moments[stretch:], strict=False)) / stretch


class _Watched(Moments):
    """Moments, and the memory of this process after every tenth of the cases."""

    def __init__(self, at: list[float], tenth: int) -> None:
        super().__init__(at)
        self._tenth = tenth
        self.rss: list[float] = []

    def __call__(self, done: int, total: int) -> None:
        super().__call__(done, total)
        if done and done % self._tenth == 0 and len(self.rss) < done // self._tenth:
            gc.collect()
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            self.rss.append(pages * os.sysconf("SC_PAGE_SIZE") / MIB)


if __name__ == "__main__":
    main()
