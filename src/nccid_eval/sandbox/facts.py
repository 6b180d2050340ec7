"""A finished run's results and facts, made from its journal alone, so that a resumed run tells the same."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from nccid_eval.errors import JournalError
from nccid_eval.journal import (
    Answered,
    Attempted,
    ContainerEnded,
    ContainerReady,
    Entry,
    RunClosed,
    RunOpened,
    SandboxApplied,
)
from nccid_eval.records import RunFacts, RunRequest, SandboxRun
from nccid_eval.sandbox.batch_lines import PROTOCOL as BATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class _Latency:
    first: float | None = None
    median: float | None = None
    p95: float | None = None


def sandbox_run(request: RunRequest, entries: Sequence[Entry]) -> SandboxRun:
    """Results in the order of the request's cases. Raises JournalError for a run that is not finished."""
    opened = next((e for e in entries if isinstance(e, RunOpened)), None)
    applied = next((e for e in entries if isinstance(e, SandboxApplied)), None)
    closed = next((e for e in entries if isinstance(e, RunClosed)), None)
    results = {result.case: result for e in entries if isinstance(e, Answered) for result in e.results}
    if opened is None or closed is None or set(results) != set(request.cases.case):
        raise JournalError(
            "this run is not finished",
            where=request.run_id,
            mend=f"finish it with 'nccid-eval evaluate --resume {request.run_id}'",
        )
    ready = [e for e in entries if isinstance(e, ContainerReady)]
    ended = [e for e in entries if isinstance(e, ContainerEnded)]
    blind = request.needs.protocol == BATCH  # nothing is known of a case before the end
    latency = _Latency() if blind else _latency(entries)
    facts = RunFacts(
        run_id=request.run_id,
        started=opened.started,
        finished=closed.finished,
        seed=request.seed,
        image_id=request.image_id,
        engine=applied.engine if applied else "",
        options=applied.options if applied else {},
        max_batch=ready[0].max_batch if ready else 0,
        ready_s=None if blind else ready[0].ready_s if ready else 0.0,
        containers=max(1, sum(isinstance(e, Attempted) for e in entries) if blind else len(ready)),
        latency_first_s=latency.first,
        latency_median_s=latency.median,
        latency_p95_s=latency.p95,
        memory_peak_mib=_peak([e.memory_peak_mib for e in ended]),
        gpu_memory_peak_mib=_peak([e.gpu_memory_peak_mib for e in ended]),
        versions=applied.versions if applied else {},
        protocol=request.needs.protocol,
    )
    return SandboxRun(results=tuple(results[case] for case in request.cases.case), facts=facts)


def _latency(entries: Sequence[Entry]) -> _Latency:
    """Seconds a case; the first request of each container warms it up and stands apart."""
    first: list[float] = []
    later: list[float] = []
    fresh = True
    for entry in entries:
        if isinstance(entry, ContainerReady):
            fresh = True
        if isinstance(entry, Answered) and entry.latency_s > 0:
            (first if fresh else later).extend([entry.latency_s / len(entry.results)] * len(entry.results))
            fresh = False
    if not first:
        return _Latency(first=0.0, median=0.0, p95=0.0)
    steady = sorted(later or first)
    p95 = steady[min(len(steady) - 1, int(0.95 * len(steady)))]
    return _Latency(first=first[0], median=statistics.median(steady), p95=p95)


def _peak(peaks: Sequence[float | None]) -> float | None:
    return max((one for one in peaks if one is not None), default=None)
