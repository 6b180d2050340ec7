"""What a container on the real engine can reach: nothing but its input and its own small scratch."""

from __future__ import annotations

import ast
import dataclasses
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.hostile.ground import CASES, LIMITS, Ran, hardened, run_request
from tests.hostile.nothing_left import left_by

from nccid_eval.engine import Engine
from nccid_eval.records import Outcome
from nccid_eval.sandbox.policy import usable_cpus

pytestmark = pytest.mark.engine
SPIN_S = 2.0


@pytest.fixture(scope="module")
def found(docker_engine: Engine, hostile_image: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What one container found when it tried everything; it answered honestly afterwards."""
    folder = tmp_path_factory.mktemp("containment")
    request = run_request(folder, "tries", image_id=hostile_image, run_id="containment")
    with (
        socket.socket(socket.AF_UNIX) as listening,
        left_by(docker_engine, folder) as left,
        hardened(request, docker_engine) as ready,
    ):
        listening.bind("\0nccid-eval-test")  # this machine's, abstract: no file leads to it
        listening.listen()
        done = Ran(ready, docker_engine, folder / "journal.log")
    assert left() == {}
    assert done.outcomes == dict.fromkeys(CASES, Outcome.OK)
    table: dict[str, Any] = json.loads(done.log.splitlines()[0])
    return table


@pytest.mark.parametrize("way", ["tcp", "metadata", "udp"])
def test_the_network_is_unreachable(found: dict[str, str], way: str) -> None:
    assert found[way] == "OSError: 101"  # ENETUNREACH


def test_names_are_not_resolved(found: dict[str, str]) -> None:
    assert found["dns"].startswith("gaierror")


def test_its_loopback_is_its_own(found: dict[str, str]) -> None:
    assert found["interfaces"] == "['lo']"
    assert found["loopback"] == "'CONNECTED'"


def test_it_has_no_address_of_the_newer_kind_either(found: dict[str, str]) -> None:
    assert found["tcp6"] in ("OSError: 99", "OSError: 101")  # EADDRNOTAVAIL, ENETUNREACH


@pytest.mark.parametrize("kind", ["raw", "packet"])
def test_no_raw_socket_is_opened(found: dict[str, str], kind: str) -> None:
    assert found[kind] == "PermissionError: 1"


def test_an_abstract_socket_of_the_machine_is_not_there_for_it(found: dict[str, str]) -> None:
    assert found["abstract"] == "ConnectionRefusedError: 111"


@pytest.mark.parametrize("where", ["root", "input", "proc", "cgroup", "cgroup_event", "sysrq"])
def test_nothing_is_written_outside_the_scratch(found: dict[str, str], where: str) -> None:
    assert found[where] in ("OSError: 30", "PermissionError: 13", "FileNotFoundError: 2")  # EROFS, EACCES, ENOENT


def test_it_can_write_to_its_scratch_alone(found: dict[str, str]) -> None:
    """/dev/mqueue holds message queues, as small as the kernel allows a user, and ends with the container."""
    assert ast.literal_eval(found["writable"]) == ["/dev/mqueue", "/dev/shm", "/tmp"]


def test_it_has_no_device_that_leads_to_a_disk_or_to_memory(found: dict[str, str]) -> None:
    harmless = {"full", "null", "pts/ptmx", "random", "tty", "urandom", "zero"}
    assert set(ast.literal_eval(found["devices"])) == {f"/dev/{name}" for name in harmless}
    assert found["memory_device"] == found["disk"] == "FileNotFoundError: 2"


def test_the_kernels_memory_and_the_machines_firmware_are_masked(found: dict[str, str]) -> None:
    assert found["kcore"] in ("0", "FileNotFoundError: 2", "PermissionError: 13")
    assert found["firmware"] in ("[]", "FileNotFoundError: 2")


def test_its_environment_is_ours_and_the_images(found: dict[str, str]) -> None:
    ours = {"HOME", "TMPDIR", "USER", "LOGNAME", "OMP_NUM_THREADS", "GOMP_SPINCOUNT", "PYTHONUNBUFFERED"}
    theirs = {"HF_HUB_OFFLINE", "LD_PRELOAD", "NVIDIA_VISIBLE_DEVICES", "PATH", "HOSTNAME", "LC_CTYPE"}
    assert set(ast.literal_eval(found["environment"])) == ours | theirs


def test_it_runs_on_its_own_processors_alone(found: dict[str, str], docker_engine: Engine) -> None:
    cpus = usable_cpus(docker_engine.cpus(), LIMITS.cpus)
    assert ast.literal_eval(found["all_processors"]) == list(range(cpus))


def test_it_raises_no_limit_of_its_own(found: dict[str, str]) -> None:
    assert found["more_files"] == "ValueError: not allowed to raise maximum limit"


@pytest.mark.parametrize(
    "act", ["device", "mount", "chroot", "setuid", "sethostname", "kernel_log", "clock", "nice", "realtime"]
)
def test_what_needs_a_privilege_is_refused(found: dict[str, str], act: str) -> None:
    assert found[act] == "PermissionError: 1"


def test_it_has_no_capability_and_cannot_gain_one(found: dict[str, str]) -> None:
    status = found["capabilities"]
    for line in ("CapPrm", "CapEff", "CapBnd", "CapAmb", "CapInh"):
        assert f"{line}:\\t0000000000000000" in status
    assert "NoNewPrivs:\\t1" in status
    assert "Seccomp:\\t2" in status


def test_it_is_not_root_and_a_setuid_file_does_not_make_it_so(found: dict[str, str]) -> None:
    assert int(found["uid"]) >= 200_000
    assert f"uid={found['uid']}" in found["setuid_file"]
    assert "euid=0" not in found["setuid_file"]


@pytest.mark.parametrize("where", ["tmp", "shm"])
def test_its_scratch_is_as_small_as_declared(found: dict[str, str], where: str) -> None:
    assert found[where] in ("'stopped after 8 MiB by errno 28'", "'stopped after 7 MiB by errno 28'")


def test_a_file_has_a_largest_size(found: dict[str, str]) -> None:
    assert found["sparse"] == "OSError: 27"  # EFBIG


@pytest.mark.parametrize("where", ["exec_tmp", "exec_shm"])
def test_nothing_runs_from_the_scratch(found: dict[str, str], where: str) -> None:
    assert found[where] == "PermissionError: 13"


def test_its_limits_and_its_name_are_those_of_the_policy(found: dict[str, str]) -> None:
    assert found["core"] == "(0, 0)"
    assert found["open_files"] == "(4096, 4096)"
    assert found["hostname"] == "'sandbox'"


def test_it_sees_neither_the_engine_nor_other_processes(found: dict[str, str]) -> None:
    assert found["docker"] == "False"
    assert int(found["processes"]) <= 3


def test_four_busy_processes_get_the_one_processor_that_they_are_given(
    docker_engine: Engine, hostile_image: str, tmp_path: Path
) -> None:
    request = run_request(
        tmp_path,
        "spins",
        image_id=hostile_image,
        cases=("a",),
        run_id=tmp_path.name,
        limits=dataclasses.replace(LIMITS, cpus=1),
    )
    with hardened(request, docker_engine) as ready:
        done = Ran(ready, docker_engine, tmp_path / "journal.log")
    assert done.outcomes == {"a": Outcome.OK}
    assert 0 < float(done.log.split()[0]) <= SPIN_S * 1.2
