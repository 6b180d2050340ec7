"""RunRequest -> SandboxRun: asks every case once, survives every container, and writes down each step first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
    SandboxApplied,
)
from nccid_eval.records import CaseResult, ContainerSpec, Outcome, RunRequest
from nccid_eval.sandbox.container import LiveContainer, started
from nccid_eval.sandbox.conversation import BrokenOffError, Clock
from nccid_eval.sandbox.outcome import decide
from nccid_eval.sandbox.policy import options_in_words
from nccid_eval.sandbox.protocol import Answer
from nccid_eval.sandbox.work import History, Unit, is_final, is_poison, note, read_history, remaining

UNREADY_IN_A_ROW = 3  # containers that never get ready, then the rest of the run has that outcome


Progress = Callable[[int, int], None]  # cases answered, cases in all


@dataclass(slots=True, kw_only=True)
class _Run:
    """The mutable state of one run, all of it remade from the journal on resume."""

    request: RunRequest
    journal: Journal
    clock: Clock
    progress: Progress
    log: Callable[[bytes], None]
    history: History
    files: dict[str, int]
    began: float
    spent_s: float  # in earlier sittings
    containers: int = 0
    unready: int = 0
    infra: int = 0
    work: deque[Unit] = field(default_factory=deque)

    def write(self, *entries: Entry) -> None:
        self.journal.append(entries)
        for entry in entries:
            note(self.history, entry)

    def left_s(self) -> float:
        return self.request.limits.run_s - self.spent_s - (self.clock() - self.began)


def execute(
    request: RunRequest,
    engine: Engine,
    journal: Journal,
    *,
    clock: Clock,
    progress: Progress,
    log: Callable[[bytes], None],
) -> None:
    """Ask all cases that the journal does not answer yet.

    `log` gets the last bytes that each container wrote to stderr. Raises RunIncomplete when our own side failed too
    often in a row, PolicyNotApplied when the engine cannot enforce the sandbox.
    """
    run = _open(request, journal, clock, progress, log)
    while _plan(run):
        try:
            with started(request, engine, clock) as live:
                _note_sandbox(run, engine, live.applied)
                _serve(run, live)
        except PolicyNotApplied:
            raise
        except SandboxError as cause:
            _our_failure(run, cause)
    if not any(isinstance(entry, RunClosed) for entry in journal.entries):
        run.write(RunClosed(finished=datetime.now(UTC).isoformat(timespec="seconds")))


def _note_sandbox(run: _Run, engine: Engine, applied: ContainerSpec) -> None:
    if run.containers == 0 and not any(isinstance(entry, SandboxApplied) for entry in run.journal.entries):
        options = options_in_words(applied)
        run.write(SandboxApplied(engine=engine.name, options=options, versions=engine.versions()))


def _open(
    request: RunRequest, journal: Journal, clock: Clock, progress: Progress, log: Callable[[bytes], None]
) -> _Run:
    earlier = journal.entries
    return _Run(
        request=request,
        journal=journal,
        clock=clock,
        progress=progress,
        log=log,
        history=read_history(earlier),
        files=dict(zip(request.cases.case, request.cases.files, strict=True)),
        began=clock(),
        spent_s=sum(e.ready_s for e in earlier if isinstance(e, ContainerReady))
        + sum(e.latency_s for e in earlier if isinstance(e, Answered)),
        containers=sum(isinstance(entry, ContainerEnded) for entry in earlier),
    )


def _plan(run: _Run) -> bool:
    """Whether a container is needed: for cases that are left, or to learn how many it takes at once."""
    total = len(run.files)
    run.progress(len(run.history.answered), total)
    if len(run.history.answered) == total:
        return False
    limits = run.request.limits
    if run.left_s() <= 0:
        return _give_up(run, Outcome.TIMEOUT, "the run's time is spent")
    if run.containers > limits.restarts:
        return _give_up(run, Outcome.EXITED, "the restarts are spent")
    return True


def _give_up(run: _Run, outcome: Outcome, reason: str) -> bool:
    """Every case that is left gets the outcome; the vendor's failure stays in the denominator."""
    left = [case for case in sorted(run.files) if case not in run.history.answered]
    run.write(Answered(latency_s=0.0, results=tuple(_failed(case, outcome) for case in left)))
    run.write(ContainerEnded(reason=reason, exit_code=None, memory_peak_mib=None))
    run.progress(len(run.history.answered), len(run.files))
    return False


def _serve(run: _Run, live: LiveContainer) -> None:
    """Work with one container until the work is done or the container is."""
    unit: Unit = ()
    try:
        before = run.clock()
        ready = live.talk.wait_ready(min(run.request.limits.ready_s, run.left_s()))
        run.unready = 0
        size = run.history.max_batch or min(ready.max_batch, run.request.limits.max_batch)
        if size > ready.max_batch:
            raise BrokenOffError(Outcome.MALFORMED, "max_batch is smaller than at the first start")
        run.write(ContainerReady(ready_s=run.clock() - before, max_batch=size))
        run.work = remaining(run.request.cases.case, run.request.seed, run.history)
        while run.work:
            unit = run.work.popleft()
            _ask(run, live, unit)
        _goodbye(run, live)
    except BrokenOffError as cause:
        _broken_off(run, live, unit, cause)
    except (KeyboardInterrupt, SandboxError):
        if unit and not set(unit) <= run.history.answered:
            run.write(Failed(cases=unit, outcome=Outcome.INFRA, reason="interrupted"))
        raise
    finally:
        run.log(live.talk.stderr_tail)


def _ask(run: _Run, live: LiveContainer, unit: Unit) -> None:
    if is_poison(unit, run.history):
        run.write(Answered(latency_s=0.0, results=(_failed(unit[0], Outcome.POISON),)))
        return
    if run.left_s() <= 0:
        raise BrokenOffError(Outcome.TIMEOUT, "the run's time is spent")
    run.write(Attempted(cases=unit))
    before = run.clock()
    allowed = min(run.request.limits.case_s * len(unit), max(run.left_s(), 0.001))
    answers = live.talk.ask([(case, run.files[case]) for case in unit], allowed)
    latency = run.clock() - before
    run.write(Answered(latency_s=latency, results=_results(answers, latency / len(unit))))
    run.infra = 0
    run.progress(len(run.history.answered), len(run.files))


def _goodbye(run: _Run, live: LiveContainer) -> None:
    """All is answered; how it leaves changes no result."""
    ended = live.leave()
    code = ended.exit_code if ended else None
    reason = "left when stdin was closed" if code == 0 else "did not leave with exit status 0"
    run.write(ContainerEnded(reason=reason, exit_code=code, memory_peak_mib=live.peak_mib))


def _broken_off(run: _Run, live: LiveContainer, unit: Unit, cause: BrokenOffError) -> None:
    """A container failed in the middle of `unit` (empty: before it was ready)."""
    ended = live.end(kill=cause.outcome is not None)
    outcome = decide(killed_for=cause.outcome, ended=ended)
    run.containers += 1
    run.write(
        ContainerEnded(
            reason=cause.reason, exit_code=ended.exit_code if ended else None, memory_peak_mib=live.peak_mib
        )
    )
    if outcome is Outcome.INFRA:
        if unit:
            run.write(Failed(cases=unit, outcome=outcome, reason=cause.reason))
        raise SandboxError(f"a container was lost: {cause.reason}", mend="resume the run")
    run.infra = 0
    if not unit:
        _unready(run, outcome, cause.reason)
    elif not set(unit) <= run.history.answered:
        run.write(Failed(cases=unit, outcome=outcome, reason=cause.reason))
        if is_final(unit, outcome, run.history, run.request.limits.attempts_per_case):
            run.write(Answered(latency_s=0.0, results=(_failed(unit[0], outcome),)))


def _unready(run: _Run, outcome: Outcome, reason: str) -> None:
    run.unready += 1
    if run.unready >= UNREADY_IN_A_ROW:
        _give_up(run, outcome, f"never got ready: {reason}")


def _our_failure(run: _Run, cause: SandboxError) -> None:
    run.infra += 1
    if run.infra >= run.request.limits.infra_attempts:
        raise RunIncomplete(
            f"the run stopped after {run.infra} failures of our own in a row; the last: {cause.what}",
            where=f"{len(run.history.answered)} of {len(run.files)} cases are answered and kept",
            mend=f"run 'nccid-eval doctor', then 'nccid-eval evaluate --resume {run.request.run_id}'",
        ) from None


def _results(answers: Sequence[Answer], latency_s: float) -> tuple[CaseResult, ...]:
    return tuple(
        CaseResult(
            case=answer.case,
            outcome=Outcome.DECLINED if answer.score is None else Outcome.OK,
            score=answer.score,
            error=answer.error,
            latency_s=latency_s,
        )
        for answer in answers
    )


def _failed(case: str, outcome: Outcome) -> CaseResult:
    return CaseResult(case=case, outcome=outcome, score=None, error="", latency_s=0.0)
