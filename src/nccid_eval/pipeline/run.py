"""The middle of an evaluation: the container is asked. Nothing of the reference standard comes near it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from nccid_eval import archive, sandbox
from nccid_eval.archive import RunFolder
from nccid_eval.engine import Engine
from nccid_eval.errors import JournalError
from nccid_eval.journal import Journal, RunOpened, read
from nccid_eval.records import Assessment, RunRequest, SandboxRun


def run_container(
    run: RunFolder, assessment: Assessment, engine: Engine, progress: Callable[[int, int], None]
) -> None:
    """Ask every case that the run's journal does not answer yet."""
    sandbox.reap(engine, time.time())
    with Journal(run.journal) as journal:
        _claim(journal, assessment)
        sandbox.execute(
            _request(assessment),
            engine,
            journal,
            clock=time.monotonic,
            progress=progress,
            log=lambda text: archive.append_log(run.container_log, text),
        )


def answers(run: RunFolder, assessment: Assessment) -> SandboxRun:
    """Results and facts of a finished run, from its journal. Raises JournalError where it is not finished."""
    return sandbox.sandbox_run(_request(assessment), read(run.journal))


def _claim(journal: Journal, assessment: Assessment) -> None:
    """Open a fresh journal, or make sure that this one is of this very run."""
    identity = archive.identity(assessment)
    opened = next((entry for entry in journal.entries if isinstance(entry, RunOpened)), None)
    if opened is None:
        started = datetime.now(UTC).isoformat(timespec="seconds")
        journal.append([RunOpened(run_id=assessment.run_id, identity=identity, started=started)])
    elif opened.identity != identity:
        raise JournalError(
            "the journal belongs to another run", where=str(journal.path), mend="restore its assessment.json"
        )


def _request(assessment: Assessment) -> RunRequest:
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
