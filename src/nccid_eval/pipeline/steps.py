"""What a container can choose while it sees patients leaves in a few steps; exact values stay in the journals.

A program that picks its peak of memory, or how long it takes, could write a part of an image in the digits. So times,
memory and counts are rounded up to the next step, moments down to the hour. Taking the steps twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from nccid_eval.records import OrderCheck, RunFacts

SECONDS = tuple(float(f"{digit}e{power}") for power in range(-2, 6) for digit in (1, 3))  # 10 ms to 3.5 days
POWERS = tuple(4**power for power in range(11))  # of containers, cases, MiB
CHANGES = (*(float(f"{digit}e{power}") for power in range(-6, 0) for digit in (1, 3)), 1.0)  # of a score
FEW = POWERS[2:]  # its first step is wide: how many cases failed may be withheld


def seconds(exact: float | None) -> float | None:
    """At most so long; None is what cannot be told."""
    return None if exact is None else _up(exact, SECONDS)


def facts(run: RunFacts) -> RunFacts:
    """How a run went, fit to leave."""
    return replace(
        run,
        started=_hour(run.started),
        finished=_hour(run.finished),
        max_batch=_count(run.max_batch),
        containers=_count(run.containers),
        ready_s=seconds(run.ready_s),
        latency_first_s=seconds(run.latency_first_s),
        latency_median_s=seconds(run.latency_median_s),
        latency_p95_s=seconds(run.latency_p95_s),
        memory_peak_mib=_mib(run.memory_peak_mib),
        gpu_memory_peak_mib=_mib(run.gpu_memory_peak_mib),
    )


def order_check(check: OrderCheck, most: int) -> OrderCheck:
    """What came of asking again, fit to leave. `most` is the sample's size where every case was answered at first.

    `asked` becomes `most`, which no container chooses; `compared` is rounded down, all else up.
    """
    if check.not_available:
        return check
    missing = int(_up(most - check.asked, FEW)) + _count(check.asked - check.compared)
    return replace(
        check,
        asked=most,
        compared=max(1, most - missing) if check.compared else 0,
        largest_change=None if check.largest_change is None else _up(check.largest_change, CHANGES),
        crossed=_count(check.crossed),
        failed=_count(check.failed),
    )


def _up(exact: float, steps: Sequence[float]) -> float:
    """The first step that is not below; the last one stands for whatever is longer or larger too."""
    return 0.0 if exact <= 0 else next((step for step in steps if exact <= step), steps[-1])


def _count(exact: int) -> int:
    return int(_up(exact, POWERS))


def _mib(exact: float | None) -> float | None:
    return None if exact is None else float(_up(exact, POWERS))


def _hour(iso: str) -> str:
    return datetime.fromisoformat(iso).replace(minute=0, second=0, microsecond=0).isoformat(timespec="seconds")
