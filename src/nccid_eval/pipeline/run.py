"""The middle of an evaluation: the container is asked. Nothing of the reference standard comes near it.

An image is asked several times, each time in a fresh container with a journal of its own: a `Step`. One step asks the
unseen partition; what comes before and after it is in rehearsal.py and repeat.py.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from nccid_eval import archive, sandbox
from nccid_eval.archive import RunFolder
from nccid_eval.errors import JournalError
from nccid_eval.journal import Entry, Journal, RunClosed, RunOpened, read
from nccid_eval.pipeline.surroundings import Surroundings
from nccid_eval.records import Assessment, RunRequest, SandboxRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One asking of the image: what it is asked, where that is written down, and what a person calls it."""

    name: str
    request: RunRequest
    journal: Path
    log: Path  # what the container wrote to stderr


def unseen_step(run: RunFolder, assessment: Assessment) -> Step:
    """The unseen partition, every eligible case."""
    return Step(name="cases", request=request(assessment), journal=run.journal, log=run.container_log)


def ask(step: Step, assessment: Assessment, around: Surroundings) -> None:
    """Ask every case of the step that its journal does not answer yet."""
    sandbox.reap(around.engine, time.time())
    with Journal(step.journal) as journal:
        _claim(journal, step.request, assessment)
        sandbox.execute(
            step.request,
            around.engine,
            journal,
            clock=time.monotonic,
            progress=lambda done, total: around.progress(step.name, done, total),
            log=lambda text: archive.append_log(step.log, text),
        )


def answers(run: RunFolder, assessment: Assessment) -> SandboxRun:
    """Results and facts of a finished run, from its journal. Raises JournalError where it is not finished."""
    return step_answers(unseen_step(run, assessment))


def step_answers(step: Step) -> SandboxRun:
    return sandbox.sandbox_run(step.request, read(step.journal))


def entries(journal: Path) -> tuple[Entry, ...]:
    """What a step's journal holds; nothing where it was not begun."""
    return read(journal) if journal.exists() else ()


def is_finished(journal: Path) -> bool:
    return any(isinstance(entry, RunClosed) for entry in entries(journal))


def request(assessment: Assessment) -> RunRequest:
    """What the sandbox is asked to do with the unseen partition."""
    return RunRequest(
        run_id=assessment.run_id,
        image_id=assessment.image.id,
        input_dir=assessment.partition.folder / "cases",
        cases=assessment.cases,
        needs=assessment.submission.container,
        limits=assessment.limits,
        gpu=assessment.gpu,
        seed=assessment.seed,
        seccomp="",
    )


def _claim(journal: Journal, asked: RunRequest, assessment: Assessment) -> None:
    """Open a fresh journal, or make sure that this one is of this very run and step."""
    identity = archive.identity(replace(assessment, cases=asked.cases, limits=asked.limits, seed=asked.seed))
    opened = next((entry for entry in journal.entries if isinstance(entry, RunOpened)), None)
    if opened is None:
        started = datetime.now(UTC).isoformat(timespec="seconds")
        journal.append([RunOpened(run_id=assessment.run_id, identity=identity, started=started)])
    elif opened.identity != identity:
        raise JournalError(
            "the journal belongs to another run", where=str(journal.path), mend="restore its assessment.json"
        )
