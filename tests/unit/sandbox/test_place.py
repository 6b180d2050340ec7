"""Private places: mounted, cleared on every way out, and what a killed process left of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nccid_eval.errors import SandboxError
from nccid_eval.journal.owner import pid_namespace, start_time
from nccid_eval.sandbox.place import clear_abandoned, mount, mounted_below, private_place

ROOT_ALONE = pytest.mark.skipif(os.geteuid() != 0, reason="ONLY ROOT MAY MOUNT, so nothing was mounted")
TMPFS = ("size=1m", "nodev")
KILLED = """
import sys, time
from pathlib import Path
from nccid_eval.sandbox.place import mount, private_place
with private_place(Path(sys.argv[1])) as place:
    (place / "plain").mkdir()
    mount("tmpfs", "tmpfs", place / "outer", ("size=1m",))
    mount("tmpfs", "tmpfs", place / "outer" / "inner", ("size=1m",))
    (place / "outer" / "file").write_text("x")
    print("mounted", flush=True)
    time.sleep(60)
"""


def test_it_is_gone_afterwards_with_all_that_was_in_it(tmp_path: Path) -> None:
    with private_place(tmp_path / "base") as place:
        (place / "a").mkdir()
        (place / "a" / "file").write_text("x")
    assert list((tmp_path / "base").iterdir()) == []


def test_it_is_gone_after_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), private_place(tmp_path) as place:
        _ = 1 / len(list(place.iterdir()))
    assert list(tmp_path.iterdir()) == []


def test_its_name_tells_the_process_alone(tmp_path: Path) -> None:
    with private_place(tmp_path) as one, private_place(tmp_path) as two:
        assert one != two
        assert one.name.startswith(f"{pid_namespace()}-{os.getpid()}-")


@ROOT_ALONE
def test_what_is_mounted_in_it_is_unmounted(tmp_path: Path) -> None:
    with private_place(tmp_path) as place:
        mount("tmpfs", "tmpfs", place / "outer", TMPFS)
        mount("tmpfs", "tmpfs", place / "outer" / "inner", TMPFS)
        assert mounted_below(tmp_path) == [place / "outer", place / "outer" / "inner"]
    assert mounted_below(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@ROOT_ALONE
def test_one_that_is_in_use_is_unmounted_all_the_same(tmp_path: Path) -> None:
    with private_place(tmp_path) as place:
        mount("tmpfs", "tmpfs", place / "busy", TMPFS)
        held = (place / "busy" / "file").open("w")
    with held:
        assert mounted_below(tmp_path) == []
        assert list(tmp_path.iterdir()) == []


@ROOT_ALONE
def test_what_cannot_be_mounted_says_why(tmp_path: Path) -> None:
    with private_place(tmp_path) as place, pytest.raises(SandboxError, match=r"cannot mount: .+"):
        mount("squashfs", str(tmp_path / "absent"), place / "input", ("loop", "ro"))
    assert list(tmp_path.iterdir()) == []


@ROOT_ALONE
def test_what_a_killed_process_left_is_cleared_and_no_more(tmp_path: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert killed.stdout is not None
    with killed, private_place(tmp_path) as ours:
        assert killed.stdout.readline() == "mounted\n"
        assert clear_abandoned(tmp_path) == 0  # it lives
        assert len(mounted_below(tmp_path)) == 2
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert clear_abandoned(tmp_path) == 1
        assert mounted_below(tmp_path) == []
        assert list(tmp_path.iterdir()) == [ours]


@pytest.mark.parametrize(
    "name", ["1-{pid}-{start}-ab", "{ns}-{pid}-{start}-ab", "{ns}-abc-1-ab", "someone's", "a-b-c"], ids=str
)
def test_what_may_be_another_s_is_left_alone(tmp_path: Path, name: str) -> None:
    """Of another pid namespace, of a living process, of nobody who is known."""
    pid = os.getpid()
    (tmp_path / name.format(ns=pid_namespace(), pid=pid, start=start_time(pid))).mkdir()
    assert clear_abandoned(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 1


def test_a_process_that_ended_and_that_nobody_waited_for_owns_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as ended:
        (tmp_path / f"{pid_namespace()}-{ended.pid}-{start_time(ended.pid)}-ab").mkdir()
        assert clear_abandoned(tmp_path) == 0
        assert ended.stdin is not None
        ended.stdin.close()
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert clear_abandoned(tmp_path) == 1


def test_a_pid_that_was_given_again_is_not_its_owner(tmp_path: Path) -> None:
    (tmp_path / f"{pid_namespace()}-{os.getpid()}-1-ab").mkdir()
    assert clear_abandoned(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_base_there_is_nothing_to_clear(tmp_path: Path) -> None:
    assert clear_abandoned(tmp_path / "absent") == 0


def test_a_base_that_cannot_be_made_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SandboxError) as caught, private_place(tmp_path / "file" / "base"):
        raise AssertionError("a place was made below a file")
    assert caught.value.where == str(tmp_path / "file" / "base")
