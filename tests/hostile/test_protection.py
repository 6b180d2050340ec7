"""What a real container is given, prepared as an evaluation prepares it: system calls, user, sealed input."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.hostile.fixtures import build
from tests.hostile.ground import CASES, LIMITS, NEEDS, Ran, run_request

from nccid_eval import partition, sandbox
from nccid_eval.engine import Engine
from nccid_eval.records import CaseTable, Outcome, RunRequest
from nccid_eval.sandbox.place import base_folder, mounted_below

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="THE PROBE KNOWS X86-64'S SYSTEM CALLS ALONE"),
    pytest.mark.skipif(os.geteuid() != 0, reason="ONLY ROOT MAY MOUNT, so no sealed input was tested"),
]
TAG = "nccid-eval-test:probe"
TORCH = "nccid-eval-reference-densenet:build"
_NAMES = """
io_uring_setup io_uring_enter keyctl add_key request_key ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp
userfaultfd memfd_secret bpf perf_event_open setns unshare mount umount2 pivot_root chroot open_tree move_mount fsopen
mount_setattr open_by_handle_at fanotify_init quotactl kexec_load init_module reboot syslog modify_ldt vmsplice
clone_newuser AF_PACKET AF_ALG AF_VSOCK AF_TIPC netlink_audit
"""
REFUSED = _NAMES.split()


def image_of(engine: Engine, name: str) -> str:
    report = engine.image_configuration(name)
    assert report is not None
    return str(report["Id"])


@pytest.fixture(scope="module")
def probe_image(base_image: str, docker_engine: Engine) -> Iterator[str]:
    build(Path(__file__).parent / "probe", TAG, base_image)
    yield image_of(docker_engine, TAG)
    subprocess.run(["docker", "rmi", "--force", TAG], check=False, capture_output=True)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, probe_image: str) -> RunRequest:
    """A request for the probe, with a file a case and this host's profile."""
    folder = tmp_path_factory.mktemp("protection")
    needs = dataclasses.replace(NEEDS, memory_gib=0.5)
    request = run_request(folder, "none", image_id=probe_image, run_id="protection", needs=needs)
    for case in CASES:
        (request.input_dir / case).mkdir()
        (request.input_dir / case / "0000.dcm").write_bytes(case.encode() * 1000)
    return dataclasses.replace(request, seccomp=sandbox.load_profile())


@pytest.fixture(scope="module")
def found(asked: RunRequest, docker_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    said: list[str] = []
    with sandbox.prepared(asked, docker_engine, said.append) as ready:
        done = Ran(ready, docker_engine, tmp_path_factory.mktemp("protection") / "journal.log")
    assert said == []
    assert done.outcomes == dict.fromkeys(CASES, Outcome.OK)
    table: dict[str, Any] = json.loads(done.log.splitlines()[0])
    return table


@pytest.mark.parametrize("name", REFUSED)
def test_a_dangerous_call_is_refused(found: dict[str, Any], name: str) -> None:
    assert found[name] == "EPERM"


@pytest.mark.parametrize("name", ["clone3", "not_a_call"])
def test_a_call_that_libraries_fall_back_from_does_not_exist(found: dict[str, Any], name: str) -> None:
    assert found[name] == "ENOSYS"


@pytest.mark.parametrize("family", ["UNIX", "INET", "INET6", "NETLINK"])
def test_an_ordinary_socket_is_opened(found: dict[str, Any], family: str) -> None:
    assert found[f"AF_{family}"] == "done"


@pytest.mark.parametrize("architecture", ["i386", "x32"])
def test_a_call_of_another_architecture_ends_the_process(found: dict[str, Any], architecture: str) -> None:
    assert found[architecture] == signal.SIGSYS


def test_what_models_do_goes_on_working(found: dict[str, Any]) -> None:
    assert found["threads"] == list(range(8))
    assert found["spawn"] == found["fork"] == [1, 2, 3]
    assert (found["asyncio"], found["interfaces"], found["memfd"]) == ("here", ["lo"], True)


def test_its_user_has_a_name_and_a_home(found: dict[str, Any]) -> None:
    assert found["user"] == {"name": "model", "home": "/tmp", "getuser": "model", "tilde": "/tmp"}


def test_its_input_tells_no_time_and_no_path(found: dict[str, Any], asked: RunRequest) -> None:
    assert found["input"]["times"] == [0.0]
    assert set(found["input"]["files"]) >= {"/input/cases.json", "/input/a/0000.dcm"}
    mounts = [line.split(" ") for line in found["mounts"].splitlines()]
    by_point = {row[4]: row for row in mounts}
    assert by_point["/input"][3] == "/"
    assert by_point["/etc/passwd"][3] == "/passwd"
    assert "ro" in by_point["/input"][5].split(",")
    assert "ro" in by_point["/etc/passwd"][5].split(",")
    for part in (*asked.input_dir.parts[1:], str(os.getpid())):
        assert part not in " ".join(row[3] for row in mounts if row[4] in ("/input", "/etc/passwd")).split("/")
    assert str(asked.input_dir.parent) not in found["mounts"] + "".join(found["loops"])
    assert found["loops"]


def test_nothing_is_mounted_afterwards(found: dict[str, Any], docker_engine: Engine) -> None:
    ours = f"-{os.getpid()}-"
    assert not [point for point in mounted_below(base_folder()) if ours in str(point)]
    assert not [path for path in Path("/sys/block").glob("loop*/loop/backing_file") if ours in path.read_text()]
    left = docker_engine.find("org.nccid-eval.owner")
    assert not [one for one in left if one.labels["org.nccid-eval.run"] == "protection"]


def test_torch_runs_under_it(built: Path, docker_engine: Engine, tmp_path: Path) -> None:
    """The reference model: torch, its threads, a forward pass of a DenseNet."""
    if docker_engine.image_configuration(TORCH) is None:
        pytest.skip(f"THE IMAGE {TORCH} IS MISSING (make demo), so torch was not tried in the sandbox")
    unseen = partition.load(built)
    request = RunRequest(
        run_id="torch",
        image_id=image_of(docker_engine, TORCH),
        input_dir=built / "cases",
        cases=CaseTable(case=unseen.cases.case[:2], files=unseen.cases.files[:2]),
        needs=dataclasses.replace(NEEDS, memory_gib=2, shm_mib=256, tmp_mib=256),
        limits=dataclasses.replace(LIMITS, ready_s=200.0, case_s=30.0, run_s=600.0),
        gpu="",
        seed=1,
        seccomp=sandbox.load_profile(),
    )
    with sandbox.prepared(request, docker_engine, lambda text: None) as ready:
        assert ready.sealed
        done = Ran(ready, docker_engine, tmp_path / "journal.log")
    assert list(done.outcomes.values()) == [Outcome.OK, Outcome.OK]
