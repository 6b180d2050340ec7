"""The journal: after any crash it holds a prefix of the truth, and no damage goes unseen."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import resource
import stat
import zlib
from pathlib import Path

import pytest

from nccid_eval.errors import JournalError, StorageError
from nccid_eval.journal import (
    Answered,
    Attempted,
    ContainerEnded,
    ContainerReady,
    Entry,
    Failed,
    Journal,
    RunClosed,
    RunOpened,
    SandboxApplied,
    decode,
    encode,
    read,
)
from nccid_eval.records import CaseResult, Outcome

RESULT = CaseResult(case="a", outcome=Outcome.OK, score=0.123457, error="", latency_s=0.1)
ENTRIES: tuple[Entry, ...] = (
    RunOpened(run_id="r", identity="i", started="2021-05-28T09:30:00+00:00"),
    SandboxApplied(engine="docker", options={"network": "none"}, versions={"kernel": "6"}),
    ContainerReady(ready_s=1.5, max_batch=2),
    Attempted(cases=("a", "b")),
    Answered(latency_s=0.2, results=(RESULT, dataclasses.replace(RESULT, case="b", outcome=Outcome.OOM, score=None))),
    Failed(cases=(), outcome=Outcome.INFRA, reason="ünï\n"),
    ContainerEnded(reason="left", exit_code=0, memory_peak_mib=None),
    ContainerEnded(reason="x", exit_code=None, memory_peak_mib=1.5, outcome=Outcome.TIMEOUT, spent_s=2.0),
    RunClosed(finished="2021-05-28T09:31:00+00:00"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.log"


def write(path: Path, entries: tuple[Entry, ...] = ENTRIES) -> bytes:
    with Journal(path) as journal:
        for entry in entries:
            journal.append([entry])
    return path.read_bytes()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda one: type(one).__name__)
def test_every_entry_comes_back_as_it_was(entry: Entry) -> None:
    line = encode(entry)
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert decode(line[:-1]) == entry


def test_what_was_appended_is_read_again(path: Path) -> None:
    write(path)
    assert read(path) == ENTRIES
    with Journal(path) as journal:
        assert journal.entries == ENTRIES
        journal.append(ENTRIES[:2])
    assert read(path) == ENTRIES + ENTRIES[:2]


def test_it_is_for_its_owner_alone(path: Path) -> None:
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_cut_leaves_a_prefix_that_takes_more(path: Path) -> None:
    whole = write(path)
    ends = [0]
    for entry in ENTRIES:
        ends.append(ends[-1] + len(encode(entry)))
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        kept = sum(end <= cut for end in ends) - 1
        assert read(path) == ENTRIES[:kept]
        with Journal(path) as journal:
            journal.append([ENTRIES[0]])
        assert read(path) == (*ENTRIES[:kept], ENTRIES[0])


def test_no_flipped_bit_is_taken_for_an_entry(path: Path) -> None:
    """In the last line it reads as torn; anywhere before it is damage, and nothing is thrown away."""
    whole = write(path)
    last = len(whole) - len(encode(ENTRIES[-1]))
    for place in range(0, len(whole), 3):
        for bit in (0, 3, 7):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
            damaged = path.read_bytes()
            if place >= last - 1:
                assert read(path) in (ENTRIES[:-1], ENTRIES[:-2])
                continue
            with pytest.raises(JournalError, match="damaged"):
                read(path)
            with pytest.raises(JournalError, match="damaged"):
                Journal(path)
            assert path.read_bytes() == damaged


@pytest.mark.parametrize("junk", [b"junk\n", b"\n", b"00000000 {}\n", b"\0" * 100 + b"\n"])
def test_foreign_lines_in_the_middle_are_damage(path: Path, junk: bytes) -> None:
    whole = write(path)
    place = len(encode(ENTRIES[0]))
    path.write_bytes(whole[:place] + junk + whole[place:])
    with pytest.raises(JournalError, match="line 2"):
        read(path)


@pytest.mark.parametrize("body", [b'{"kind":"Later"}', b"{}", b'{"kind":"RunClosed"}', b'{"kind":"RunClosed","x":1}'])
def test_a_whole_line_of_another_version_is_an_error_and_not_a_torn_one(path: Path, body: bytes) -> None:
    path.write_bytes(b"%08x %s\n" % (zlib.crc32(body), body))
    with pytest.raises(JournalError):
        read(path)


def test_two_writers_are_one_too_many(path: Path) -> None:
    with Journal(path) as journal:
        with pytest.raises(JournalError, match="another process"):
            Journal(path)
        journal.append(ENTRIES[:1])
    assert read(path) == ENTRIES[:1]
    with Journal(path) as journal:
        assert journal.entries == ENTRIES[:1]


def _fill(path: Path, limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    with Journal(path) as journal:
        try:
            for _ in range(100):
                journal.append(ENTRIES)
        except StorageError:
            os._exit(7)
    os._exit(0)


@pytest.mark.parametrize("limit", [1, 700, 1000, 3001])
def test_a_full_disk_stops_the_run_and_costs_no_entry(path: Path, limit: int) -> None:
    context = multiprocessing.get_context("fork")
    child = context.Process(target=_fill, args=(path, limit))
    child.start()
    child.join()
    assert child.exitcode == 7
    one = sum(len(encode(entry)) for entry in ENTRIES)
    assert path.stat().st_size == limit // one * one  # the torn end is taken back at once
    with Journal(path) as journal:
        journal.append([ENTRIES[0]])
    assert read(path) == ENTRIES * (limit // one) + ENTRIES[:1]


def test_a_journal_that_is_not_there_or_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no journal"):
        read(tmp_path / "absent")
    with pytest.raises(JournalError, match="no journal"):
        read(tmp_path)
    with pytest.raises(StorageError):
        Journal(tmp_path / "absent" / "journal.log")


def test_a_score_that_is_no_number_never_enters(path: Path) -> None:
    bad = Answered(latency_s=0.0, results=(dataclasses.replace(RESULT, score=float("nan")),))
    with Journal(path) as journal, pytest.raises(ValueError, match="not JSON compliant"):
        journal.append([bad])
    assert read(path) == ()
