"""What the benchmarks of the sandbox share: an image of the trivial model, sealed cases, and runs that are timed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import docker

from nccid_eval.engine import Engine, connect
from nccid_eval.journal import Journal, RunOpened
from nccid_eval.journal.owner import this_process
from nccid_eval.records import CaseTable, ContainerNeeds, ContainerSpec, Limits, RunRequest
from nccid_eval.sandbox import execute
from nccid_eval.sandbox.policy import container_spec
from nccid_eval.sandbox.protocol import encode_request
from nccid_eval.sandbox.sealed import sealed_input
from nccid_eval.sandbox.seccomp import load_profile

MODEL = Path(__file__).parent / "trivial_model"
TAG = "nccid-eval-bench:trivial"
BASE = os.environ.get("BASE") or "nccid-eval-base:bookworm"
NEEDS = ContainerNeeds(
    image=TAG, protocol="nccid-stdio/1", gpu="none", memory_gib=0.5, shm_mib=64, tmp_mib=64, jit=False
)
LIMITS = Limits(
    ready_s=60.0,
    case_s=60.0,
    run_s=36_000.0,
    max_batch=1,
    cpus=0,
    memory_gib=1.0,
    shm_mib=64,
    tmp_mib=64,
    attempts_per_case=2,
    restarts=0,
    infra_attempts=1,
    output_mib=512,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    engine: Engine
    api: Any  # the engine's plain client, for the peers
    request: RunRequest
    folder: Path  # for journals


@contextmanager
def ground(cases: int, size: int, seconds: float = 0.0) -> Iterator[Ground]:
    """`cases` cases of `size` bytes, sealed, for a model that takes `seconds` a case."""
    address = os.environ.get("DOCKER_HOST")
    engine = connect(address)
    with tempfile.TemporaryDirectory(prefix="nccid-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        names = _write_cases(folder / "cases", cases, size, seconds)
        (folder / "sealed").mkdir()
        with sealed_input(folder / "cases", folder / "sealed", _say) as given:
            request = RunRequest(
                run_id=folder.name,
                image_id=_build(engine),
                input_dir=given.folder,
                cases=CaseTable(case=names, files=(1,) * cases),
                needs=NEEDS,
                limits=LIMITS,
                gpu="",
                seed=1,
                seccomp=load_profile(),
            )
            yield Ground(engine=engine, api=docker.APIClient(base_url=address), request=request, folder=folder)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _write_cases(folder: Path, cases: int, size: int, seconds: float) -> tuple[str, ...]:
    names = tuple(f"k{at:06d}" for at in range(cases))
    folder.mkdir()
    (folder / "seconds").write_text(str(seconds))
    for name in names:
        (folder / name).mkdir()
        (folder / name / "0000.dcm").write_bytes(os.urandom(size))
    return names


def _build(engine: Engine) -> str:
    build = ["docker", "build", "--quiet", "--network", "none", "--build-arg", f"BASE={BASE}", "-t", TAG, str(MODEL)]
    subprocess.run(build, check=True, capture_output=True, env={**os.environ, "DOCKER_BUILDKIT": "0"})
    report = engine.image_configuration(TAG)
    assert report is not None
    return str(report["Id"])


def spec_of(ground: Ground) -> ContainerSpec:
    """The hardened options of this run's container."""
    deadline = int(time.time()) + 3600
    return container_spec(ground.request, host_cpus=ground.engine.cpus(), owner=this_process(), deadline=deadline)


@dataclass(slots=True)
class Moments:
    """When each case was answered and its answer on the disk; seconds."""

    at: list[float]
    done: int = 0

    def __call__(self, done: int, _total: int, _failed: int) -> None:
        if done > self.done:
            self.done = done
            self.at.append(time.perf_counter())


def timed_run(ground: Ground, moments: Moments | None = None) -> tuple[float, list[float]]:
    """A whole run in the sandbox, with its journal: seconds from before its container is made, and the moments."""
    path, moments = Path(tempfile.mkdtemp(dir=ground.folder)) / "journal.log", moments or Moments([])
    start = time.perf_counter()
    with Journal(path) as journal:
        journal.append([RunOpened(run_id=ground.request.run_id, identity="bench", started="2021-05-28T09:30:00")])
        execute(
            ground.request,
            ground.engine,
            journal,
            clock=time.monotonic,
            progress=moments,
            log=lambda _text: None,
        )
    seconds = time.perf_counter() - start
    assert len(moments.at) == len(ground.request.cases.case), "not every case was answered"
    return seconds, moments.at


def bare_loop(cases: Path, names: Sequence[str]) -> list[float]:
    """The same program over two plain pipes, with no container, check or journal: the moments of its answers."""
    command = [sys.executable, "-I", "-S", str(MODEL / "predict.py")]
    environment = {**os.environ, "NCCID_INPUT": str(cases)}
    moments = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        for number, name in enumerate(names):
            process.stdin.write(encode_request(f"r{number}", [(name, 1)]))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["results"]
            moments.append(time.perf_counter())
        process.stdin.close()
    return moments
