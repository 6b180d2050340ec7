"""One process at a time on a run's folder: through all steps, the scoring and the release."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from nccid_eval import archive
from nccid_eval.archive import RunFolder
from nccid_eval.errors import JournalError

TRIES, BETWEEN_S = 5, 0.02  # who lists runs holds a lock for an instant, to see whether somebody else does


@contextmanager
def held(run: RunFolder) -> Iterator[None]:
    """Hold the run; a process that dies lets go of it. Raises JournalError where another process holds it.

    A journal's own lock lasts for one step. What is staged between two steps, and release/, lie under this one.
    """
    with archive.storage(run.private):
        lock = os.open(run.private / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with archive.storage(run.private):
            _lock(lock, run)
            archive.guard(run)
        yield
    finally:
        os.close(lock)


def _lock(lock: int, run: RunFolder) -> None:
    for _ in range(TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(BETWEEN_S)
    raise JournalError("another process is writing to this run", where=str(run.root), mend="wait for it, or stop it")
