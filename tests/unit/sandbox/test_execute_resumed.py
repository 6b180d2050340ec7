"""Whatever kills the harness, and whenever: the run that is resumed tells what an undisturbed one tells."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from tests.hostile.ground import LIMITS, Ran, process_engine, run_request

from nccid_eval.journal import Answered, Entry, Journal, RunClosed, RunOpened, encode, read
from nccid_eval.records import CaseResult, Outcome, RunRequest
from nccid_eval.sandbox import execute, sandbox_run

CASES = ("a", "b", "c", "d", "e", "bad", "f", "g", "h")
Death = Callable[["DyingJournal", bytes], None]


class DyingJournal(Journal):
    """Calls `die` instead of its append number `at`."""

    def __init__(self, path: Path, at: int, die: Death) -> None:
        super().__init__(path)
        self._left = at
        self._die = die

    def append(self, entries: Iterable[Entry], *, wait: bool = True) -> None:
        self._left -= 1
        if self._left == 0:
            self._die(self, b"".join(map(encode, entries)))
        else:
            super().append(entries, wait=wait)

    def raw(self, data: bytes) -> None:
        os.write(self._file, data)


def before(journal: DyingJournal, data: bytes) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def torn(journal: DyingJournal, data: bytes) -> None:
    journal.raw(data[: len(data) // 2])
    os.kill(os.getpid(), signal.SIGKILL)


def after(journal: DyingJournal, data: bytes) -> None:
    journal.raw(data)
    os.kill(os.getpid(), signal.SIGKILL)


def interrupted(journal: DyingJournal, data: bytes) -> None:
    journal.raw(data)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(10)


def request_for(folder: Path, behaviour: str = "exit_on_in_batch bad") -> RunRequest:
    return run_request(folder, behaviour, cases=CASES, limits=dataclasses.replace(LIMITS, case_s=20.0))


def sitting(folder: Path, request: RunRequest, at: int, die: Death) -> int | None:
    """One harness as a process of its own; its exit status."""

    def harness() -> None:
        tempfile.tempdir = str(folder)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with DyingJournal(folder / "journal.log", at, die) as journal:
                execute(
                    request,
                    process_engine(),
                    journal,
                    clock=time.monotonic,
                    progress=lambda *_: None,
                    log=lambda text: None,
                    sleep=lambda seconds: None,
                    grace_s=1.0,
                )
        except KeyboardInterrupt:
            os._exit(130)
        os._exit(0)

    child = multiprocessing.get_context("fork").Process(target=harness)
    child.start()
    child.join()
    return child.exitcode


def opened(folder: Path) -> Path:
    path = folder / "journal.log"
    with Journal(path) as journal:
        journal.append([RunOpened(run_id="run", identity="test", started="2021-05-28T09:30:00")])
    return path


def told(results: Iterable[CaseResult]) -> dict[str, tuple[Outcome, float | None]]:
    return {one.case: (one.outcome, one.score) for one in results}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Outcome, float | None]]:
    folder = tmp_path_factory.mktemp("undisturbed")
    results = Ran(request_for(folder), process_engine(), folder / "journal.log").results
    assert results["bad"].outcome is Outcome.EXITED
    return told(results.values())


def check(path: Path, request: RunRequest, expected: dict[str, tuple[Outcome, float | None]]) -> None:
    entries = read(path)
    times = Counter(one.case for entry in entries if isinstance(entry, Answered) for one in entry.results)
    assert times == Counter(CASES)
    assert sum(isinstance(entry, RunClosed) for entry in entries) == 1
    assert told(sandbox_run(request, entries).results) == expected


@pytest.mark.parametrize("first", [1, 2, 3])
def test_thirty_kills_change_no_result(
    tmp_path: Path, undisturbed: dict[str, tuple[Outcome, float | None]], first: int
) -> None:
    """Before, in the middle of and after a write; at the first to the fourth entry of a sitting."""
    request, path = request_for(tmp_path), opened(tmp_path)
    kills = 0
    for number in range(10):
        status = sitting(tmp_path, request, (number + first) % 4 + 1, (before, torn, after)[(number + first) % 3])
        kills += status == -signal.SIGKILL
    assert kills == 10
    assert sitting(tmp_path, request, 0, before) == 0
    check(path, request, undisturbed)


def test_kills_from_outside_at_random_moments_change_no_result(
    tmp_path: Path, undisturbed: dict[str, tuple[Outcome, float | None]]
) -> None:
    request, path = request_for(tmp_path), opened(tmp_path)
    dice = random.Random(5)

    def die(journal: DyingJournal, data: bytes) -> None:
        journal.raw(data)
        signal.setitimer(signal.ITIMER_REAL, dice.uniform(0.0001, 0.1))  # SIGALRM kills, wherever it is then
        journal._left = 10**6

    for number in range(6):
        sitting(tmp_path, request, number + 1, die)
    assert sitting(tmp_path, request, 0, before) == 0
    check(path, request, undisturbed)


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_an_interruption_is_no_failure_of_anyone(
    tmp_path: Path, undisturbed: dict[str, tuple[Outcome, float | None]], at: int
) -> None:
    request, path = request_for(tmp_path), opened(tmp_path)
    assert sitting(tmp_path, request, at, interrupted) == 130
    assert sitting(tmp_path, request, 0, before) == 0
    check(path, request, undisturbed)


def test_a_case_that_kills_the_harness_five_times_is_poison(tmp_path: Path) -> None:
    request, path = request_for(tmp_path, "honest"), opened(tmp_path)
    first = None
    for _ in range(5):
        entries = len(read(path))
        assert sitting(tmp_path, request, 3 if first is None else 2, after) == -signal.SIGKILL
        first = entries
    assert sitting(tmp_path, request, 0, before) == 0
    results = sandbox_run(request, read(path)).results
    assert Counter(one.outcome for one in results) == {Outcome.POISON: 1, Outcome.OK: len(CASES) - 1}


def test_a_finished_run_is_left_as_it_is(tmp_path: Path) -> None:
    request, path = request_for(tmp_path, "honest"), opened(tmp_path)
    assert sitting(tmp_path, request, 0, before) == 0
    whole = path.read_bytes()
    assert sitting(tmp_path, request, 1, before) == 0
    assert path.read_bytes() == whole
