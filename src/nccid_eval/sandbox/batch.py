"""nccid-batch/1: one container is given the list of all cases, and what it wrote is read once it is gone.

The harness sees no case of it until the end, so there is no limit, latency or retry by case: what a container leaves
out has the outcome of the container's end. Only our own failures have what is left asked again, by a fresh container.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from nccid_eval.engine import Ended, Engine
from nccid_eval.errors import SandboxError
from nccid_eval.journal import Answered, Attempted, ContainerEnded, Failed
from nccid_eval.records import Outcome, RunRequest
from nccid_eval.sandbox.batch_lines import PREDICTIONS, Predicted, encode_list, read_predictions
from nccid_eval.sandbox.batch_place import BatchPlace, batch_place
from nccid_eval.sandbox.batch_results import charged, given
from nccid_eval.sandbox.container import LiveContainer, started
from nccid_eval.sandbox.onlooker import Onlooker
from nccid_eval.sandbox.outcome import decide
from nccid_eval.sandbox.output import OutputRefusedError, read_output
from nccid_eval.sandbox.policy import MIB
from nccid_eval.sandbox.results import failed
from nccid_eval.sandbox.state import Run, note_sandbox
from nccid_eval.sandbox.work import LOST, Unit, is_poison, next_list

Places = Callable[[RunRequest, bytes], AbstractContextManager[BatchPlace]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """How a container ended, and after how long."""

    ended: Ended | None  # None where the engine cannot say
    outcome: Outcome  # of the cases that it left out
    reason: str
    memory_peak_mib: float | None
    gpu_memory_peak_mib: float | None
    spent_s: float


def sit(run: Run, engine: Engine, grace_s: float, places: Places = batch_place) -> None:
    """One container, asked for every case that is left. Raises SandboxError where it failed by our doing."""
    unit = next_list(run.request.cases.case, run.request.seed, run.history)
    if is_poison(unit, run.history):
        run.write(Answered(latency_s=0.0, results=(failed(unit[0], Outcome.POISON),)))
        return
    attempts = run.history.deaths[unit]
    listing = encode_list([(case, run.files[case]) for case in unit])
    try:
        with places(run.request, listing) as place:
            end = _run_container(run, engine, unit, place, grace_s)
            _settle(run, unit, end, _read(run, unit, end, place))
    except (KeyboardInterrupt, SandboxError):
        if run.history.deaths[unit] > attempts:
            run.write(Failed(cases=unit, outcome=Outcome.INFRA, reason="interrupted"))
        raise


def _run_container(run: Run, engine: Engine, unit: Unit, place: BatchPlace, grace_s: float) -> _End:
    """From its start until it is removed: only then is what it wrote looked at."""
    with started(run.request, engine, run.clock, grace_s, place.binds()) as live:
        note_sandbox(run, engine, live.applied)
        run.write(Attempted(cases=unit))
        return _wait(run, unit, live)


def _wait(run: Run, unit: Unit, live: LiveContainer) -> _End:
    limits = run.request.limits
    since = run.clock()
    until = since + limits.ready_s + min(limits.case_s * len(unit), run.left_s())
    onlooker = Onlooker(live.channel, run.clock, limits.output_mib * MIB, live.tick)
    try:
        killed_for, reason = onlooker.watch(until)
        ended = live.end_within(0.0 if killed_for else max(0.0, until - run.clock()))
    finally:
        run.log(onlooker.tail)
    if killed_for is None and ended and ended.exit_code is None and run.clock() >= until:
        killed_for, reason = Outcome.TIMEOUT, "not done in time"  # it closed its streams, and stayed
    outcome = decide(killed_for=killed_for, ended=ended, lost_before=bool(run.history.lost))
    return _End(
        ended=ended,
        outcome=outcome,
        reason=reason,
        memory_peak_mib=live.peak_mib,
        gpu_memory_peak_mib=live.gpu_peak_mib,
        spent_s=run.clock() - since,
    )


def _read(run: Run, unit: Unit, end: _End, place: BatchPlace) -> Predicted:
    """Nothing where the engine cannot say that the container is gone."""
    if end.ended is None:
        return Predicted()
    place.freeze()
    cap = run.request.limits.batch_output_mib * MIB
    try:
        data = read_output(place.output, PREDICTIONS, owner=place.owner, cap=cap)
    except OutputRefusedError as cause:
        return Predicted(broken=f"the file of predictions {cause}")
    return read_predictions(data or b"", unit)


def _settle(run: Run, unit: Unit, end: _End, predicted: Predicted) -> None:
    """In one piece: how it ended, what was answered, and whose the rest is."""
    missing = set(unit) - set(predicted.answers)
    untold = not predicted.broken and bool(missing - set(predicted.spoilt))
    note = ContainerEnded(
        reason=end.reason,
        exit_code=end.ended.exit_code if end.ended else None,
        memory_peak_mib=end.memory_peak_mib,
        gpu_memory_peak_mib=end.gpu_memory_peak_mib,
        outcome=end.outcome if untold or (missing and end.outcome is Outcome.INFRA) else None,
        spent_s=end.spent_s,
    )
    if missing and end.outcome is Outcome.INFRA:
        reason = LOST if end.ended else "the engine does not answer"
        kept = given(unit, predicted)
        run.write(note, *kept, Failed(cases=unit, outcome=Outcome.INFRA, reason=reason))
        raise SandboxError(f"{reason}: {end.reason}", mend="resume the run")
    run.infra = 0
    run.write(note, *charged(unit, predicted, end.outcome, end.reason))
