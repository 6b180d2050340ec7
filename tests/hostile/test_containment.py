"""What a container on the real engine can reach: nothing but its input and its own small scratch."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.hostile.ground import CASES, Ran, run_request

from nccid_eval.engine import Engine
from nccid_eval.records import Outcome

pytestmark = pytest.mark.engine
REFUSED = ("PermissionError", "OSError")


@pytest.fixture(scope="module")
def found(docker_engine: Engine, hostile_image: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What one container found when it tried everything; it answered honestly afterwards."""
    folder = tmp_path_factory.mktemp("containment")
    request = run_request(folder, "tries", image_id=hostile_image, run_id="containment")
    done = Ran(request, docker_engine, folder / "journal.log")
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


def test_no_raw_socket_is_opened(found: dict[str, str]) -> None:
    assert found["raw"] == "PermissionError: 1"


@pytest.mark.parametrize("where", ["root", "input", "proc"])
def test_nothing_is_written_outside_the_scratch(found: dict[str, str], where: str) -> None:
    assert found[where] in ("OSError: 30", "PermissionError: 13")  # EROFS, EACCES


@pytest.mark.parametrize("act", ["device", "mount", "chroot", "setuid", "sethostname"])
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


def test_nothing_runs_from_the_scratch(found: dict[str, str]) -> None:
    assert found["exec_tmp"] == "PermissionError: 13"


def test_its_limits_and_its_name_are_those_of_the_policy(found: dict[str, str]) -> None:
    assert found["core"] == "(0, 0)"
    assert found["open_files"] == "(4096, 4096)"
    assert found["hostname"] == "'sandbox'"


def test_it_sees_neither_the_engine_nor_other_processes(found: dict[str, str]) -> None:
    assert found["docker"] == "False"
    assert int(found["processes"]) <= 3
