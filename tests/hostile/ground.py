"""What the tests of a misbehaving program share: requests, and a run from its start to its results."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nccid_eval.engine import Engine
from nccid_eval.engine.process import ProcessEngine
from nccid_eval.journal import Entry, Journal, RunOpened, read
from nccid_eval.records import CaseResult, CaseTable, ContainerNeeds, Limits, Outcome, RunRequest
from nccid_eval.sandbox import execute, load_profile, prepared, sandbox_run

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).parent / "program.py"
NEEDS = ContainerNeeds(
    image="model.tar", protocol="nccid-stdio/1", gpu="none", memory_gib=0.125, shm_mib=8, tmp_mib=8, jit=False
)
LIMITS = Limits(
    ready_s=20.0,
    case_s=1.0,
    run_s=120.0,
    max_batch=16,
    cpus=0,
    memory_gib=1.0,
    shm_mib=64,
    tmp_mib=64,
    attempts_per_case=2,
    restarts=50,
    infra_attempts=3,
    output_mib=16,
)
CASES = ("a", "b", "bad", "c", "d")


def process_engine() -> ProcessEngine:
    return ProcessEngine({"program": [sys.executable, "-I", "-S", str(PROGRAM)]})


def run_request(
    folder: Path,
    behaviour: str,
    *,
    image_id: str = "program",
    limits: Limits = LIMITS,
    cases: Iterable[str] = CASES,
    run_id: str = "run",
    needs: ContainerNeeds = NEEDS,
    seed: int = 3,
) -> RunRequest:
    """A request whose program finds its behaviour beside its cases."""
    source = folder / "input"
    source.mkdir(exist_ok=True)
    folder.chmod(0o755)
    source.chmod(0o755)
    (source / "behaviour").write_text(behaviour)
    names = tuple(cases)
    return RunRequest(
        run_id=run_id,
        image_id=image_id,
        input_dir=source,
        cases=CaseTable(case=names, files=(1,) * len(names)),
        needs=needs,
        limits=limits,
        gpu="",
        seed=seed,
        seccomp="",
    )


@contextmanager
def hardened(request: RunRequest, engine: Engine) -> Iterator[RunRequest]:
    """The request as an evaluation makes it ready: this host's seccomp profile, sealed input, a name for its user."""
    said: list[str] = []
    with prepared(dataclasses.replace(request, seccomp=load_profile()), engine, said.append) as ready:
        assert said == []
        yield ready


class Ran:
    """One execution of a request: its results, its journal and what the program wrote to stderr."""

    def __init__(
        self,
        request: RunRequest,
        engine: Engine,
        journal: Path,
        sleep: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        logs: list[bytes] = []
        with Journal(journal) as opened:
            if not opened.entries:
                opened.append([RunOpened(run_id=request.run_id, identity="test", started="2021-05-28T09:30:00")])
            execute(
                request,
                engine,
                opened,
                clock=time.monotonic,
                progress=lambda *_: None,
                log=logs.append,
                sleep=sleep,
                grace_s=1.0,
            )
        self.entries: tuple[Entry, ...] = read(journal)
        self.log = b"".join(logs)
        self.results: dict[str, CaseResult] = {one.case: one for one in sandbox_run(request, self.entries).results}

    @property
    def outcomes(self) -> dict[str, Outcome]:
        return {case: one.outcome for case, one in self.results.items()}

    def entries_of(self, kind: type[Entry]) -> list[Entry]:
        return [one for one in self.entries if isinstance(one, kind)]
