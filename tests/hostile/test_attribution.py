"""Attacks on the engine, the limits and the clock: contained, charged to the case that did it, and nothing left."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from tests.hostile.ground import LIMITS, NEEDS, ROOT, Ran, run_request

from nccid_eval import sandbox
from nccid_eval.engine import Engine
from nccid_eval.engine.docker import DockerContainer, DockerEngine
from nccid_eval.errors import PolicyNotApplied, RunIncomplete
from nccid_eval.journal import Attempted, ContainerEnded, Failed, read
from nccid_eval.records import ContainerSpec, Outcome
from nccid_eval.sandbox.policy import LABEL, container_spec
from nccid_eval.sandbox.owner import this_process

pytestmark = pytest.mark.engine
FEW = ("a", "bad", "b")


@pytest.fixture(autouse=True)
def _nothing_is_left(docker_engine: Engine, tmp_path: Path) -> Iterator[None]:
    client = docker.from_env()
    before = {volume.name for volume in client.volumes.list()}
    yield
    left = [one for one in docker_engine.find(f"{LABEL}.run") if one.labels[f"{LABEL}.run"] == tmp_path.name]
    for one in left:
        docker_engine.remove(one.id)
    volumes = {volume.name for volume in client.volumes.list()} - before
    client.close()
    assert (left, volumes) == ([], set())


def run(engine: Engine, image: str, folder: Path, behaviour: str, **limits: object) -> Ran:
    fixed = dataclasses.replace(LIMITS, **{"case_s": 2.0, **limits})  # type: ignore[arg-type]
    needs = dataclasses.replace(NEEDS, memory_gib=0.5 if "fork" in behaviour else NEEDS.memory_gib)
    request = run_request(folder, behaviour, image_id=image, limits=fixed, cases=FEW, run_id=folder.name, needs=needs)
    return Ran(request, engine, folder / "journal.log")


def only_bad(outcome: Outcome) -> dict[str, Outcome]:
    return {"a": Outcome.OK, "bad": outcome, "b": Outcome.OK}


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("eat_memory_on bad", Outcome.OOM),
        ("fork_bomb_on bad", Outcome.TIMEOUT),
        ("stop_on bad", Outcome.TIMEOUT),
        ("ignore_signals_on bad", Outcome.TIMEOUT),
        ("close_streams_on bad", Outcome.TIMEOUT),
        ("flood_stdout_on bad", Outcome.MALFORMED),
        ("flood_lines_on bad", Outcome.MALFORMED),
        ("flood_stderr_on bad", Outcome.MALFORMED),
        ("exit_on bad 9", Outcome.EXITED),
        ("exit_on bad 137", Outcome.EXITED),
        ("child_eats_memory_on bad", Outcome.OK),
    ],
)
def test_an_attack_costs_its_own_case(
    docker_engine: Engine, hostile_image: str, tmp_path: Path, behaviour: str, outcome: Outcome
) -> None:
    done = run(docker_engine, hostile_image, tmp_path, behaviour)
    assert done.outcomes == only_bad(outcome)


def test_exit_137_is_ours_only_once(docker_engine: Engine, hostile_image: str, tmp_path: Path) -> None:
    done = run(docker_engine, hostile_image, tmp_path, "exit_on bad 137")
    charged = [one.outcome for one in done.entries_of(Failed)]
    assert charged == [Outcome.INFRA, Outcome.EXITED, Outcome.EXITED]
    assert {one.exit_code for one in done.entries_of(ContainerEnded) if one.outcome} == {137}


def test_a_container_that_someone_kills_from_outside_is_ours(
    docker_engine: Engine, hostile_image: str, tmp_path: Path
) -> None:
    """As an engine that is stopped does it: the case is asked again and answered."""

    class KilledOnce(DockerEngine):
        killed = False

        def create(self, spec: ContainerSpec) -> DockerContainer:
            made = super().create(spec)
            if not self.killed:
                self.killed = True
                self.killer = subprocess.Popen(["sh", "-c", f"sleep 1.5; docker kill {made.id} >/dev/null"])
            return made

    engine = KilledOnce(None)
    done = run(engine, hostile_image, tmp_path, "slow 1")
    engine.killer.wait()
    assert done.outcomes == dict.fromkeys(FEW, Outcome.OK)
    assert [one.outcome for one in done.entries_of(Failed)] == [Outcome.INFRA]


def test_an_engine_that_does_otherwise_than_asked_is_refused(
    docker_engine: Engine, hostile_image: str, tmp_path: Path
) -> None:
    class Loose(DockerEngine):
        def create(self, spec: ContainerSpec) -> DockerContainer:
            return super().create(dataclasses.replace(spec, network="host", read_only_root=False))

    with pytest.raises(PolicyNotApplied, match=r"network: asked 'none', applied 'host'") as refused:
        run(Loose(None), hostile_image, tmp_path, "honest")
    assert "read_only_root" in str(refused.value)
    assert not any(isinstance(one, Attempted) for one in read(tmp_path / "journal.log"))


HARNESS = """
import sys
from pathlib import Path
from tests.hostile.ground import Ran, run_request
from nccid_eval.engine import connect
folder, image = Path(sys.argv[1]), sys.argv[2]
request = run_request(folder, "hang_on bad", image_id=image, cases=("bad",), run_id=folder.name)
Ran(request, connect(None), folder / "journal.log")
"""


def test_a_killed_harness_leaves_a_container_that_the_next_one_removes(
    docker_engine: Engine, hostile_image: str, tmp_path: Path
) -> None:
    harness = subprocess.Popen([sys.executable, "-c", HARNESS, str(tmp_path), hostile_image], cwd=ROOT)
    end = time.monotonic() + 30
    while time.monotonic() < end and b"Attempted" not in _bytes(tmp_path / "journal.log"):
        time.sleep(0.05)
    harness.send_signal(signal.SIGKILL)
    harness.wait()
    mine = [one for one in docker_engine.find(f"{LABEL}.run") if one.labels[f"{LABEL}.run"] == tmp_path.name]
    assert len(mine) == 1
    assert sandbox.reap(docker_engine, time.time()) >= 1
    assert mine[0].id not in [one.id for one in docker_engine.find(f"{LABEL}.run")]


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def test_the_reaper_spares_the_container_of_a_living_owner(
    docker_engine: Engine, hostile_image: str, tmp_path: Path
) -> None:
    request = run_request(tmp_path, "honest", image_id=hostile_image, run_id=tmp_path.name)
    deadline = int(time.time()) + 600
    spec = container_spec(request, host_cpus=docker_engine.cpus(), owner=this_process(), deadline=deadline)
    container = docker_engine.create(spec)
    try:
        sandbox.reap(docker_engine, time.time())
        assert container.id in [one.id for one in docker_engine.find(f"{LABEL}.run")]
        assert sandbox.reap(docker_engine, deadline + 1.0) >= 1
        assert container.id not in [one.id for one in docker_engine.find(f"{LABEL}.run")]
    finally:
        container.remove()


def test_a_program_that_is_not_in_the_image_fails_every_case(
    docker_engine: Engine, no_program_image: str, tmp_path: Path
) -> None:
    done = run(docker_engine, no_program_image, tmp_path, "honest")
    assert done.outcomes == dict.fromkeys(FEW, Outcome.EXITED)


def test_an_image_that_no_engine_can_start_stops_the_run_before_any_case_is_shown(
    docker_engine: Engine, unstartable_image: str, tmp_path: Path
) -> None:
    with pytest.raises(RunIncomplete):
        run(docker_engine, unstartable_image, tmp_path, "honest")
    assert not any(isinstance(one, Attempted) for one in read(tmp_path / "journal.log"))
