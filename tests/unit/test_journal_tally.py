"""How far a journal is, read while it is written: torn tails, damage, going on from what was read before."""

from __future__ import annotations

from pathlib import Path

import pytest

from nccid_eval.errors import JournalError
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
    encode,
    tally,
)
from nccid_eval.records import CaseResult, Outcome


def result(case: str, outcome: Outcome = Outcome.OK) -> CaseResult:
    score = 0.5 if outcome is Outcome.OK else None
    error = 'said "outcome":"ok"' if outcome is Outcome.DECLINED else ""
    return CaseResult(case=case, outcome=outcome, score=score, error=error, latency_s=1.0)


ENTRIES: tuple[Entry, ...] = (
    RunOpened(run_id="run", identity="id", started="2026-03-01T09:00:00+00:00"),
    ContainerReady(ready_s=30.0, max_batch=2),
    Attempted(cases=("a", "b")),
    Answered(latency_s=2.0, results=(result("a"), result("b", Outcome.DECLINED))),
    Attempted(cases=("c",)),
    Failed(cases=("c",), outcome=Outcome.TIMEOUT, reason="no answer in time"),
    ContainerEnded(reason="killed", exit_code=137, memory_peak_mib=None, outcome=Outcome.TIMEOUT, spent_s=5.0),
    ContainerReady(ready_s=3.0, max_batch=2),
    Attempted(cases=("c",)),
    Answered(latency_s=0.5, results=(result("c", Outcome.TIMEOUT),)),
    RunClosed(finished="2026-03-01T09:01:00+00:00"),
)
DATA = b"".join(encode(entry) for entry in ENTRIES)


def test_counts_answers_failures_and_the_time_that_the_journal_tells(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(DATA)
    told = tally(tmp_path / "j")
    assert (told.answered, told.failed, told.closed) == (3, 2, True)
    assert told.spent_s == 2.0 + 5.0 + 3.0 + 0.5  # a first getting ready is left out
    assert told.read == len(DATA)


def test_any_prefix_is_normal_and_gone_on_with(tmp_path: Path) -> None:
    whole, path = tally(_written(tmp_path, DATA)), tmp_path / "j"
    for end in range(0, len(DATA), 37):
        path.write_bytes(DATA[:end])
        torn = tally(path)
        assert torn.read <= end
        path.write_bytes(DATA)
        assert tally(path, torn) == whole


def _written(folder: Path, data: bytes) -> Path:
    path = folder / "j"
    path.write_bytes(data)
    return path


def test_a_torn_line_that_was_cut_off_since_is_read_again(tmp_path: Path) -> None:
    path = _written(tmp_path, DATA[:-40])
    torn = tally(path)
    with Journal(path) as journal:  # cuts the torn line off
        journal.append([Answered(latency_s=1.0, results=(result("d"),))])
    assert tally(path, torn).answered == torn.answered + 1


@pytest.mark.parametrize("line", [b"0badc0de {}\n", encode(ENTRIES[3]).replace(b"ok", b"no")])
def test_a_damaged_last_line_is_torn_and_one_before_others_is_an_error(tmp_path: Path, line: bytes) -> None:
    assert tally(_written(tmp_path, DATA + line)).answered == 3
    with pytest.raises(JournalError, match="damaged"):
        tally(_written(tmp_path, line + DATA))


def test_whole_lines_of_another_kind_are_an_error_that_says_so(tmp_path: Path) -> None:
    import zlib

    body = b'{"kind":"Answered","results":7}'
    with pytest.raises(JournalError, match="not as this version writes it"):
        tally(_written(tmp_path, b"%08x %s\n" % (zlib.crc32(body), body)))


def test_reading_holds_nobody_up_and_changes_nothing(tmp_path: Path) -> None:
    path = _written(tmp_path, DATA[:-40])
    with Journal(path) as journal:
        before = path.read_bytes()
        assert tally(path).answered == 3
        journal.append([ENTRIES[-1]])
        assert tally(path).closed
    assert path.read_bytes().startswith(before)
