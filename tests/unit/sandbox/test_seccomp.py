"""The tightened profile, as data; what a container can then do is tried in tests/hostile/test_protection.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nccid_eval.errors import PolicyNotApplied
from nccid_eval.sandbox.seccomp import PLACES, REFUSED, derive, digest, load_profile

HOSTS = {
    "defaultAction": "SCMP_ACT_ERRNO",
    "defaultErrnoRet": 38,
    "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}],
    "syscalls": [
        {"names": ["write", "read", "clone", "clone3", "keyctl", "mount"], "action": "SCMP_ACT_ALLOW", "args": []},
        {"names": ["close"], "action": "SCMP_ACT_ALLOW", "args": None, "includes": {}, "excludes": {}},
        {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]},
        {"names": ["swapon"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
        {
            "names": ["personality"],
            "action": "SCMP_ACT_ALLOW",
            "args": [{"index": 0, "value": 8, "op": "EQ"}],
        },
        {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64"]}},
        {"names": ["bpf", "setdomainname"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["lchown32"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
    ],
}


def tightened(profile: Any = HOSTS) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(derive(json.dumps(profile)))
    return made


def allowing(profile: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [rule for rule in profile["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW" and name in rule["names"]]


def refusing(profile: dict[str, Any], name: str) -> list[int]:
    return [rule["errnoRet"] for rule in profile["syscalls"] if "errnoRet" in rule and name in rule["names"]]


@pytest.fixture(params=["written", "this host's"])
def profile(request: pytest.FixtureRequest) -> dict[str, Any]:
    if request.param == "written":
        return tightened()
    there = [place for place in PLACES if place.is_file()]
    if not there:
        pytest.skip("THIS HOST HAS NO SECCOMP PROFILE, so its own was not tightened")
    return tightened(json.loads(there[0].read_text()))


def test_what_is_ordinary_stays_allowed(profile: dict[str, Any]) -> None:
    for name in ("read", "write", "close"):
        assert [rule["args"] for rule in allowing(profile, name)] == [[]]


def test_what_is_not_named_does_not_exist(profile: dict[str, Any]) -> None:
    assert (profile["defaultAction"], profile["defaultErrnoRet"]) == ("SCMP_ACT_ERRNO", 38)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_dangerous_is_refused_and_nowhere_allowed(profile: dict[str, Any], name: str) -> None:
    assert allowing(profile, name) == []
    assert refusing(profile, name) == [1]


def test_glibc_is_told_to_fall_back_to_clone_without_namespaces(profile: dict[str, Any]) -> None:
    assert allowing(profile, "clone3") == []
    assert refusing(profile, "clone3") == [38]
    (rule,) = allowing(profile, "clone")
    (condition,) = rule["args"]
    assert (condition["op"], condition["valueTwo"]) == ("SCMP_CMP_MASKED_EQ", 0)
    for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert condition["value"] & flag
    assert not condition["value"] & 0x00010F00  # CLONE_VM, FS, FILES, SIGHAND, THREAD: what threads are made with


def test_only_four_families_of_sockets_are_left(profile: dict[str, Any]) -> None:
    rules = [[(one["index"], one["value"]) for one in rule["args"]] for rule in allowing(profile, "socket")]
    assert rules == [[(0, 1)], [(0, 2)], [(0, 10)], [(0, 16), (2, 0)]]
    assert all(one["op"] == "SCMP_CMP_EQ" for rule in allowing(profile, "socket") for one in rule["args"])
    assert allowing(profile, "socketcall") == []


def test_other_architectures_are_dropped(profile: dict[str, Any]) -> None:
    assert {one["architecture"]: one["subArchitectures"] for one in profile["archMap"]} == {
        "SCMP_ARCH_X86_64": [],
        "SCMP_ARCH_AARCH64": [],
    }


def test_no_rule_waits_for_a_capability(profile: dict[str, Any]) -> None:
    assert {key for rule in profile["syscalls"] for key in rule["includes"]} <= {"arches"}
    assert not any("excludes" in rule for rule in profile["syscalls"])
    assert allowing(profile, "setdomainname") == []


def test_what_holds_without_a_capability_and_conditions_are_kept() -> None:
    made = tightened()
    assert allowing(made, "lchown32")
    assert [rule["args"][0]["value"] for rule in allowing(made, "personality")] == [8]
    assert [rule["includes"] for rule in allowing(made, "arch_prctl")] == [{"arches": ["amd64"]}]


def test_the_same_rules_in_another_order_are_the_same_text() -> None:
    other = {**HOSTS, "syscalls": HOSTS["syscalls"][::-1]}  # type: ignore[index]
    assert derive(json.dumps(other)) == derive(json.dumps(HOSTS))
    assert digest(derive(json.dumps(other))).startswith("sha256:")


def test_nothing_is_allowed_that_the_host_does_not_allow(profile: dict[str, Any]) -> None:
    fewer = tightened({**HOSTS, "syscalls": HOSTS["syscalls"][:1]})  # type: ignore[index]
    assert allowing(fewer, "close") == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"syscalls": [{}]}', '{"syscalls": []}', '{"syscalls": [1]}'])
def test_what_is_no_profile_is_no_policy(tmp_path: Path, text: str) -> None:
    path = tmp_path / "seccomp.json"
    path.write_text(text)
    with pytest.raises(PolicyNotApplied) as caught:
        load_profile([path])
    assert caught.value.where == str(path)
    assert "golang-github-containers-common" in caught.value.mend


def test_a_host_without_a_profile_is_told_the_package(tmp_path: Path) -> None:
    with pytest.raises(PolicyNotApplied) as caught:
        load_profile([tmp_path / "none.json"])
    assert "golang-github-containers-common" in caught.value.mend


def test_the_first_profile_that_is_there_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "seccomp.json"
    path.write_text(json.dumps(HOSTS))
    assert load_profile([tmp_path / "none.json", path]) == derive(json.dumps(HOSTS))
