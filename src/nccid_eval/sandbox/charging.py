"""A container has failed: whose failure it was, and which cases it costs."""

from __future__ import annotations

from dataclasses import dataclass

from nccid_eval.engine import Ended
from nccid_eval.errors import SandboxError
from nccid_eval.journal import Answered, ContainerEnded, Entry, Failed
from nccid_eval.records import Outcome
from nccid_eval.sandbox.container import LiveContainer
from nccid_eval.sandbox.conversation import BrokenOffError
from nccid_eval.sandbox.outcome import decide
from nccid_eval.sandbox.results import failed
from nccid_eval.sandbox.state import Run, give_up
from nccid_eval.sandbox.work import LOST, Unit, is_final

UNREADY_IN_A_ROW = 3  # containers that fail before they are asked anything, then the rest has that outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A conversation that was broken off, and how the container then ended; None where the engine cannot say."""

    cause: BrokenOffError
    ended: Ended | None
    spent_s: float


def broken_off(run: Run, live: LiveContainer, unit: Unit, broken: Broken) -> None:
    """A container failed during the request `unit` (empty: while it was asked nothing).

    Raises SandboxError where the failure is ours.
    """
    cause, ended = broken.cause, broken.ended
    outcome = decide(killed_for=cause.outcome, ended=ended, lost_before=unit in run.history.lost)
    end = ContainerEnded(
        reason=cause.reason,
        exit_code=ended.exit_code if ended else None,
        memory_peak_mib=live.peak_mib,
        gpu_memory_peak_mib=live.gpu_peak_mib,
        outcome=outcome,
        spent_s=broken.spent_s,
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
        give_up(run, outcome, f"no container could be asked anything: {cause.reason}")


def _charge(run: Run, unit: Unit, outcome: Outcome, end: ContainerEnded) -> None:
    """In one piece, so that no crash can leave a case failed for good and asked again."""
    entries: list[Entry] = [end, Failed(cases=unit, outcome=outcome, reason=end.reason)]
    if is_final(unit, outcome, run.history, run.request.limits.attempts_per_case):
        entries.append(Answered(latency_s=0.0, results=(failed(unit[0], outcome),)))
    run.write(*entries)
