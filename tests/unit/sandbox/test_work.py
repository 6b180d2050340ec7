from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nccid_eval.journal import Answered, Attempted, ContainerEnded, ContainerReady, Entry, Failed
from nccid_eval.records import CaseResult, Outcome
from nccid_eval.sandbox.work import LOST, batches, is_final, is_poison, read_history, remaining

CASES = tuple("abcdefgh")


def answered(*cases: str) -> Answered:
    rows = tuple(CaseResult(case=one, outcome=Outcome.OK, score=0.5, error="", latency_s=0.1) for one in cases)
    return Answered(latency_s=0.1, results=rows)


def failed(*cases: str, outcome: Outcome = Outcome.EXITED, reason: str = "") -> Failed:
    return Failed(cases=cases, outcome=outcome, reason=reason)


def ended(outcome: Outcome | None) -> ContainerEnded:
    return ContainerEnded(reason="", exit_code=1, memory_peak_mib=None, outcome=outcome, spent_s=2.0)


READY = ContainerReady(ready_s=1.0, max_batch=4)


def left(*entries: Entry, seed: int = 1) -> list[tuple[str, ...]]:
    return list(remaining(CASES, seed, read_history([READY, *entries])))


@given(st.permutations(CASES), st.integers(0, 99), st.integers(1, 9))
def test_batches_are_fixed_by_the_seed_whatever_the_order(order: Sequence[str], seed: int, size: int) -> None:
    made = batches(order, seed, size)
    assert made == batches(CASES, seed, size)
    assert sorted(case for batch in made for case in batch) == sorted(CASES)
    assert {len(batch) for batch in made[:-1]} <= {size}


def test_another_seed_is_another_order() -> None:
    assert len({tuple(batches(CASES, seed, 4)) for seed in range(20)}) > 15


def test_what_is_answered_is_not_asked_again() -> None:
    first, second = batches(CASES, 1, 4)
    assert left(answered(*first)) == [second]
    assert left(answered(*first), answered(*second)) == []


def test_a_batch_that_failed_is_asked_case_by_case_and_the_other_stays() -> None:
    first, second = batches(CASES, 1, 4)
    assert left(failed(*first)) == [*((case,) for case in first), second]
    assert left(failed(*first), answered(first[1])) == [*((c,) for c in first if c != first[1]), second]


def test_our_own_failure_and_a_crash_change_no_batch() -> None:
    first, second = batches(CASES, 1, 4)
    assert left(failed(*first, outcome=Outcome.INFRA)) == [first, second]
    assert left(Attempted(cases=first)) == [first, second]


def test_five_deaths_split_a_batch_and_five_more_make_a_case_poison() -> None:
    first, second = batches(CASES, 1, 4)
    deaths: list[Entry] = [Attempted(cases=first)] * 5
    assert left(*deaths[:4]) == [first, second]
    assert left(*deaths) == [*((case,) for case in first), second]
    single = first[:1]
    assert not is_poison(single, read_history([*deaths, *[Attempted(cases=single)] * 4]))
    assert is_poison(single, read_history([*deaths, *[Attempted(cases=single)] * 5]))
    assert not is_poison(first, read_history(deaths))


def test_attempts_that_ended_are_no_deaths() -> None:
    pairs: list[Entry] = [Attempted(cases=("a",)), failed("a", outcome=Outcome.INFRA)] * 9
    assert not is_poison(("a",), read_history(pairs))


@pytest.mark.parametrize(
    ("cases", "outcome", "before", "final"),
    [
        (("a",), Outcome.TIMEOUT, 0, False),
        (("a",), Outcome.TIMEOUT, 1, True),
        (("a",), Outcome.MALFORMED, 0, True),
        (("a",), Outcome.INFRA, 9, False),
        (("a", "b"), Outcome.EXITED, 9, False),
        (("a", "b"), Outcome.MALFORMED, 0, False),
    ],
)
def test_when_a_failure_ends_the_matter(cases: tuple[str, ...], outcome: Outcome, before: int, final: bool) -> None:
    history = read_history([failed("a")] * before)
    assert is_final(cases, outcome, history, 2) is final


def test_only_the_vendors_failures_use_up_restarts() -> None:
    history = read_history([READY, ended(Outcome.INFRA), ended(Outcome.OOM), ended(None), ended(Outcome.EXITED)])
    assert history.containers == 2


def test_containers_that_fail_before_they_are_asked_count_in_a_row() -> None:
    asked = Attempted(cases=("a",))
    assert read_history([ended(Outcome.EXITED)] * 2).unready == 2
    assert read_history([ended(Outcome.EXITED), READY, asked, ended(Outcome.EXITED)]).unready == 0
    assert read_history([asked, ended(Outcome.EXITED), ended(Outcome.EXITED)]).unready == 1
    assert read_history([ended(Outcome.EXITED), ended(Outcome.INFRA)]).unready == 1


def test_a_lost_container_is_remembered_by_its_request_and_an_interruption_is_not() -> None:
    history = read_history(
        [
            failed("a", outcome=Outcome.INFRA, reason=LOST),
            failed("b", outcome=Outcome.INFRA, reason="interrupted"),
            failed(outcome=Outcome.INFRA, reason=LOST),
        ]
    )
    assert history.lost == {("a",), ()}


def test_the_time_spent_is_remade_from_the_journal() -> None:
    assert read_history([READY, answered("a"), ended(Outcome.TIMEOUT)]).spent_s == pytest.approx(3.1)


def test_a_failure_without_an_attempt_takes_no_death_away() -> None:
    """An interruption may come before the attempt is written; five deaths are poison all the same."""
    history = read_history([failed("a", outcome=Outcome.INFRA), *[Attempted(cases=("a",))] * 5])
    assert is_poison(("a",), history)
