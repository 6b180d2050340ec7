"""The journal on a disk that is really full or really read-only, and bytes that nobody of ours wrote. Root mounts."""

from __future__ import annotations

import errno
import os
import subprocess
import zlib
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nccid_eval.errors import JournalError, StorageError
from nccid_eval.journal import Answered, Attempted, Journal, RunClosed, RunOpened, decode, encode, read
from nccid_eval.records import CaseResult, Outcome

ENTRY = Attempted(cases=tuple(f"case{at}" for at in range(20)))
OPENED = RunOpened(run_id="r", identity="i", started="2021-05-28T09:30:00")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """32 KiB, all its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32k,mode=0755", "none", str(disk)], check=False
    ).returncode:
        pytest.skip("NOTHING CAN BE MOUNTED (no root), so nothing was tried on a disk that is really full")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True)


def fill(journal: Journal) -> int:
    """Entries that went in before the disk was full."""
    for number in range(1000):
        try:
            journal.append([ENTRY])
        except StorageError:
            return number
    raise AssertionError("the disk is not small")


def test_a_full_disk_costs_no_entry_and_takes_more_once_there_is_room(small_disk: Path) -> None:
    path = small_disk / "journal.log"
    with Journal(path) as journal:
        written = fill(journal)
        assert path.stat().st_size == written * len(encode(ENTRY))  # the torn end was taken back
        with pytest.raises(StorageError, match="No space left"):
            journal.append([ENTRY])
        remount(small_disk, "size=1m")
        journal.append([OPENED])
    assert read(path) == (*[ENTRY] * written, OPENED)


def test_a_journal_that_cannot_be_made_for_lack_of_space_is_the_disks_fault(small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(b"x" * 2**15)
    with Journal(small_disk / "journal.log") as journal, pytest.raises(StorageError, match="free space"):
        journal.append([OPENED])
    assert read(small_disk / "journal.log") == ()


def test_a_disk_that_turns_read_only_stops_the_run_and_keeps_what_is_there(small_disk: Path) -> None:
    path = small_disk / "journal.log"
    with Journal(path) as journal:
        journal.append([OPENED])
    remount(small_disk, "ro")
    assert read(path) == (OPENED,)
    with pytest.raises(StorageError, match="Read-only"):
        Journal(path)
    remount(small_disk, "rw")
    with Journal(path) as journal:
        journal.append([ENTRY])
    assert read(path) == (OPENED, ENTRY)


RESULT = CaseResult(case="a", outcome=Outcome.OK, score=0.5, error="", latency_s=0.1)
TOGETHER = (Answered(latency_s=0.1, results=(RESULT,)), Attempted(cases=("b",)))


def test_an_append_of_two_lines_is_cut_after_either(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    first, second = map(encode, TOGETHER)
    for cut in range(len(first + second) + 1):
        path.write_bytes((first + second)[:cut])
        assert read(path) == TOGETHER[: (cut >= len(first)) + (cut >= len(first + second))]


@given(st.lists(st.binary(max_size=80) | st.sampled_from([encode(OPENED), encode(ENTRY), b"\n"]), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_in_the_file_it_is_a_prefix_or_damage(tmp_path: Path, pieces: list[bytes]) -> None:
    path = tmp_path / "journal.log"
    path.write_bytes(b"".join(pieces))
    with suppress(JournalError):
        entries = read(path)
        assert path.read_bytes().startswith(b"".join(map(encode, entries)))
        with Journal(path) as journal:
            assert journal.entries == entries
            journal.append([RunClosed(finished="")])
        assert read(path) == (*entries, RunClosed(finished=""))


@pytest.mark.parametrize(
    "body",
    [b"[]", b"1", b"", b"{", b"\xff", b'{"kind":[]}', b'{"kind":null}', b"[" * 100_000, b'{"kind":"Attempted"}'],
    ids=lambda body: repr(body[:20]),
)
def test_a_line_with_a_right_checksum_and_a_wrong_content_is_an_error(body: bytes) -> None:
    with pytest.raises(JournalError):
        decode(b"%08x %s" % (zlib.crc32(body), body))


class BrokenFlusher:
    """A disk that took the bytes and then could not keep them."""

    def submit(self, flush: object, file: int) -> Future[None]:
        lost: Future[None] = Future()
        lost.set_exception(OSError(errno.EIO, os.strerror(errno.EIO)))
        return lost

    def shutdown(self) -> None: ...


class OnABrokenDisk(Journal):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._flusher = BrokenFlusher()  # type: ignore[assignment]


def test_a_flush_that_failed_meanwhile_stops_the_next_write_and_takes_back_what_is_not_safe(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    with OnABrokenDisk(path) as journal:
        journal.append([OPENED])
        journal.append([ENTRY], wait=False)
        with pytest.raises(StorageError, match="Input/output error"):
            journal.append([RunClosed(finished="")])
        assert read(path) == (OPENED,)
        journal.append([ENTRY])  # what failed was told once
    assert read(path) == (OPENED, ENTRY)


def test_a_flush_that_failed_last_is_told_on_closing(tmp_path: Path) -> None:
    journal = OnABrokenDisk(tmp_path / "journal.log")
    journal.append([ENTRY], wait=False)
    with pytest.raises(StorageError, match="Input/output error"):
        journal.close()
    with Journal(tmp_path / "journal.log") as again:  # neither the lock nor the entry is left
        assert again.entries == ()


def test_what_was_written_ahead_is_there_for_every_reader_at_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    with Journal(path) as journal:
        for number in range(50):
            journal.append([Attempted(cases=(str(number),))], wait=False)
            assert len(read(path)) == number + 1
    assert read(path) == tuple(Attempted(cases=(str(number),)) for number in range(50))
