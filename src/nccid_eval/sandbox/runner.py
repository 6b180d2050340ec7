"""RunRequest -> SandboxRun: asks every case once, survives every container, and writes down each step first."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from nccid_eval.engine import Engine
from nccid_eval.errors import PolicyNotApplied, RunIncomplete, SandboxError
from nccid_eval.journal import Journal, RunClosed
from nccid_eval.records import Outcome, RunRequest
from nccid_eval.sandbox import batch, batch_lines
from nccid_eval.sandbox.container import GRACE_S, started
from nccid_eval.sandbox.conversation import Clock
from nccid_eval.sandbox.protocol import PROTOCOL
from nccid_eval.sandbox.reaper import clear_run
from nccid_eval.sandbox.serving import serve
from nccid_eval.sandbox.state import Progress, Run, give_up, note_sandbox, open_run


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
    troubled = False
    while _needs_a_container(run):
        try:
            SITTINGS[request.needs.protocol](run, engine, grace_s)
        except PolicyNotApplied:
            raise
        except SandboxError as cause:
            troubled = True
            _our_failure(run, cause)
            sleep(2.0**run.infra)
    if troubled:
        clear_run(engine, request.run_id)
    if not any(isinstance(entry, RunClosed) for entry in journal.entries):
        run.write(RunClosed(finished=datetime.now(UTC).isoformat(timespec="seconds")))


def _needs_a_container(run: Run) -> bool:
    """Whether cases are left that may still be asked; where they may not, they get their outcome."""
    run.report()
    if len(run.history.answered) == len(run.files):
        return False
    if run.left_s() <= 0:
        give_up(run, Outcome.TIMEOUT, "the run's time is spent")
        return False
    if run.history.containers > run.request.limits.restarts:
        give_up(run, Outcome.EXITED, "the restarts are spent")
        return False
    return True


def _converse(run: Run, engine: Engine, grace_s: float) -> None:
    """One container of nccid-stdio/1."""
    with started(run.request, engine, run.clock, grace_s) as live:
        note_sandbox(run, engine, live.applied)
        serve(run, live)


SITTINGS = {PROTOCOL: _converse, batch_lines.PROTOCOL: batch.sit}  # by protocol: what is done with one container


def _our_failure(run: Run, cause: SandboxError) -> None:
    run.infra += 1
    if run.infra >= run.request.limits.infra_attempts:
        raise RunIncomplete(
            f"the run stopped after {run.infra} failures of our own in a row; the last: {cause.what}",
            where=f"{len(run.history.answered)} of {len(run.files)} cases are answered and kept",
            mend=f"run 'nccid-eval doctor', then 'nccid-eval evaluate --resume {run.request.run_id}'",
        ) from None
