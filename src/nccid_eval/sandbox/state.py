"""What one run knows while it runs; all of its history is remade from the journal on resume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nccid_eval.engine import Engine
from nccid_eval.journal import Answered, ContainerEnded, Entry, Journal, SandboxApplied
from nccid_eval.records import ContainerSpec, Outcome, RunRequest
from nccid_eval.sandbox.conversation import Clock
from nccid_eval.sandbox.policy import options_in_words
from nccid_eval.sandbox.results import failed
from nccid_eval.sandbox.work import History, note, read_history

Progress = Callable[[int, int, int], None]  # cases answered, cases in all, answered without a usable answer


@dataclass(slots=True, kw_only=True)
class Run:
    """The state of one run in one sitting."""

    request: RunRequest
    journal: Journal
    clock: Clock
    progress: Progress
    log: Callable[[bytes], None]
    history: History
    files: dict[str, int]
    began: float
    spent_s: float  # in earlier sittings
    infra: int = 0  # our own failures in a row
    held: tuple[Entry, ...] = ()

    def write(self, *entries: Entry) -> None:
        """Durably, in one piece, after what is held."""
        held = self._taken()
        if held or entries:
            self.journal.append((*held, *entries))
        for entry in entries:
            note(self.history, entry)

    def write_ahead(self, entry: Entry) -> None:
        """As `write`, before a request is sent; the disk is flushed while the container works."""
        self.journal.append((*self._taken(), entry), wait=False)
        note(self.history, entry)

    def hold(self, entry: Entry) -> None:
        """To be written with the next entries: an answer and the next attempt cost one flush of the disk, not two."""
        self.held = (*self.held, entry)
        note(self.history, entry)

    def _taken(self) -> tuple[Entry, ...]:
        """What is held, taken before it is written: an interruption in the middle can never have it written twice."""
        held, self.held = self.held, ()
        return held

    def left_s(self) -> float:
        return self.request.limits.run_s - self.spent_s - (self.clock() - self.began)

    def report(self) -> None:
        self.progress(len(self.history.answered), len(self.files), self.history.unusable)


def open_run(
    request: RunRequest, journal: Journal, clock: Clock, progress: Progress, log: Callable[[bytes], None]
) -> Run:
    history = read_history(journal.entries)
    return Run(
        request=request,
        journal=journal,
        clock=clock,
        progress=progress,
        log=log,
        history=history,
        files=dict(zip(request.cases.case, request.cases.files, strict=True)),
        began=clock(),
        spent_s=history.spent_s,
    )


def give_up(run: Run, outcome: Outcome, reason: str) -> None:
    """Every case that is left gets the outcome; the vendor's failure stays in the denominator."""
    left = [case for case in sorted(run.files) if case not in run.history.answered]
    run.write(
        Answered(latency_s=0.0, results=tuple(failed(case, outcome) for case in left)),
        ContainerEnded(reason=reason, exit_code=None, memory_peak_mib=None),
    )
    run.report()


def note_sandbox(run: Run, engine: Engine, applied: ContainerSpec) -> None:
    """Write down, once a run, under what options its containers ran."""
    if not run.history.sandbox_noted:
        options = options_in_words(applied, run.request.sealed)
        run.write(SandboxApplied(engine=engine.name, options=options, versions=engine.versions()))
