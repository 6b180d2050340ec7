"""Where runs stand, read from folders as a harness leaves them at any moment; nothing is changed by a look."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.listing.reports_folder import begin, finish, named, refuse, write

from nccid_eval import archive
from nccid_eval.archive import RunFolder
from nccid_eval.errors import JournalError
from nccid_eval.journal import Answered, Attempted, ContainerReady, Entry, Journal, RunClosed, RunOpened
from nccid_eval.listing import State, standings
from nccid_eval.listing.standing import is_held, standing
from nccid_eval.pipeline.holding import held
from nccid_eval.records import CaseResult, Outcome
from nccid_eval.records.stages import Stage

OPENED = RunOpened(run_id="run", identity="id", started="2026-03-01T09:00:00+00:00")
CLOSED = RunClosed(finished="2026-03-01T09:01:00+00:00")


def answered(*cases: str, outcome: Outcome = Outcome.OK) -> Answered:
    score = 0.5 if outcome is Outcome.OK else None
    results = [CaseResult(case=case, outcome=outcome, score=score, error="", latency_s=1.0) for case in cases]
    return Answered(latency_s=float(len(cases)), results=tuple(results))


BEGUN = (OPENED, ContainerReady(ready_s=9.0, max_batch=2), Attempted(cases=("c00000",)))
ONE_DONE: tuple[Entry, ...] = (*BEGUN, answered("c00000"))
ALL_DONE: tuple[Entry, ...] = (
    *ONE_DONE,
    answered("c00001", "c00002"),
    answered("c00003", outcome=Outcome.TIMEOUT),
    CLOSED,
)
STEPS = (  # what was written last, then: the state while a process holds the run, the stage, done, of how many
    ("", (), State.REHEARSING, Stage.CANARY, 0, 1),
    ("canary.log", BEGUN, State.ASKING_CANARY, Stage.CANARY, 0, 1),
    ("canary.log", (*ONE_DONE, CLOSED), State.REHEARSING, Stage.SYNTHETIC, 0, None),
    ("synthetic.log", ONE_DONE, State.ASKING_SYNTHETIC, Stage.SYNTHETIC, 1, None),
    ("synthetic.log", (*ONE_DONE, CLOSED), State.ASKING, Stage.CASES, 0, 4),
    ("journal.log", (OPENED,), State.ASKING, Stage.CASES, 0, 4),
    ("journal.log", ONE_DONE, State.ASKING, Stage.CASES, 1, 4),
    ("journal.log", ALL_DONE, State.ASKING_AGAIN, Stage.AGAIN, 0, 3),  # one of the four has no answer
    ("repeat.log", ONE_DONE, State.ASKING_AGAIN, Stage.AGAIN, 1, 3),
    ("repeat.log", (*ONE_DONE, CLOSED), State.SCORING, Stage.SCORING, 4, 4),
)


@contextmanager
def looked_at(reports: Path) -> Iterator[None]:
    """Nothing in a folder is changed, added or removed meanwhile."""

    def seen() -> dict[Path, tuple[int, bytes]]:
        files = (path for path in reports.rglob("*") if path.is_file())
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    before = seen()
    yield
    assert seen() == before


def test_every_step_of_an_evaluation_is_told_apart(tmp_path: Path) -> None:
    run = begin(tmp_path)
    with held(run):
        for name, entries, state, stage, done, total in STEPS:
            if name:
                write(run.private / name, entries)
            with looked_at(tmp_path):
                (found,) = standings(tmp_path)
            assert (found.state, found.stage, found.done, found.total) == (state, stage, done, total), name
            assert found.held
            assert (found.model, found.version) == ("reference-densenet", "1.4.0")


def test_what_nobody_holds_waits_or_was_interrupted(tmp_path: Path) -> None:
    run = begin(tmp_path)
    with held(run):
        pass
    for name, entries, _, stage, done, total in STEPS:
        if name:
            write(run.private / name, entries)
        (found,) = standings(tmp_path)
        assert found.state is (State.INTERRUPTED if name else State.WAITING)
        assert (found.stage, found.done, found.total, found.held) == (stage, done, total, False)


def test_failures_and_times_are_those_of_the_journal(tmp_path: Path) -> None:
    run = begin(tmp_path)
    write(run.journal, ALL_DONE[:-1])
    (found,) = standings(tmp_path)
    assert (found.done, found.failed, found.spent_s) == (4, 1, 4.0)


def test_a_second_look_reads_on_and_sees_the_same(tmp_path: Path) -> None:
    run = begin(tmp_path)
    write(run.journal, ONE_DONE)
    first = standings(tmp_path)
    write(run.journal, ALL_DONE)
    again = standings(tmp_path, {one.folder: one for one in first})
    assert again == standings(tmp_path)
    assert first[0].tally is not None
    forged = replace(first[0], tally=replace(first[0].tally, answered=100))  # taken as it is: the start is not read
    assert standings(tmp_path, {run.root: forged})[0].tally.answered == 103  # type: ignore[union-attr]


@pytest.mark.parametrize("changed", [{"repeat_cases": 0}, {"protocol": "nccid-batch/1"}])
def test_scoring_comes_next_where_nothing_is_asked_again(tmp_path: Path, changed: dict[str, object]) -> None:
    run = begin(tmp_path)
    path = run.private / "assessment.json"
    table = json.loads(path.read_text())
    table["limits" if "repeat_cases" in changed else "submission"] |= (
        changed if "repeat_cases" in changed else {"container": table["submission"]["container"] | changed}
    )
    archive.write_json(path, table)
    write(run.journal, ALL_DONE)
    (found,) = standings(tmp_path)
    assert found.stage is Stage.SCORING


def test_a_journal_s_torn_tail_is_normal_and_damage_is_told(tmp_path: Path) -> None:
    run = begin(tmp_path)
    write(run.journal, ALL_DONE[:-1])
    whole = run.journal.read_bytes()
    for torn in (whole[:-20], whole[:-1], whole + b"0badc0de {"):
        run.journal.write_bytes(torn)
        assert standings(tmp_path)[0].state is State.INTERRUPTED
    run.journal.write_bytes(b"0badc0de {}\n" + whole)
    (found,) = standings(tmp_path)
    assert (found.state, found.trouble) == (State.UNREADABLE, "a line of the journal is damaged")


def test_a_journal_is_read_while_it_is_written(tmp_path: Path) -> None:
    run = begin(tmp_path)
    with held(run), Journal(run.journal) as journal:
        for done, entry in enumerate((OPENED, answered("c00000"), answered("c00001"))):
            journal.append([entry])
            assert standings(tmp_path)[0].done == done


def spoilt(run: RunFolder, way: str) -> None:
    path = run.private / "assessment.json"
    table = json.loads(path.read_text())
    ways = {"gone": None, "empty": "", "cut": path.read_text()[:100], "list": "[]", "other": '{"run_id": "x"}'}
    ways |= {"typed": json.dumps({**table, "cases": 7}), "nested": json.dumps({**table, "submission": []})}
    given = ways[way]
    path.unlink() if given is None else path.write_text(given)


@pytest.mark.parametrize("way", ["gone", "empty", "cut", "list", "other", "typed", "nested"])
def test_a_damaged_folder_is_one_line_and_the_others_stay(tmp_path: Path, way: str) -> None:
    begin(tmp_path)
    spoilt(begin(tmp_path, "20260302-000000-damaged"), way)
    damaged, sound = standings(tmp_path)
    assert (damaged.folder.name, damaged.state) == ("20260302-000000-damaged", State.UNREADABLE)
    assert damaged.trouble
    assert sound.state is State.WAITING


def test_a_file_that_is_a_folder_is_told_of(tmp_path: Path) -> None:
    begin(tmp_path).journal.mkdir()
    assert standings(tmp_path)[0].trouble == "Is a directory"


def test_a_finished_run_tells_its_verdict_and_no_journal_is_read(tmp_path: Path) -> None:
    run = finish(tmp_path, named("20260301-090000-chestnet-1-0-ab12", conclusion="met"))
    run.journal.write_bytes(b"not even a journal\nat all\n")
    (found,) = standings(tmp_path)
    assert (found.state, found.verdict, found.done, found.total, found.failed) == (
        State.FINISHED,
        "met",
        420,
        420,
        12,
    )
    assert (found.model, found.version, found.vendor) == ("Chestnet", "1.0", "Example Imaging Ltd")


def test_a_finished_run_is_read_again_once_its_release_has_changed(tmp_path: Path) -> None:
    run_id = "20260301-090000-chestnet-1-0-ab12"
    run = finish(tmp_path, named(run_id, conclusion="met"))
    first = standings(tmp_path)
    forged = {run.root: replace(first[0], model="as it was")}  # taken as it is: nothing was read
    assert standings(tmp_path, forged)[0].model == "as it was"
    os.utime(run.release, ns=(0, 0))
    finish(tmp_path, named(run_id, conclusion="not met"))
    assert standings(tmp_path, forged)[0].verdict == "not met"


def test_a_finished_run_that_is_being_scored_again_says_that_it_is_held(tmp_path: Path) -> None:
    with held(finish(tmp_path, named("20260301-090000-chestnet-1-0-ab12"))):
        (found,) = standings(tmp_path)
    assert (found.state, found.held) == (State.FINISHED, True)


def test_a_model_that_failed_on_synthetic_cases_was_not_interrupted(tmp_path: Path) -> None:
    run = refuse(tmp_path, "20260301-090000-broken-1-0-ab12")
    (found,) = standings(tmp_path)
    assert (found.state, found.done, found.total) == (State.FAILED, None, None)
    with held(run):  # asked again
        assert standings(tmp_path)[0].state is State.REHEARSING
    write(run.private / "canary.log", BEGUN)
    assert standings(tmp_path)[0].state is State.INTERRUPTED


def test_newest_first_and_what_is_no_run_is_passed_over(tmp_path: Path) -> None:
    for name in ("20260301-090000-b-1-0-aaaa", "20260302-090000-a-1-0-aaaa", "20251231-090000-c-1-0-aaaa"):
        begin(tmp_path, name)
    finish(tmp_path, named("scored-by-hand"))
    (tmp_path / "compared" / "release").mkdir(parents=True)
    (tmp_path / "compared" / "release" / "comparison.json").write_text("{}")
    (tmp_path / "a folder of something else").mkdir()
    (tmp_path / ".20260303-090000-x.1.building" / "private").mkdir(parents=True)
    (tmp_path / "index.html").write_text("")
    assert [one.run_id[:8] for one in standings(tmp_path)] == ["20260302", "20260301", "20251231", "scored-b"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no runs can be listed: No such file"):
        standings(tmp_path / "none")


def test_a_look_makes_no_lock_and_two_looks_do_not_meet(tmp_path: Path) -> None:
    run = begin(tmp_path)
    assert not is_held(run)
    assert not (run.private / "lock").exists()
    with held(run):
        pass
    with (run.private / "lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_SH)  # another look
        assert not is_held(run)


def test_who_takes_a_run_waits_for_a_look_to_end(tmp_path: Path) -> None:
    import threading

    run = begin(tmp_path)
    with held(run):
        pass
    look = (run.private / "lock").open()
    fcntl.flock(look, fcntl.LOCK_SH)
    threading.Timer(0.03, look.close).start()
    with held(run):
        assert is_held(run)


def test_a_run_held_for_good_is_refused(tmp_path: Path) -> None:
    run = begin(tmp_path)
    with held(run), pytest.raises(JournalError, match="another process is writing"), held(run):
        pass


def test_what_is_no_run_is_none(tmp_path: Path) -> None:
    assert standing(tmp_path) is None
