"""nccid-batch/1 without an engine: what each end of a container costs, and what no death of the harness changes."""

from __future__ import annotations

import dataclasses
import itertools
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from tests.unit.sandbox.batch_ground import ASKED, Sittings, asked_in_order, batch_engine, batch_request

from nccid_eval.engine import Channel, Ended
from nccid_eval.engine.process import ProcessContainer, ProcessEngine
from nccid_eval.errors import PolicyNotApplied, SandboxError
from nccid_eval.journal import Answered, Attempted, ContainerEnded, Entry, Failed, Journal, encode
from nccid_eval.records import ContainerSpec, Outcome, RunRequest
from nccid_eval.sandbox import sandbox_run
from nccid_eval.sandbox.batch_place import batch_place

OK, EXITED, MALFORMED, TIMEOUT = Outcome.OK, Outcome.EXITED, Outcome.MALFORMED, Outcome.TIMEOUT


def ran(folder: Path, behaviour: str, *, short: bool = False) -> Sittings:
    done = Sittings(folder, behaviour, short=short)
    assert done.start() == 0
    return done


def first(number: int, then: Outcome, done: Sittings) -> dict[str, Outcome]:
    """So many of the list answered, all others with the outcome."""
    order = asked_in_order(done.request)
    return {case: OK if order.index(case) < number else then for case in ASKED}


def all_but_bad(outcome: Outcome) -> dict[str, Outcome]:
    return {case: outcome if case == "bad" else OK for case in ASKED}


def test_a_line_a_case_is_a_run(tmp_path: Path) -> None:
    done = ran(tmp_path, "honest")
    assert {case: (one.outcome, one.score) for case, one in done.results.items()} == dict.fromkeys(ASKED, (OK, 0.25))
    kinds = [type(one).__name__ for one in done.entries]
    assert kinds == ["RunOpened", "SandboxApplied", "Attempted", "ContainerEnded", "Answered", "RunClosed"]


def test_what_cannot_be_told_of_a_batch_is_none_and_not_zero(tmp_path: Path) -> None:
    facts = sandbox_run((done := ran(tmp_path, "honest")).request, done.entries).facts
    assert facts.protocol == "nccid-batch/1"
    assert (facts.ready_s, facts.latency_first_s, facts.latency_median_s, facts.latency_p95_s) == (None,) * 4
    assert (facts.containers, facts.max_batch) == (1, 0)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("declines bad", Outcome.DECLINED),
        ("leaves_out bad", EXITED),
        ("leaves_out bad 3", EXITED),
        ('writes_for bad {"case": "bad", "score": NaN}', MALFORMED),
        ('writes_for bad {"case": "a", "score": 0.5}', EXITED),
        ("chatters", OK),
        ("reads_stdin", OK),
        ("closes_streams", OK),
    ],
)
def test_what_a_program_does_to_a_case(tmp_path: Path, behaviour: str, outcome: Outcome) -> None:
    done = ran(tmp_path, behaviour)
    expected = all_but_bad(outcome)
    if '"case": "a"' in behaviour:
        expected["a"] = MALFORMED  # answered twice
    assert done.outcomes == expected
    assert len(of(done, Attempted)) == 1


def of(done: Sittings, kind: type[Entry]) -> list[Entry]:
    return [one for one in done.entries if isinstance(one, kind)]


@pytest.mark.parametrize(
    ("behaviour", "answered", "rest"),
    [
        ("half", 2, EXITED),
        ("torn", 4, EXITED),
        ("dies 3", 1, EXITED),
        ("others", 1, MALFORMED),
        ("huge_line", 1, MALFORMED),
        ("links_to /etc/shadow", 0, MALFORMED),
        ("links_to predictions.jsonl", 0, MALFORMED),
        ("fifo", 0, MALFORMED),
        ("unix_socket", 0, MALFORMED),
        ("folder", 0, MALFORMED),
        ("hard_link", 0, MALFORMED),
        ("sparse", 0, MALFORMED),
        ("floods", 5, MALFORMED),
    ],
)
def test_how_far_a_program_gets(tmp_path: Path, behaviour: str, answered: int, rest: Outcome) -> None:
    done = ran(tmp_path, behaviour)
    assert done.outcomes == first(answered, rest, done)
    assert len(done.log) <= 64 * 1024


@pytest.mark.parametrize(("behaviour", "answered"), [("never_exits", 2), ("closes_streams_and_stays", 5)])
def test_what_is_written_when_the_time_is_up_counts(tmp_path: Path, behaviour: str, answered: int) -> None:
    began = time.monotonic()
    done = ran(tmp_path, behaviour, short=True)
    assert done.outcomes == first(answered, TIMEOUT, done)
    assert time.monotonic() - began >= 1.0  # 0.5 s to get ready and 0.1 s for each of five cases
    ended = of(done, ContainerEnded)[0]
    assert isinstance(ended, ContainerEnded)
    assert (ended.reason, ended.exit_code) == ("not done in time", None)


def test_the_time_of_a_run_is_spent_once(tmp_path: Path) -> None:
    """Also over several sittings: what the first container took is missing to the second."""
    done = Sittings(tmp_path, "slow 20", short=True)
    done.request = dataclasses.replace(done.request, limits=dataclasses.replace(done.request.limits, run_s=0.3))
    began = time.monotonic()
    done.start()
    assert done.outcomes == dict.fromkeys(ASKED, TIMEOUT)
    assert time.monotonic() - began < 5


def test_exit_137_is_ours_once_and_keeps_what_was_answered(tmp_path: Path) -> None:
    done = Sittings(tmp_path, "dies 137")
    assert done.start() == 1
    order = asked_in_order(done.request)
    assert [one.cases for one in done.entries if isinstance(one, Attempted)] == [order, order[1:]]
    assert [one.outcome for one in done.entries if isinstance(one, Failed)] == [Outcome.INFRA, EXITED]
    assert done.outcomes == first(2, EXITED, done)


class SilentOnce(ProcessEngine):
    """Cannot say how its first container ended; `kept` is what that one had written."""

    def __init__(self) -> None:
        super().__init__(dict(batch_engine()._programs))
        self.silent = True

    def create(self, spec: ContainerSpec) -> ProcessContainer:
        made = super().create(spec)
        if self.silent:
            self.silent = False
            made.end = self._silence  # type: ignore[method-assign]
        return made

    def _silence(self, channel: Channel | None, *, grace_s: float) -> Ended:
        raise SandboxError("the engine is gone")


def test_an_engine_that_falls_silent_costs_no_case(tmp_path: Path) -> None:
    done = Sittings(tmp_path, "honest")
    assert done.start(SilentOnce()) == 1
    assert done.outcomes == dict.fromkeys(ASKED, OK)
    lists = [one.cases for one in done.entries if isinstance(one, Attempted)]
    assert lists == [asked_in_order(done.request)] * 2  # nothing is read of a container that may still be there


# ── the harness dies ────────────────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """In place of SIGKILL: nothing of the harness writes to its journal any more."""


class Dying(Journal):
    """Dies in its append number `at`: before it, in the middle or after."""

    def __init__(self, path: Path, at: int, how: str) -> None:
        super().__init__(path)
        self._left, self._how = at, how

    def append(self, entries: Iterable[Entry]) -> None:
        self._left -= 1
        if self._left > 0:
            super().append(entries)
            return
        data = b"".join(map(encode, entries))
        os.write(self._file, {"before": b"", "torn": data[: len(data) // 2], "after": data}[self._how])
        raise Killed


@pytest.mark.parametrize("how", ["before", "torn", "after"])
@pytest.mark.parametrize("behaviour", ["half", "dies 137"])
def test_no_death_of_the_harness_changes_a_result(tmp_path: Path, behaviour: str, how: str) -> None:
    (tmp_path / "undisturbed").mkdir()
    undisturbed = Sittings(tmp_path / "undisturbed", behaviour)
    undisturbed.start()
    done = Sittings(tmp_path, behaviour)
    for at in itertools.count(1):
        try:
            done.start(opened=lambda path, at=at: Dying(path, at, how))  # type: ignore[misc]
        except Killed:
            continue
        break
    assert at >= 3
    times = Counter(one.case for entry in done.entries if isinstance(entry, Answered) for one in entry.results)
    assert times == Counter(ASKED)
    assert done.outcomes == undisturbed.outcomes


class DiesOfBad(Journal):
    """Dies whenever `bad` was asked, and would be answered."""

    def append(self, entries: Iterable[Entry]) -> None:
        told = tuple(entries)
        answers = [one for one in told if isinstance(one, Answered)]
        if any(result.case == "bad" and result.outcome is OK for one in answers for result in one.results):
            raise Killed
        super().append(told)


def test_a_case_that_kills_the_harness_is_found_by_halving(tmp_path: Path) -> None:
    done = Sittings(tmp_path, "honest")
    deaths = 0
    while True:
        try:
            done.start(opened=DiesOfBad)
        except Killed:
            deaths += 1
            assert deaths < 30
            continue
        break
    assert done.outcomes == all_but_bad(Outcome.POISON)
    assert deaths == 15  # five for the five cases, for the two that hold it, and for itself


def interrupt_once(done: Sittings) -> Iterator[float]:
    """A clock that is interrupted when it is asked first after the list was handed over: somebody waits for it."""
    while not any(isinstance(one, Attempted) for one in done.entries):
        yield time.monotonic()
    raise KeyboardInterrupt


def test_an_interruption_counts_for_nothing(tmp_path: Path) -> None:
    done = Sittings(tmp_path, "honest")
    ticks = interrupt_once(done)
    with pytest.raises(KeyboardInterrupt):
        done.start(clock=lambda: next(ticks))
    assert done.entries[-1] == Failed(cases=asked_in_order(done.request), outcome=Outcome.INFRA, reason="interrupted")
    assert done.start() == 0
    assert done.outcomes == dict.fromkeys(ASKED, OK)


# ── what it needs of the machine ────────────────────────────────────────────────────────────────────────────


def test_an_input_without_a_place_for_the_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyNotApplied) as refused, batch_place(batch_request(tmp_path, "honest"), b"{}"):
        pass
    assert refused.value.mend


@pytest.fixture
def not_root() -> Iterator[None]:
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield
    os.seteuid(before)


@pytest.fixture
def asked(tmp_path: Path) -> RunRequest:
    return batch_request(tmp_path, "honest")


def test_whoever_may_not_mount_is_told_before_anything_runs(asked: RunRequest, not_root: None) -> None:
    with pytest.raises(PolicyNotApplied, match="only root") as refused, batch_place(asked, b"{}"):
        pass
    assert "nccid-stdio/1" in refused.value.mend


@pytest.mark.skipif(os.geteuid() != 0, reason="ONLY ROOT MAY MOUNT, so the folder for output was not tested")
def test_the_output_is_capped_and_of_one_user_and_gone_afterwards(tmp_path: Path) -> None:
    request = batch_request(tmp_path, "honest")
    (request.input_dir / "cases.json").touch()
    limits = dataclasses.replace(request.limits, batch_output_mib=1, batch_output_files=3)
    with batch_place(dataclasses.replace(request, limits=limits), b'{"cases": []}\n') as place:
        there = place.output.stat()
        assert (oct(there.st_mode), there.st_uid, there.st_gid) == ("0o40700", place.owner, place.owner)
        assert place.owner >= 200_000
        found = os.statvfs(place.output)
        assert (found.f_blocks * found.f_frsize, found.f_files) == (2**20, 4)
        assert found.f_flag & os.ST_NOEXEC & os.ST_NOSUID & os.ST_NODEV == os.ST_NOEXEC & os.ST_NOSUID & os.ST_NODEV
        with (place.output / "held").open("w"), pytest.raises(SandboxError, match="still writes"):
            place.freeze()
        place.freeze()
        with pytest.raises(OSError, match="Read-only"):
            (place.output / "later").touch()
        assert place.listing.read_bytes() == b'{"cases": []}\n'
        made = place.output.parent
    assert not made.exists()
    assert str(made) not in Path("/proc/self/mountinfo").read_text()
