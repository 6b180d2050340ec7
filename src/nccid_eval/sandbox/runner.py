"""RunRequest -> SandboxRun: asks every case once, survives every container, and writes down each step first."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from nccid_eval.engine import Engine
from nccid_eval.errors import PolicyNotApplied, RunIncomplete, SandboxError
from nccid_eval.journal import (
    Answered,
    Attempted,
    ContainerEnded,
    ContainerReady,
    Entry,
    Failed,
    Journal,
    RunClosed,
)
from nccid_eval.records import Outcome, RunRequest
from nccid_eval.sandbox.container import GRACE_S, LiveContainer, started
from nccid_eval.sandbox.conversation import BrokenOffError, Clock
from nccid_eval.sandbox.outcome import decide
from nccid_eval.sandbox.protocol import MAX_BATCH
from nccid_eval.sandbox.results import answered, failed
from nccid_eval.sandbox.state import Progress, Run, note_sandbox, open_run
from nccid_eval.sandbox.work import LOST, Unit, is_final, is_poison, remaining

UNREADY_IN_A_ROW = 3  # containers that fail before they are asked anything, then the rest has that outcome


def execute(
    request: RunRequest,
    engine: Engine,
    journal: Journal,
    *,
    clock: Clock,
    progress: Progress,
    log: Callable[[bytes], None],
    sleep: Callable[[float], None] = time.sleep,
    grace_s: float = GRACE_S,
) -> None:
    """Ask all cases that the journal does not answer yet.

    `log` gets the last bytes that each container wrote to stderr; `sleep` is called between two failures of our own,
    so that an engine that restarts has time to. Raises RunIncomplete when our own side failed too often in a row,
    PolicyNotApplied when the engine cannot enforce the sandbox.
    """
    run = open_run(request, journal, clock, progress, log)
    while _plan(run):
        try:
            _converse(run, engine, grace_s)
        except PolicyNotApplied:
            raise
        except SandboxError as cause:
            _our_failure(run, cause)
            sleep(2.0**run.infra)
    if not any(isinstance(entry, RunClosed) for entry in journal.entries):
        run.write(RunClosed(finished=datetime.now(UTC).isoformat(timespec="seconds")))


def _converse(run: Run, engine: Engine, grace_s: float) -> None:
    """One container of nccid-stdio/1."""
    with started(run.request, engine, run.clock, grace_s) as live:
        note_sandbox(run, engine, live.applied)
        _serve(run, live)


def _plan(run: Run) -> bool:
    """Whether a container is needed: for cases that are left, and may still be asked."""
    run.report()
    if len(run.history.answered) == len(run.files):
        return False
    if run.left_s() <= 0:
        return _give_up(run, Outcome.TIMEOUT, "the run's time is spent")
    if run.history.containers > run.request.limits.restarts:
        return _give_up(run, Outcome.EXITED, "the restarts are spent")
    return True


def _give_up(run: Run, outcome: Outcome, reason: str) -> bool:
    """Every case that is left gets the outcome; the vendor's failure stays in the denominator."""
    left = [case for case in sorted(run.files) if case not in run.history.answered]
    run.write(
        Answered(latency_s=0.0, results=tuple(failed(case, outcome) for case in left)),
        ContainerEnded(reason=reason, exit_code=None, memory_peak_mib=None),
    )
    run.report()
    return False


def _serve(run: Run, live: LiveContainer) -> None:
    """Work with one container until the work is done or the container is."""
    unit: Unit = ()  # the request that is outstanding; between two requests no case is to blame
    since = run.clock()
    try:
        _get_ready(run, live)
        work = remaining(run.request.cases.case, run.request.seed, run.history)
        while work:
            unit, since = (), run.clock()
            _check_between(run, live)
            unit = work.popleft()
            _ask(run, live, unit)
        unit = ()
        _goodbye(run, live)
    except BrokenOffError as cause:
        _broken_off(run, live, unit, cause, run.clock() - since)
    except (KeyboardInterrupt, SandboxError):
        if unit and not set(unit) <= run.history.answered:
            run.write(Failed(cases=unit, outcome=Outcome.INFRA, reason="interrupted"))
        raise
    finally:
        run.log(live.talk.stderr_tail)


def _get_ready(run: Run, live: LiveContainer) -> None:
    before = run.clock()
    limits = run.request.limits
    ready = live.talk.wait_ready(min(limits.ready_s, run.left_s()))
    size = run.history.max_batch or min(ready.max_batch, limits.max_batch, MAX_BATCH)
    if size > ready.max_batch:
        raise BrokenOffError(Outcome.MALFORMED, "max_batch is smaller than at the first start")
    run.write(ContainerReady(ready_s=run.clock() - before, max_batch=size))


def _check_between(run: Run, live: LiveContainer) -> None:
    live.talk.check_idle()
    if run.left_s() <= 0:
        raise BrokenOffError(Outcome.TIMEOUT, "the run's time is spent")


def _ask(run: Run, live: LiveContainer, unit: Unit) -> None:
    if is_poison(unit, run.history):
        run.write(Answered(latency_s=0.0, results=(failed(unit[0], Outcome.POISON),)))
        return
    run.write(Attempted(cases=unit))
    before = run.clock()
    allowed = min(run.request.limits.case_s * len(unit), max(run.left_s(), 0.001))
    answers = live.talk.ask([(case, run.files[case]) for case in unit], allowed)
    latency = run.clock() - before
    run.write(Answered(latency_s=latency, results=answered(answers, latency / len(unit))))
    run.infra = 0
    run.report()


def _goodbye(run: Run, live: LiveContainer) -> None:
    """All is answered; how it leaves changes no result."""
    ended = live.leave()
    code = ended.exit_code if ended else None
    reason = "left when stdin was closed" if code == 0 else "did not leave with exit status 0"
    run.write(ContainerEnded(reason=reason, exit_code=code, memory_peak_mib=live.peak_mib))


def _broken_off(run: Run, live: LiveContainer, unit: Unit, cause: BrokenOffError, spent_s: float) -> None:
    """A container failed during the request `unit` (empty: while it was asked nothing)."""
    ended = live.end(kill=cause.outcome is not None)
    outcome = decide(killed_for=cause.outcome, ended=ended, lost_before=unit in run.history.lost)
    end = ContainerEnded(
        reason=cause.reason,
        exit_code=ended.exit_code if ended else None,
        memory_peak_mib=live.peak_mib,
        outcome=outcome,
        spent_s=spent_s,
    )
    if outcome is Outcome.INFRA:
        reason = LOST if ended else "the engine does not answer"
        run.write(end, Failed(cases=unit, outcome=outcome, reason=reason))
        raise SandboxError(f"{reason}: {cause.reason}", mend="resume the run")
    run.infra = 0
    if unit:
        _charge(run, unit, outcome, end)
        return
    run.write(end)
    if run.history.unready >= UNREADY_IN_A_ROW:
        _give_up(run, outcome, f"no container could be asked anything: {cause.reason}")


def _charge(run: Run, unit: Unit, outcome: Outcome, end: ContainerEnded) -> None:
    """In one piece, so that no crash can leave a case failed for good and asked again."""
    entries: list[Entry] = [end, Failed(cases=unit, outcome=outcome, reason=end.reason)]
    if is_final(unit, outcome, run.history, run.request.limits.attempts_per_case):
        entries.append(Answered(latency_s=0.0, results=(failed(unit[0], outcome),)))
    run.write(*entries)


def _our_failure(run: Run, cause: SandboxError) -> None:
    run.infra += 1
    if run.infra >= run.request.limits.infra_attempts:
        raise RunIncomplete(
            f"the run stopped after {run.infra} failures of our own in a row; the last: {cause.what}",
            where=f"{len(run.history.answered)} of {len(run.files)} cases are answered and kept",
            mend=f"run 'nccid-eval doctor', then 'nccid-eval evaluate --resume {run.request.run_id}'",
        ) from None
