"""Engines that stop in mid-run, and people who meddle with a running container: no case lost, none charged for it."""

from __future__ import annotations

import dataclasses
import gc
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.hostile.ground import LIMITS, Ran, run_request

from nccid_eval.engine import Engine, connect
from nccid_eval.engine.docker import DockerEngine
from nccid_eval.errors import ImageRefused
from nccid_eval.journal import Attempted, ContainerReady, Failed, read
from nccid_eval.records import Outcome

pytestmark = pytest.mark.engine
CASES = ("a", "b", "c", "d")
WAIT_S = 60.0
LABEL = "org.nccid-eval.run"


class Daemon:
    """A second dockerd with its own socket, state, data and containerd; started and stopped as the test likes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = (folder / "log").open("ab")
        self.address = f"unix://{folder}/docker.sock"
        # apart, so that a killed dockerd does not leave a containerd that the next cannot replace
        places = ("--root", folder / "cd-root", "--state", folder / "cd-state", "--address", folder / "cd.sock")
        self._containerd = subprocess.Popen(["containerd", *places], stdout=self._log, stderr=self._log)

    def start(self) -> None:
        """Forked off: a new one must not look like something that a run left behind."""
        at = self._folder
        places = ("--exec-root", at / "exec", "--data-root", at / "data", "--pidfile", at / "pid")
        words = ("--host", self.address, "--containerd", at / "cd.sock", "--config-file", at / "none.json")
        command = ["setsid", "--fork", "dockerd", *words, *places, "--iptables=false", "--bridge=none"]
        subprocess.run(command, stdout=self._log, stderr=self._log, check=True)
        wait_until(lambda: _listens(at / "docker.sock"))

    def stop(self, how: signal.Signals) -> None:
        pid = int((self._folder / "pid").read_text())
        os.kill(pid, how)
        wait_until(lambda: not _runs(pid))
        (self._folder / "pid").unlink(missing_ok=True)

    def end(self) -> None:
        self.stop(signal.SIGTERM)
        self._containerd.terminate()
        self._containerd.wait(WAIT_S)
        self._log.close()


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@pytest.fixture(scope="module")
def second(hostile_image: str) -> Iterator[Daemon]:
    """With the image of the misbehaving program."""
    if os.geteuid() != 0 or shutil.which("dockerd") is None or shutil.which("containerd") is None:
        pytest.skip("NOT ROOT, OR NO dockerd AND containerd HERE, so no engine was restarted in mid-run")
    folder = Path(tempfile.mkdtemp(prefix="dockerd-", dir="/var/tmp"))
    (folder / "none.json").write_text("{}")
    daemon = Daemon(folder)
    try:
        daemon.start()
        saved = subprocess.Popen(["docker", "save", hostile_image], stdout=subprocess.PIPE)
        subprocess.run(["docker", "-H", daemon.address, "load"], stdin=saved.stdout, check=True, capture_output=True)
        assert saved.stdout is not None
        saved.stdout.close()
        assert saved.wait(WAIT_S) == 0
        yield daemon
    finally:
        daemon.end()
        while subprocess.run(["umount", str(folder / "data")], capture_output=True).returncode == 0:
            pass  # each start of the engine mounted it over itself
        shutil.rmtree(folder, ignore_errors=True)


def answered_anyhow(engine: Engine, image: str, folder: Path, behaviour: str, trouble: Callable[[str], None]) -> Ran:
    """A run of four cases during whose first request the trouble happens, to the container of that moment."""
    limits = dataclasses.replace(LIMITS, case_s=10.0, infra_attempts=8)
    request = run_request(folder, behaviour, image_id=image, limits=limits, cases=CASES, run_id=folder.name, seed=1)

    def meddle() -> None:
        wait_until(lambda: _asked(folder / "journal.log"))
        time.sleep(0.2)
        trouble(folder.name)

    meddler = threading.Thread(target=meddle)
    meddler.start()
    try:
        return Ran(request, engine, folder / "journal.log", sleep=lambda seconds: time.sleep(1.0))
    finally:
        meddler.join()


def _asked(journal: Path) -> bool:
    return journal.exists() and any(isinstance(one, Attempted) for one in read(journal))


def docker(address: str, *words: str) -> str:
    command = ["docker", "-H", address, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=WAIT_S).stdout


def container_of(address: str, run_id: str) -> str:
    return docker(address, "ps", "-q", "--no-trunc", "--filter", f"label={LABEL}={run_id}").strip()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # docker-py drops sockets that fail
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_an_engine_that_restarts_in_mid_run_costs_no_case(
    second: Daemon, hostile_image: str, tmp_path: Path, how: signal.Signals
) -> None:
    def restart(run_id: str) -> None:
        second.stop(how)
        time.sleep(1.0)
        second.start()

    engine = DockerEngine(second.address)
    done = answered_anyhow(engine, hostile_image, tmp_path, "slow 1", restart)
    assert done.outcomes == dict.fromkeys(CASES, Outcome.OK)
    charged = [one.outcome for one in done.entries if isinstance(one, Failed)]
    assert charged == [Outcome.INFRA]
    assert sum(isinstance(one, ContainerReady) for one in done.entries) == 2
    assert left_over(engine, tmp_path) == []
    engine.close()
    gc.collect()  # here, where the dropped sockets are expected


LOCAL = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"


@pytest.mark.parametrize("words", [("kill",), ("rm", "--force")], ids=["kill", "rm"])
def test_a_container_that_somebody_removes_in_mid_request_costs_no_case(
    docker_engine: Engine, hostile_image: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    def meddle(run_id: str) -> None:
        docker(LOCAL, *words, container_of(LOCAL, run_id))

    done = answered_anyhow(docker_engine, hostile_image, tmp_path, "slow 1", meddle)
    assert done.outcomes == dict.fromkeys(CASES, Outcome.OK)
    assert [one.outcome for one in done.entries if isinstance(one, Failed)] == [Outcome.INFRA]
    assert left_over(docker_engine, tmp_path) == []


def test_a_container_that_somebody_pauses_for_a_moment_answers_late(
    docker_engine: Engine, hostile_image: str, tmp_path: Path
) -> None:
    def meddle(run_id: str) -> None:
        container = container_of(LOCAL, run_id)
        docker(LOCAL, "pause", container)
        time.sleep(2.0)
        docker(LOCAL, "unpause", container)

    done = answered_anyhow(docker_engine, hostile_image, tmp_path, "slow 1", meddle)
    assert done.outcomes == dict.fromkeys(CASES, Outcome.OK)
    assert not any(isinstance(one, Failed) for one in done.entries)


def test_an_image_that_cannot_be_started_is_the_vendors_and_no_host_path_is_told(
    docker_engine: Engine, unstartable_image: str, tmp_path: Path
) -> None:
    request = run_request(tmp_path, "honest", image_id=unstartable_image, cases=CASES, run_id=tmp_path.name)
    with pytest.raises(ImageRefused, match="cannot be started") as refused:
        Ran(request, docker_engine, tmp_path / "journal.log")
    assert str(tmp_path) not in str(refused.value)
    assert "/proc" not in str(refused.value)
    assert "/var/lib" not in str(refused.value)
    assert refused.value.safe_for_vendor
    assert not any(isinstance(one, Attempted) for one in read(tmp_path / "journal.log"))
    assert left_over(docker_engine, tmp_path) == []


def left_over(engine: Engine, folder: Path) -> list[str]:
    return [one.id for one in engine.find(LABEL) if one.labels[LABEL] == folder.name]


def test_the_engine_that_answers_is_known_by_its_own_name(docker_engine: Engine) -> None:
    assert connect(LOCAL).name == docker_engine.name == "docker"
