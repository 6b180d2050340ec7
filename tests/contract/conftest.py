"""The engines of the contract beside Docker: gVisor under it, and a Podman of the tests' own on its own socket."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hostile.fixtures import hostile_image as hostile_image

from nccid_eval.engine import Engine, connect


@pytest.fixture(scope="session")
def gvisor_engine(docker_engine: Engine) -> Engine:
    listed = subprocess.run(
        ["docker", "info", "--format", "{{.Runtimes}}"], capture_output=True, text=True, timeout=60
    )
    if "runsc" not in listed.stdout:
        pytest.skip("DOCKER HAS NO RUNTIME runsc (setup/runsc.sh), so gVisor was not tested")
    return docker_engine


@pytest.fixture(scope="session")
def podman_engine(docker_engine: Engine, hostile_image: str) -> Iterator[Engine]:
    """With the misbehaving program's image. runc, since Debian's crun refuses a host with both cgroup versions."""
    if shutil.which("podman") is None or shutil.which("runc") is None or os.geteuid() != 0:
        pytest.skip("PODMAN WITH runc IS NOT INSTALLED, OR THIS IS NOT ROOT, so Podman was not tested")
    folder = Path(tempfile.mkdtemp(prefix="podman-", dir="/var/tmp"))
    command = ["podman", "--root", str(folder / "store"), "--runroot", str(folder / "run"), "--runtime", "runc"]
    command += ["--cgroup-manager", "cgroupfs"]
    address = f"unix://{folder}/podman.sock"
    with (folder / "log").open("wb") as log:
        command_line = [*command, "system", "service", "--time=0", address]
        # not here: conmon leaves a file where it is started
        service = subprocess.Popen(command_line, cwd=folder, stdout=log, stderr=log)
    try:
        engine = _answering(address, folder / "log")
        _copy(hostile_image, folder, engine)
        yield engine
    finally:
        subprocess.run([*command, "rm", "--all", "--force", "--time", "0"], capture_output=True, timeout=60)
        subprocess.run([*command, "rmi", "--all", "--force"], capture_output=True, timeout=60)
        service.terminate()
        service.wait(30)
        subprocess.run(["umount", str(folder / "store" / "overlay")], capture_output=True, timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _answering(address: str, log: Path) -> Engine:
    end = time.monotonic() + 30
    while not _listens(address.removeprefix("unix://")):
        assert time.monotonic() < end, f"podman does not answer: {log.read_text()}"
        time.sleep(0.1)
    return connect(address)


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def _copy(image: str, folder: Path, engine: Engine) -> None:
    archive = folder / "image.tar"
    subprocess.run(["docker", "save", image, "-o", str(archive)], check=True, timeout=120)
    with archive.open("rb") as file:
        engine.load_image(iter(lambda: file.read(2**20), b""))
    archive.unlink()
