from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from tests.hostile.ground import LIMITS, NEEDS, run_request

from nccid_eval.errors import EngineUnavailable, PolicyNotApplied
from nccid_eval.records import ContainerSpec, RunRequest
from nccid_eval.sandbox import choose_gpu
from nccid_eval.sandbox.policy import MIB, check_applied, container_spec, differences, options_in_words, usable_cpus


def spec(request: RunRequest, host_cpus: int = 8) -> ContainerSpec:
    return container_spec(request, host_cpus=host_cpus, owner="host:1:2", deadline=1700000000)


@pytest.fixture
def request_(tmp_path: Path) -> RunRequest:
    return run_request(tmp_path, "honest")


def test_what_lets_data_out_is_shut(request_: RunRequest) -> None:
    made = spec(request_)
    assert (made.network, made.read_only_root, made.capabilities) == ("none", True, ())
    assert (made.no_new_privileges, made.ipc, made.cgroup_namespace) == (True, "private", "private")
    assert (made.log_driver, made.stop_signal, made.gpu) == ("none", "SIGKILL", "")
    assert "noexec,nosuid,nodev" in made.tmp_options
    assert int(made.user.split(":")[0]) >= 200_000
    assert made.user.split(":")[0] == made.user.split(":")[1]


def test_memory_and_swap_are_one_limit(request_: RunRequest) -> None:
    made = spec(request_)
    assert made.memory_bytes == made.memory_swap_bytes == 128 * MIB
    assert made.file_size_bytes == 256 * MIB


def test_a_file_may_be_as_large_as_the_scratch(request_: RunRequest) -> None:
    needs = dataclasses.replace(NEEDS, tmp_mib=700, shm_mib=300)
    assert spec(dataclasses.replace(request_, needs=needs)).file_size_bytes == 700 * MIB


def test_only_jit_may_run_what_it_wrote(request_: RunRequest) -> None:
    jit = dataclasses.replace(request_, needs=dataclasses.replace(NEEDS, jit=True))
    assert "rw,exec,nosuid,nodev" in spec(jit).tmp_options


def test_two_runs_share_no_user(request_: RunRequest) -> None:
    assert spec(request_).user != spec(dataclasses.replace(request_, run_id="another")).user
    assert spec(request_).user == spec(request_).user


@pytest.mark.parametrize(
    ("host", "limit", "cpus", "cpuset"),
    [(1, 0, 1, "0"), (2, 0, 2, "0-1"), (3, 0, 2, "0-1"), (64, 0, 63, "0-62"), (64, 4, 4, "0-3"), (4, 8, 3, "0-2")],
)
def test_one_core_is_left_for_the_harness(
    request_: RunRequest, host: int, limit: int, cpus: int, cpuset: str
) -> None:
    assert usable_cpus(host, limit) == cpus
    made = spec(dataclasses.replace(request_, limits=dataclasses.replace(LIMITS, cpus=limit)), host)
    assert made.cpuset == cpuset
    assert dict(made.environment)["OMP_NUM_THREADS"] == str(cpus)
    assert made.pids == max(512, 16 * cpus)


def test_no_device_is_told_where_there_is_none(request_: RunRequest) -> None:
    assert dict(spec(request_).environment)["NVIDIA_VISIBLE_DEVICES"] == "void"
    assert dict(spec(dataclasses.replace(request_, gpu="2")).environment)["NVIDIA_VISIBLE_DEVICES"] == "2"


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(ContainerSpec)])
def test_each_field_that_differs_is_noticed(request_: RunRequest, name: str) -> None:
    asked = spec(request_)
    value = getattr(asked, name)
    changed: object = ()
    if isinstance(value, bool):
        changed = not value
    elif isinstance(value, int):
        changed = value + 1
    elif isinstance(value, str):
        changed = value + "x"
    elif name == "capabilities":
        changed = ("SYS_ADMIN",)
    applied = dataclasses.replace(asked, **{name: changed})  # type: ignore[arg-type]
    (said,) = differences(asked, applied)
    assert said.startswith(f"{name}: asked")
    with pytest.raises(PolicyNotApplied, match=name):
        check_applied(asked, applied)


def test_what_an_image_adds_is_no_difference_unless_it_is_ours(request_: RunRequest) -> None:
    asked = spec(request_)
    more = dataclasses.replace(
        asked, environment=(*asked.environment, ("HF_HOME", "/w")), labels=(("maintainer", "x"), *asked.labels)
    )
    assert differences(asked, more) == ()
    for ours in (("HOME", "/root"), ("HOME", "/tmp")):
        assert differences(asked, dataclasses.replace(asked, environment=(*asked.environment, ours))) != ()


def test_the_report_names_no_path_label_or_variable(request_: RunRequest, tmp_path: Path) -> None:
    words = options_in_words(spec(request_))
    assert words["network"] == "none"
    assert str(tmp_path) not in str(words)
    assert not {"labels", "environment", "image_id"} & set(words)


@pytest.mark.parametrize(
    ("wish", "need", "available", "device"),
    [
        ("auto", "none", ["0"], ""),
        ("auto", "optional", ["0", "1"], "0"),
        ("auto", "optional", [], ""),
        ("auto", "required", ["1"], "1"),
        ("1", "optional", ["0", "1"], "1"),
        ("1", "none", ["0", "1"], ""),
        ("none", "optional", ["0"], ""),
        ("none", "none", [], ""),
    ],
)
def test_a_gpu_is_chosen(wish: str, need: str, available: list[str], device: str) -> None:
    assert choose_gpu(wish, need, available) == device


@pytest.mark.parametrize(
    ("wish", "need", "available"),
    [("auto", "required", []), ("none", "required", ["0"]), ("3", "optional", ["0"]), ("0", "none", [])],
)
def test_a_gpu_that_is_not_there_is_said(wish: str, need: str, available: list[str]) -> None:
    with pytest.raises(EngineUnavailable):
        choose_gpu(wish, need, available)
