"""Sealing: the same bytes for the same cases, nothing of the host in them, made once, never half."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nccid_eval.errors import SandboxError
from nccid_eval.sandbox.place import base_folder, mounted_below
from nccid_eval.sandbox.sealed import LOCK, NAME, cannot_seal, seal, sealed_input

pytestmark = pytest.mark.skipif(bool(cannot_seal()), reason=f"NOTHING CAN BE SEALED HERE: {cannot_seal()}")


def cases_in(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / "cases" / name).mkdir(parents=True)
        (folder / "cases" / name / "0000.dcm").write_bytes(name.encode() * 500)
    return folder / "cases"


def nothing_is_mounted() -> bool:
    mine = f"-{os.getpid()}-"
    return not [point for point in mounted_below(base_folder()) if mine in str(point)]


def test_the_same_cases_are_the_same_bytes_whenever_and_wherever(tmp_path: Path) -> None:
    one, two = cases_in(tmp_path / "one", "k1", "k2"), cases_in(tmp_path / "two", "k2", "k1")
    os.utime(two / "k1" / "0000.dcm", (1e9, 1e9))
    two.chmod(0o700)
    assert seal(one, tmp_path / "sealed-one") == seal(two, tmp_path / "sealed-two")
    content = (tmp_path / "sealed-one" / NAME).read_bytes()
    assert hashlib.sha256(content).hexdigest() == seal(one, tmp_path / "sealed-one")
    assert (tmp_path / "sealed-one" / NAME).stat().st_mode & 0o777 == 0o600


def test_another_case_is_another_seal(tmp_path: Path) -> None:
    one, two = cases_in(tmp_path / "one", "k1", "k2"), cases_in(tmp_path / "two", "k1", "k3")
    assert seal(one, tmp_path / "sealed-one") != seal(two, tmp_path / "sealed-two")


def test_it_is_made_once(tmp_path: Path) -> None:
    cases, store = cases_in(tmp_path, "k1"), tmp_path / "sealed"
    seal(cases, store)
    before = (store / NAME).stat().st_mtime_ns
    seal(cases, store)
    assert (store / NAME).stat().st_mtime_ns == before
    assert sorted(one.name for one in store.iterdir()) == [LOCK, NAME, f"{NAME}.sha256"]


@pytest.mark.parametrize("lost", [NAME, f"{NAME}.sha256"])
def test_what_is_missing_is_made_again(tmp_path: Path, lost: str) -> None:
    cases, store = cases_in(tmp_path, "k1"), tmp_path / "sealed"
    digest = seal(cases, store)
    (store / lost).unlink()
    assert seal(cases, store) == digest
    assert (store / lost).exists()


def test_mounted_it_holds_the_cases_an_empty_list_and_no_time(tmp_path: Path) -> None:
    said: list[str] = []
    with sealed_input(cases_in(tmp_path, "k1", "k2"), tmp_path / "sealed", said.append) as given:
        found = {path.relative_to(given.folder).as_posix(): path.lstat() for path in given.folder.rglob("*")}
        content = (given.folder / "k1" / "0000.dcm").read_bytes()
        assert (given.folder / "cases.json").read_bytes() == b""
        with pytest.raises(OSError, match="Read-only file system"):
            (given.folder / "new").write_text("x")
        assert str(tmp_path) not in str(given.folder)
        backing = [path.read_text() for path in Path("/sys/block").glob("loop*/loop/backing_file")]
        assert str(given.folder.parent / "sealed") in [text.strip() for text in backing]
        assert str(tmp_path) not in "".join(backing)
    assert set(found) == {"cases.json", "k1", "k1/0000.dcm", "k2", "k2/0000.dcm"}
    assert {status.st_mtime for status in found.values()} == {0.0}
    assert {(status.st_uid, status.st_gid) for status in found.values()} == {(0, 0)}
    assert content == b"k1" * 500
    assert said == []
    assert nothing_is_mounted()


def test_it_is_mounted_afresh_for_each_run(tmp_path: Path) -> None:
    cases, store = cases_in(tmp_path, "k1"), tmp_path / "sealed"
    with sealed_input(cases, store, print) as one, sealed_input(cases, store, print) as two:
        assert one.folder != two.folder
        assert one.sha256 == two.sha256
        assert one.folder.stat().st_dev != two.folder.stat().st_dev
    assert nothing_is_mounted()


def test_an_error_in_the_run_leaves_nothing_mounted(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="in the run"), sealed_input(cases_in(tmp_path, "k1"), tmp_path, print):
        raise SandboxError("in the run")
    assert nothing_is_mounted()


def test_what_cannot_be_sealed_is_bound_as_it_is_and_said(tmp_path: Path) -> None:
    cases, said = cases_in(tmp_path, "k1"), []
    with sealed_input(cases, tmp_path / "absent" / "sealed", said.append) as given:
        assert (given.folder, given.sha256) == (cases, "")
    assert len(said) == 1
    assert "not sealed" in said[0]
    assert nothing_is_mounted()


def test_a_damaged_image_is_not_mounted(tmp_path: Path) -> None:
    cases, store, said = cases_in(tmp_path, "k1"), tmp_path / "sealed", []
    seal(cases, store)
    (store / NAME).write_bytes(b"\0" * 8192)
    with sealed_input(cases, store, said.append) as given:
        assert given.sha256 == ""
    assert "cannot mount" in said[0]


def test_cases_that_are_gone_leave_no_half_made_image(tmp_path: Path) -> None:
    shutil.rmtree(cases_in(tmp_path, "k1"))
    with pytest.raises(SandboxError, match="mksquashfs"):
        seal(tmp_path / "cases", tmp_path / "sealed")
    assert [one.name for one in (tmp_path / "sealed").iterdir()] == [LOCK]


@pytest.mark.parametrize("there", [False, True])
def test_the_copy_that_a_killed_one_left_is_removed(tmp_path: Path, there: bool) -> None:
    cases, store = cases_in(tmp_path, "k1"), tmp_path / "sealed"
    if there:
        seal(cases, store)
    store.mkdir(exist_ok=True)
    left = [store / f".{NAME}.4242.building", store / f".{NAME}.building", store / f".{NAME}.sha256.building"]
    for one in left:
        one.write_bytes(b"half a partition")
    digest = seal(cases, store)
    assert not [one for one in left if one.exists()]
    assert hashlib.sha256((store / NAME).read_bytes()).hexdigest() == digest


def test_what_outlives_a_killed_harness_is_left_alone_until_it_ends(tmp_path: Path) -> None:
    """A mksquashfs of our own, which says that it has begun and waits to be let go."""
    cases, store = cases_in(tmp_path, "k1"), tmp_path / "sealed"
    began, go = tmp_path / "began", tmp_path / "go"
    os.mkfifo(began)
    os.mkfifo(go)
    slow = tmp_path / "bin" / "mksquashfs"
    slow.parent.mkdir()
    slow.write_text(f'#!/bin/sh\necho half > "$2"\necho > {began}\ncat {go}\n')
    slow.chmod(0o755)
    program = (
        "import pathlib, sys; from nccid_eval.sandbox.sealed import seal; seal(*map(pathlib.Path, sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, str(cases), str(store)]
    path = f"{slow.parent}:{os.environ['PATH']}"
    with subprocess.Popen(command, env={**os.environ, "PATH": path}) as harness:
        began.read_text()
        harness.kill()
    with (store / LOCK).open() as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    go.write_text("on\n")
    digest = seal(cases, store)
    assert hashlib.sha256((store / NAME).read_bytes()).hexdigest() == digest
    assert sorted(one.name for one in store.iterdir()) == [LOCK, NAME, f"{NAME}.sha256"]
