"""The runner against programs that misbehave: whose failure it was, that all others are answered, nothing left."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from tests.hostile.ground import CASES, LIMITS, Ran, process_engine, run_request

from nccid_eval.engine import Channel, Ended
from nccid_eval.engine.process import ProcessContainer, ProcessEngine
from nccid_eval.errors import RunIncomplete
from nccid_eval.journal import Answered, Attempted, ContainerEnded, Failed, SandboxApplied, read
from nccid_eval.records import ContainerSpec, Outcome
from nccid_eval.sandbox.policy import LABEL

OK = Outcome.OK
ALL_OK = dict.fromkeys(CASES, OK)


def run(tmp_path: Path, behaviour: str, engine: ProcessEngine | None = None, **limits: object) -> Ran:
    engine = engine or process_engine()
    request = run_request(tmp_path, behaviour, limits=dataclasses.replace(LIMITS, **limits))  # type: ignore[arg-type]
    try:
        return Ran(request, engine, tmp_path / "journal.log")
    finally:
        assert engine.find(f"{LABEL}.run") == ()


def bad(outcome: Outcome) -> dict[str, Outcome]:
    return {**ALL_OK, "bad": outcome}


@pytest.mark.parametrize("behaviour", ["honest", "batches 2", "batches 16", "floods_stderr", "ignores_closed_stdin"])
def test_honest_answers_are_kept(tmp_path: Path, behaviour: str) -> None:
    done = run(tmp_path, behaviour)
    assert done.outcomes == ALL_OK
    assert {one.score for one in done.results.values()} == {0.25}
    assert not done.entries_of(Failed)
    assert len(done.entries_of(SandboxApplied)) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        "answers_nan bad",
        "answers_text bad",
        "answers_too_much bad",
        "answers_other_case bad",
        "answers_rubbish bad",
        "flood_stdout_on bad",
        "flood_lines_on bad",
        "flood_stderr_on bad",
    ],
)
def test_a_wrong_answer_is_malformed_and_costs_its_case_alone(tmp_path: Path, behaviour: str) -> None:
    done = run(tmp_path, behaviour)
    assert done.outcomes == bad(Outcome.MALFORMED)
    assert [one.cases for one in done.entries_of(Attempted)].count(("bad",)) == 1  # once is enough for a form


@pytest.mark.parametrize("behaviour", ["hang_on bad", "drip_on bad", "half_a_line bad", "ignore_signals_on bad"])
def test_no_answer_in_time_is_a_timeout_after_two_attempts(tmp_path: Path, behaviour: str) -> None:
    done = run(tmp_path, behaviour, case_s=0.4)
    assert done.outcomes == bad(Outcome.TIMEOUT)
    assert [one.cases for one in done.entries_of(Attempted)].count(("bad",)) == 2


@pytest.mark.parametrize("behaviour", ["exit_on bad 1", "exit_on bad 0", "stop_on bad", "exit_on_in_batch bad"])
def test_an_exit_is_charged_to_its_case_alone(tmp_path: Path, behaviour: str) -> None:
    done = run(tmp_path, behaviour, case_s=0.4)
    expected = Outcome.TIMEOUT if behaviour.startswith("stop") else Outcome.EXITED
    assert done.outcomes == bad(expected)


def test_a_hang_in_a_batch_costs_one_case(tmp_path: Path) -> None:
    done = run(tmp_path, "hang_on_in_batch bad", case_s=0.2)
    assert done.outcomes == bad(Outcome.TIMEOUT)
    assert any(len(one.cases) > 1 and "bad" in one.cases for one in done.entries_of(Failed))


def test_a_declined_case_keeps_the_programs_own_word(tmp_path: Path) -> None:
    done = run(tmp_path, "declines bad")
    assert done.outcomes == bad(Outcome.DECLINED)
    assert done.results["bad"].error == "unreadable"
    assert done.results["bad"].score is None


@pytest.mark.parametrize("behaviour", ["exit_on bad 137", "close_streams_on bad"])
def test_a_container_that_feigns_our_failure_is_found_out_the_second_time(tmp_path: Path, behaviour: str) -> None:
    done = run(tmp_path, behaviour)
    assert done.outcomes == bad(Outcome.EXITED)
    charged = [one.outcome for one in done.entries_of(Failed) if one.cases == ("bad",)]
    assert charged == [Outcome.INFRA, Outcome.EXITED, Outcome.EXITED]


def test_a_container_that_always_exits_137_cannot_make_its_run_incomplete(tmp_path: Path) -> None:
    done = run(tmp_path, "exit_before_ready 137")
    assert done.outcomes == dict.fromkeys(CASES, Outcome.EXITED)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("exit_before_ready 3", Outcome.EXITED),
        ("hang_before_ready", Outcome.TIMEOUT),
        ("rubbish_before_ready", Outcome.MALFORMED),
        ("max_batch_zero", Outcome.MALFORMED),
        ("answers_before_asked", Outcome.MALFORMED),
    ],
)
def test_a_container_that_is_never_ready_fails_every_case(tmp_path: Path, behaviour: str, outcome: Outcome) -> None:
    done = run(tmp_path, behaviour, ready_s=0.5 if outcome is Outcome.TIMEOUT else 20.0)
    assert done.outcomes == dict.fromkeys(CASES, outcome)
    assert not done.entries_of(Attempted)
    assert len([one for one in done.entries_of(ContainerEnded) if one.outcome is outcome]) == 3


def test_a_container_that_leaves_when_ready_ends_the_run_and_not_the_harness(tmp_path: Path) -> None:
    done = run(tmp_path, "exit_after_ready", restarts=12)
    assert set(done.outcomes.values()) == {Outcome.EXITED}


def test_a_smaller_batch_after_a_restart_is_malformed(tmp_path: Path) -> None:
    done = run(tmp_path, "smaller_batch_later bad")
    assert done.outcomes["bad"] is Outcome.MALFORMED
    assert {one.outcome for one in done.entries_of(Failed)} == {Outcome.EXITED}


@pytest.mark.parametrize("behaviour", ["answers_twice", "pollutes_stdout"])
def test_a_program_that_prints_besides_its_answers_fails_each_case(tmp_path: Path, behaviour: str) -> None:
    assert run(tmp_path, behaviour).outcomes == dict.fromkeys(CASES, Outcome.MALFORMED)


def test_a_program_that_leaves_between_two_requests_fails_no_case(tmp_path: Path) -> None:
    done = run(tmp_path, "exit_after bad")
    assert done.outcomes == ALL_OK
    assert len(done.entries_of(ContainerEnded)) == 2


def test_when_the_restarts_are_spent_the_rest_is_failed_and_not_asked(tmp_path: Path) -> None:
    done = run(tmp_path, "exit_on a", restarts=0)
    asked = {case for one in done.entries_of(Attempted) for case in one.cases}
    assert {case for case, outcome in done.outcomes.items() if outcome is Outcome.EXITED} == set(CASES) - (
        asked - {"a"}
    )


def test_when_the_runs_time_is_spent_the_rest_timed_out(tmp_path: Path) -> None:
    done = run(tmp_path, "slow 0.3", run_s=0.8, case_s=30.0)
    assert Outcome.TIMEOUT in done.outcomes.values()
    assert set(done.outcomes.values()) <= {OK, Outcome.TIMEOUT}


def test_our_own_failures_stop_the_run_without_a_result(tmp_path: Path) -> None:
    request = dataclasses.replace(run_request(tmp_path, "honest"), image_id="absent")
    with pytest.raises(RunIncomplete, match="3 failures of our own"):
        Ran(request, process_engine(), tmp_path / "journal.log")
    assert not any(isinstance(one, Answered | Failed) for one in read(tmp_path / "journal.log"))


def test_an_engine_that_comes_back_costs_the_vendor_nothing(tmp_path: Path) -> None:
    class Faltering(ProcessEngine):
        calls = 0

        def create(self, spec):  # type: ignore[no-untyped-def]
            self.calls += 1
            return super().create(dataclasses.replace(spec, image_id="absent") if self.calls % 3 else spec)

    done = run(tmp_path, "honest", Faltering(process_engine()._programs), restarts=0)
    assert done.outcomes == ALL_OK


def test_the_same_seed_gives_the_same_batches_whatever_fails(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    calm = run(tmp_path / "one", "batches 4")
    rough = run(tmp_path / "two", "exit_on_in_batch bad")
    first = [one.cases for one in calm.entries_of(Attempted)]
    assert [one.cases for one in rough.entries_of(Attempted)][: len(first) - 1] != []
    assert {one.cases for one in rough.entries_of(Attempted) if len(one.cases) > 1} <= set(first)


class Impatient(ProcessEngine):
    """Somebody presses Ctrl-C while a container is killed that failed on its request."""

    def create(self, spec: ContainerSpec) -> ProcessContainer:
        made = super().create(spec)
        made.end = self._interrupt  # type: ignore[method-assign]
        return made

    def _interrupt(self, channel: Channel | None, *, grace_s: float) -> Ended:
        raise KeyboardInterrupt


def test_an_interruption_while_a_container_is_killed_is_no_death_of_the_harness(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "answers_nan bad", Impatient(process_engine()._programs))
    last = read(tmp_path / "journal.log")[-1]
    assert isinstance(last, Failed)
    assert (last.outcome, last.reason) == (Outcome.INFRA, "interrupted")
    assert run(tmp_path, "answers_nan bad").outcomes == bad(Outcome.MALFORMED)
