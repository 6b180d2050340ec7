"""Work with one container over nccid-stdio/1, until the work is done or the container is."""

from __future__ import annotations

from dataclasses import dataclass

from nccid_eval.errors import SandboxError
from nccid_eval.journal import Answered, Attempted, ContainerEnded, ContainerReady, Failed
from nccid_eval.records import Outcome
from nccid_eval.sandbox.charging import Broken, broken_off
from nccid_eval.sandbox.container import LiveContainer
from nccid_eval.sandbox.conversation import BrokenOffError
from nccid_eval.sandbox.protocol import MAX_BATCH
from nccid_eval.sandbox.results import answered, failed
from nccid_eval.sandbox.state import Run
from nccid_eval.sandbox.work import Unit, is_poison, remaining


@dataclass(slots=True, kw_only=True)
class _Outstanding:
    """The request that is outstanding, and since when; between two requests no case is to blame."""

    unit: Unit
    since: float


def serve(run: Run, live: LiveContainer) -> None:
    """Ask what is left; how the container fails is charged, what is our own failure is raised as SandboxError."""
    out = _Outstanding(unit=(), since=run.clock())
    try:
        try:
            broken = _converse(run, live, out)
        except (KeyboardInterrupt, SandboxError):
            _interrupted(run, out.unit)
            raise
        if broken:
            broken_off(run, live, out.unit, broken)
    finally:
        run.log(live.talk.stderr_tail)


def _converse(run: Run, live: LiveContainer, out: _Outstanding) -> Broken | None:
    """Until all is answered and the container has left; or how it was broken off."""
    try:
        _get_ready(run, live)
        work = remaining(run.request.cases.case, run.request.seed, run.history)
        while work:
            out.unit, out.since = (), run.clock()
            _check_between(run, live)
            out.unit = work.popleft()
            _ask(run, live, out.unit)
        out.unit = ()
        run.write()
        run.report()  # the last answer; how long the container takes to leave is not its
        _goodbye(run, live)
    except BrokenOffError as cause:
        spent_s = run.clock() - out.since
        run.write()  # before the kill, which takes its time
        return Broken(cause=cause, ended=live.end(kill=cause.outcome is not None), spent_s=spent_s)
    return None


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
    run.write_ahead(Attempted(cases=unit))
    run.report()  # of what this write holds
    before = run.clock()
    allowed = min(run.request.limits.case_s * len(unit), max(run.left_s(), 0.001))
    answers = live.talk.ask([(case, run.files[case]) for case in unit], allowed)
    latency = run.clock() - before
    run.hold(Answered(latency_s=latency, results=answered(answers, latency / len(unit))))
    run.infra = 0


def _interrupted(run: Run, unit: Unit) -> None:
    """What is outstanding failed by our doing: it is asked again, and counts for nothing."""
    if unit and not set(unit) <= run.history.answered:
        run.write(Failed(cases=unit, outcome=Outcome.INFRA, reason="interrupted"))
    else:
        run.write()


def _goodbye(run: Run, live: LiveContainer) -> None:
    """All is answered; how it leaves changes no result."""
    ended = live.leave()
    code = ended.exit_code if ended else None
    reason = "left when stdin was closed" if code == 0 else "did not leave with exit status 0"
    run.write(
        ContainerEnded(
            reason=reason, exit_code=code, memory_peak_mib=live.peak_mib, gpu_memory_peak_mib=live.gpu_peak_mib
        )
    )
