"""The middle of an evaluation: the container is asked. Nothing of the reference standard comes near it.

An image is asked several times, each time in a fresh container with a journal of its own: a `Step`. One step asks the
unseen partition; what comes before and after it is in rehearsal.py and repeat.py.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from nccid_eval import archive, partition, sandbox, submission
from nccid_eval.archive import RunFolder
from nccid_eval.errors import JournalError, PolicyNotApplied
from nccid_eval.journal import Entry, Journal, RunClosed, RunOpened, read
from nccid_eval.pipeline.surroundings import Surroundings
from nccid_eval.records import Assessment, RunRequest, SandboxRun
from nccid_eval.records.stages import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One asking of the image: what it is asked, where that is written down, and what a person calls it."""

    name: Stage
    request: RunRequest
    journal: Path
    log: Path  # what the container wrote to stderr
    manifest: Path | None = None  # the partition that its sealed input is held to before a container gets it


def unseen_step(run: RunFolder, assessment: Assessment) -> Step:
    """The unseen partition, every eligible case."""
    return Step(
        name=Stage.CASES,
        request=request(assessment),
        journal=run.journal,
        log=run.container_log,
        manifest=assessment.partition.folder,
    )


def ask(step: Step, assessment: Assessment, around: Surroundings) -> None:
    """Ask the image that was admitted, and no other, every case that the step's journal does not answer yet."""
    with Journal(step.journal) as journal:
        _claim(journal, step.request, assessment)
        if _is_closed(journal.entries):
            return
        submission.still_the_same(assessment.image, around.engine)
        sandbox.reap(around.engine, time.time())
        with sandbox.prepared(_protected(step, assessment, around), around.engine, around.say) as ready:
            if ready.sealed and step.manifest:
                partition.verify_sealed(
                    step.manifest, ready.input_dir, workers=around.workers, progress=around.progress
                )
            sandbox.execute(
                ready,
                around.engine,
                journal,
                clock=time.monotonic,
                progress=lambda done, total, failed: around.progress(step.name, done, total, failed),
                log=lambda text: archive.append_log(step.log, text),
            )


def answers(run: RunFolder, assessment: Assessment) -> SandboxRun:
    """Results and facts of a finished run, from its journal. Raises JournalError where it is not finished."""
    return step_answers(unseen_step(run, assessment))


def step_answers(step: Step) -> SandboxRun:
    """The same of any step."""
    try:
        return sandbox.sandbox_run(step.request, entries(step.journal))
    except JournalError as fault:
        name = f"{step.journal.parent.name}/{step.journal.name}"
        state = "ends before its last case" if step.journal.exists() else "is missing"
        raise JournalError(
            f"{fault.what}: {name} {state}",
            where=str(step.journal),
            mend=f"{fault.mend}; if it was finished, its folder is not whole: copy it again",
        ) from None


def entries(journal: Path) -> tuple[Entry, ...]:
    """What a step's journal holds; nothing where it was not begun."""
    return read(journal) if journal.exists() else ()


def is_finished(journal: Path) -> bool:
    """Whether all that a step asks is answered."""
    return _is_closed(entries(journal))


def _is_closed(given: Sequence[Entry]) -> bool:
    return any(isinstance(entry, RunClosed) for entry in given)


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


def _protected(step: Step, assessment: Assessment, around: Surroundings) -> RunRequest:
    """The step's request with this host's seccomp profile, if it is the one that the run began under."""
    profile = around.seccomp()
    if sandbox.digest(profile) != assessment.seccomp:
        raise PolicyNotApplied(
            "this host's seccomp profile is not the one that the run began under",
            where=f"{sandbox.digest(profile)[:19]}… here, {assessment.seccomp[:19] or 'none'}… in the run",
            mend="resume on the machine where it began, with the profile of that time, or start a new run",
        )
    return replace(step.request, seccomp=profile)


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
