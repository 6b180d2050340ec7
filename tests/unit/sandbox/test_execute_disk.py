"""What is on the disk while a run goes on: when each entry is written, and what a disk that fills up leaves."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.hostile.ground import CASES, PROGRAM, Ran, process_engine, run_request

from nccid_eval.engine import Channel, Ended, Polled
from nccid_eval.engine.process import ProcessContainer, ProcessEngine
from nccid_eval.errors import StorageError
from nccid_eval.journal import Answered, Attempted, Entry, Failed, Journal, read
from nccid_eval.records import ContainerSpec, Outcome, RunRequest
from nccid_eval.sandbox import execute
from nccid_eval.sandbox.policy import LABEL

PROGRAM_CALL = (sys.executable, "-I", "-S", str(PROGRAM))
MANY = tuple(f"c{at:03d}" for at in range(60))


class WatchedJournal(Journal):
    """Remembers what was written together."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.appends: list[tuple[Entry, ...]] = []

    def append(self, entries: Iterable[Entry], *, wait: bool = True) -> None:
        together = tuple(entries)
        super().append(together, wait=wait)
        self.appends.append(together)

    def kinds(self) -> list[tuple[str, ...]]:
        return [tuple(type(entry).__name__ for entry in together) for together in self.appends]


def asked(request: RunRequest, journal: Journal, progress: list[int], engine: ProcessEngine | None = None) -> None:
    execute(
        request,
        engine or process_engine(),
        journal,
        clock=time.monotonic,
        progress=lambda done, total, failed: progress.append(done),
        log=lambda text: None,
        sleep=lambda seconds: None,
        grace_s=1.0,
    )


def test_an_answer_and_the_next_attempt_are_written_as_one(tmp_path: Path) -> None:
    request = run_request(tmp_path, "honest", cases=MANY)
    with WatchedJournal(tmp_path / "journal.log") as journal:
        asked(request, journal, [])
    between = ("Answered", "Attempted")
    assert journal.kinds() == [
        ("SandboxApplied",),
        ("ContainerReady",),
        ("Attempted",),
        *[between] * (len(MANY) - 1),
        ("Answered",),
        ("ContainerEnded",),
        ("RunClosed",),
    ]


def test_progress_tells_only_of_what_is_on_the_disk(tmp_path: Path) -> None:
    request, path = run_request(tmp_path, "honest", cases=MANY), tmp_path / "journal.log"
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int, failed: int) -> None:
        told.append((done, sum(isinstance(entry, Answered) for entry in read(path))))

    with Journal(path) as journal:
        execute(
            request,
            process_engine(),
            journal,
            clock=time.monotonic,
            progress=progress,
            log=lambda text: None,
            grace_s=1.0,
        )
    assert told[-1] == (len(MANY), len(MANY))
    assert all(done == written for done, written in told)


class PatientChannel:
    """Gives a program that leaves the time to be gone before it is looked at."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.close, self.close_stdin = channel.close, channel.close_stdin

    def poll(self, outgoing: bytes, timeout_s: float) -> Polled:
        if timeout_s == 0:
            time.sleep(0.1)
        return self._channel.poll(outgoing, timeout_s)


class Looking(ProcessEngine):
    """Looks at the journal when a container is to be ended: outcomes on the disk by case, and what is outstanding."""

    def __init__(self, path: Path) -> None:
        super().__init__({"program": PROGRAM_CALL})
        self.path = path
        self.seen: list[tuple[int, int]] = []

    def create(self, spec: ContainerSpec) -> LookingContainer:
        return LookingContainer(super().create(spec), self)

    def look(self) -> None:
        written = read(self.path)
        answered = sum(isinstance(one, Answered) and one.latency_s > 0 for one in written)
        attempts = sum(isinstance(one, Attempted) for one in written)
        self.seen.append((answered, attempts - answered - sum(isinstance(one, Failed) for one in written)))


class LookingContainer(ProcessContainer):
    def __init__(self, made: ProcessContainer, engine: Looking) -> None:
        super().__init__(made.id, made.applied(), PROGRAM_CALL)
        made.remove()
        self._engine = engine

    def start(self) -> PatientChannel:  # type: ignore[override]
        return PatientChannel(super().start())

    def end(self, channel: Channel | None, *, grace_s: float) -> Ended:
        self._engine.look()
        return super().end(channel, grace_s=grace_s)


@pytest.mark.parametrize(
    ("behaviour", "outstanding"), [("exit_on bad 3", 1), ("answers_nan bad", 1), ("exit_after bad", 0)]
)
def test_an_answer_is_on_the_disk_before_its_container_is_ended(
    tmp_path: Path, behaviour: str, outstanding: int
) -> None:
    """A kill takes its time, in which an answer that is only held could be lost."""
    engine = Looking(tmp_path / "journal.log")
    with Journal(engine.path) as journal:
        asked(run_request(tmp_path, behaviour), journal, [], engine)
    *broken, last = engine.seen
    assert broken
    assert {number for _, number in broken} == {outstanding}
    assert last == (len(CASES) - outstanding, 0)


def test_a_run_on_a_disk_that_fills_up_ends_clean_and_goes_on_once_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", str(disk)], check=False).returncode:
        pytest.skip("NOTHING CAN BE MOUNTED (no root), so no run was tried on a disk that is really full")
    try:
        _fill_and_go_on(tmp_path, disk)
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _fill_and_go_on(folder: Path, disk: Path) -> None:
    request, engine, path = run_request(folder, "honest", cases=MANY), process_engine(), disk / "journal.log"
    with pytest.raises(StorageError, match="resume the run"):
        Ran(request, engine, path)
    assert engine.find(f"{LABEL}.run") == ()
    before = [entry for entry in read(path) if isinstance(entry, Answered)]
    assert 0 < len(before) < len(MANY)
    subprocess.run(["mount", "-o", "remount,size=1m", str(disk)], check=True)
    done = Ran(request, engine, path)
    assert done.outcomes == dict.fromkeys(MANY, Outcome.OK)
    times = Counter(one.case for entry in done.entries_of(Answered) for one in entry.results)  # type: ignore[attr-defined]
    assert set(times.values()) == {1}
    assert done.entries_of(Answered)[: len(before)] == before
