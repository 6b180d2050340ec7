from __future__ import annotations

import os
import socket
import subprocess

import pytest

from nccid_eval.engine import Found
from nccid_eval.engine.process import ProcessEngine
from nccid_eval.errors import SandboxError
from nccid_eval.journal.owner import this_process
from nccid_eval.sandbox import reap
from nccid_eval.sandbox.policy import LABEL
from nccid_eval.sandbox.reaper import is_abandoned

HOST = this_process().partition(":")[0]
NOW = 1_700_000_000.0


def found(owner: str | None, deadline: str | None = "1800000000") -> Found:
    labels = {f"{LABEL}.owner": owner, f"{LABEL}.deadline": deadline}
    return Found(id="x", labels={name: value for name, value in labels.items() if value is not None})


def owner(*, host: str = "", pid: str = "", start: str = "") -> str:
    """Ours, with a part of it changed."""
    ours = this_process().split(":")
    return ":".join([host or ours[0], pid or ours[1], start or ours[2]])


def test_a_living_owner_is_spared() -> None:
    assert not is_abandoned(found(this_process()), NOW)
    assert str(os.getpid()) in this_process()


def test_an_owner_that_is_gone_is_not() -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    assert is_abandoned(found(owner(pid=str(child.pid))), NOW)


def test_a_later_process_under_the_same_number_is_not_the_owner() -> None:
    assert is_abandoned(found(owner(start="12")), NOW)


@pytest.mark.parametrize("deadline", ["1800000000", None, "soon", ""])
def test_another_hosts_container_is_left_alone(deadline: str | None) -> None:
    assert not is_abandoned(found(owner(host="elsewhere", pid="1", start="1"), deadline), NOW)


def test_a_deadline_that_has_passed_ends_it_whoever_owns_it() -> None:
    assert is_abandoned(found(owner(host="elsewhere"), "1600000000"), NOW)
    assert is_abandoned(found(this_process(), "1600000000"), NOW)


@pytest.mark.parametrize("text", [None, "", ":", "::", HOST, f"{HOST}:x:1", f"{socket.gethostname()}:1:1"])
def test_a_label_that_is_not_ours_is_left_alone(text: str | None) -> None:
    assert not is_abandoned(found(text), NOW)


class Left(ProcessEngine):
    """An engine with containers of others on it, one of which does not go."""

    def __init__(self, **owners: str) -> None:
        super().__init__({})
        self.there = {name: Found(id=name, labels={f"{LABEL}.owner": owner}) for name, owner in owners.items()}

    def find(self, label: str) -> tuple[Found, ...]:
        return tuple(self.there.values())

    def remove(self, container_id: str) -> None:
        if container_id == "stuck":
            raise SandboxError("the container engine failed: timed out")
        del self.there[container_id]


def test_one_that_does_not_go_keeps_neither_the_others_nor_a_run() -> None:
    gone = owner(start="12")
    engine = Left(a=gone, stuck=gone, b=gone, ours=this_process())
    assert reap(engine, NOW) == 2
    assert set(engine.there) == {"stuck", "ours"}
