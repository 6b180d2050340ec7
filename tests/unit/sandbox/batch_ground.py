"""A batch run without an engine and without mounts: a plain process, and folders in place of file systems."""

from __future__ import annotations

import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.hostile.ground import LIMITS, NEEDS, run_request

from nccid_eval.engine import Engine
from nccid_eval.engine.process import ProcessEngine
from nccid_eval.errors import SandboxError
from nccid_eval.journal import Entry, Journal, RunClosed, RunOpened, read
from nccid_eval.records import CaseResult, Outcome, RunRequest
from nccid_eval.sandbox import sandbox_run
from nccid_eval.sandbox.batch import sit
from nccid_eval.sandbox.batch_place import BatchPlace
from nccid_eval.sandbox.conversation import Clock
from nccid_eval.sandbox.state import Run, open_run

PROGRAM = Path(__file__).parents[2] / "hostile" / "batch_program.py"
ASKED = ("a", "b", "bad", "c", "d")
SHORT = dataclasses.replace(LIMITS, ready_s=0.5, case_s=0.1)  # of one that is waited for in vain
LONG = dataclasses.replace(LIMITS, ready_s=20.0)


def batch_engine() -> ProcessEngine:
    return ProcessEngine({"program": [sys.executable, "-I", "-S", str(PROGRAM)]})


def batch_request(folder: Path, behaviour: str, *, short: bool = False) -> RunRequest:
    needs = dataclasses.replace(NEEDS, protocol="nccid-batch/1")
    return run_request(folder, behaviour, needs=needs, cases=ASKED, limits=SHORT if short else LONG)


@contextmanager
def folders(request: RunRequest, listing: bytes) -> Iterator[BatchPlace]:
    """Where the files of whoever runs the tests are read."""
    with tempfile.TemporaryDirectory() as made:
        output = Path(made) / "output"
        output.mkdir()
        (Path(made) / "cases.json").write_bytes(listing)
        yield BatchPlace(listing=Path(made) / "cases.json", output=output, owner=os.getuid(), freeze=_nothing)


def _nothing() -> None:
    """A process that is gone writes no more; a folder needs no freezing."""


class Sittings:
    """A request asked until it is answered, in one journal, however often the harness is started."""

    def __init__(self, folder: Path, behaviour: str, *, short: bool = False) -> None:
        self.request = batch_request(folder, behaviour, short=short)
        self.path = folder / "journal.log"
        self.log = b""
        with Journal(self.path) as journal:
            journal.append([RunOpened(run_id="run", identity="test", started="2021-05-28T09:30:00")])

    def start(
        self,
        engine: Engine | None = None,
        clock: Clock = time.monotonic,
        opened: Callable[[Path], Journal] = Journal,
    ) -> int:
        """One harness, to the end of the run; how many failures of our own it saw."""
        failures = 0
        used = engine or batch_engine()
        with opened(self.path) as journal:
            run = open_run(self.request, journal, clock, lambda *_: None, self._keep)
            while len(run.history.answered) < len(ASKED):
                failures += _sit(run, used)
                assert failures < 10
            run.write(RunClosed(finished="2021-05-28T09:31:00"))
        return failures

    def _keep(self, text: bytes) -> None:
        self.log += text

    @property
    def entries(self) -> tuple[Entry, ...]:
        return read(self.path)

    @property
    def results(self) -> dict[str, CaseResult]:
        return {one.case: one for one in sandbox_run(self.request, self.entries).results}

    @property
    def outcomes(self) -> dict[str, Outcome]:
        return {case: one.outcome for case, one in self.results.items()}


def _sit(run: Run, engine: Engine) -> int:
    try:
        sit(run, engine, 1.0, places=folders)
    except SandboxError:
        return 1
    return 0


def asked_in_order(request: RunRequest) -> tuple[str, ...]:
    """The list as the container finds it."""
    from nccid_eval.sandbox.work import batches

    (whole,) = batches(request.cases.case, request.seed, len(request.cases.case))
    return whole
