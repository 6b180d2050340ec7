"""What leaves of times, memory and counts: never less than it was, and few different values."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.report.evaluation_factory import run_facts

from nccid_eval.pipeline import steps
from nccid_eval.records import OrderCheck, RunFacts

TIMES = ("ready_s", "latency_first_s", "latency_median_s", "latency_p95_s")
PEAKS = ("memory_peak_mib", "gpu_memory_peak_mib")
COUNTS = ("containers", "max_batch")
MOST = 50


def chosen(time: float, mib: float, count: int) -> RunFacts:
    """Facts as a container may choose them."""
    return replace(
        run_facts(),
        **dict.fromkeys(TIMES, time),  # type: ignore[arg-type]
        **dict.fromkeys(PEAKS, mib),  # type: ignore[arg-type]
        **dict.fromkeys(COUNTS, count),  # type: ignore[arg-type]
    )


@given(st.floats(0, 3e5), st.floats(0, 1e6), st.integers(0, 10**6))
def test_nothing_is_told_smaller_than_it_was_and_telling_again_changes_nothing(
    time: float, mib: float, count: int
) -> None:
    exact = chosen(time, mib, count)
    told = steps.facts(exact)
    assert all(getattr(told, name) >= getattr(exact, name) for name in (*TIMES, *PEAKS, *COUNTS))
    assert all(getattr(told, name) <= max(4 * getattr(exact, name), 1) for name in (*PEAKS, *COUNTS))
    assert all(getattr(told, name) <= max(3.4 * getattr(exact, name), 0.01) for name in TIMES)
    assert steps.facts(told) == told


def test_a_container_can_choose_among_few_values() -> None:
    """As many as fit into a case's 30 s, a batch of 16, 16 GiB and 51 containers; by pages they were millions."""
    times = {steps.seconds(at / 997) for at in range(30 * 997)}
    assert len(times) <= 9
    peaks = {steps.facts(chosen(1, at / 16, 1)).memory_peak_mib for at in range(16, 16 * 16384, 7)}
    assert len(peaks) <= 8
    assert len({steps.facts(chosen(1, 1, at)).containers for at in range(1, 52)}) <= 4
    assert len({steps.facts(chosen(1, 1, at)).max_batch for at in range(1, 17)}) <= 3


def test_moments_are_told_to_the_hour_and_what_no_container_chooses_stays() -> None:
    exact = replace(run_facts(), started="2026-03-01T09:41:07+00:00", finished="2026-03-01T23:59:59+00:00")
    told = steps.facts(exact)
    assert (told.started, told.finished) == ("2026-03-01T09:00:00+00:00", "2026-03-01T23:00:00+00:00")
    moved = {name for name, value in asdict(exact).items() if value != asdict(told)[name]}
    assert moved <= {"started", "finished", *TIMES, *PEAKS, *COUNTS}


def test_what_cannot_be_told_stays_so() -> None:
    none = replace(run_facts(), **dict.fromkeys((*TIMES, *PEAKS)), max_batch=0)  # type: ignore[arg-type]
    told = steps.facts(none)
    assert [getattr(told, name) for name in (*TIMES, *PEAKS)] == [None] * 6
    assert told.max_batch == 0


def checked(asked: int, compared: int, change: float | None, crossed: int = 0, failed: int = 0) -> OrderCheck:
    return OrderCheck(asked=asked, compared=compared, largest_change=change, crossed=crossed, failed=failed)


def test_a_sound_order_check_is_told_as_it_is() -> None:
    assert steps.order_check(checked(50, 50, 0.0), MOST) == checked(50, 50, 0.0)


@pytest.mark.parametrize(
    ("exact", "told"),
    [
        (checked(50, 48, 0.021, 3, 2), checked(50, 46, 0.03, 4, 4)),
        (checked(50, 49, 0.0011, 1, 1), checked(50, 49, 0.003, 1, 1)),
        (checked(48, 48, 0.001), checked(50, 34, 0.001)),
        (checked(41, 41, 0.000001), checked(50, 34, 0.000001)),
        (checked(9, 2, 1.0, 2, 7), checked(50, 1, 1.0, 4, 16)),
        (checked(50, 0, None, 0, 50), checked(50, 0, None, 0, 64)),
    ],
)
def test_an_order_check_is_told_in_steps(exact: OrderCheck, told: OrderCheck) -> None:
    assert steps.order_check(exact, MOST) == told


def test_how_few_cases_failed_cannot_be_read_off_the_sample() -> None:
    assert len({steps.order_check(checked(at, at, 0.0), MOST).compared for at in range(34, 50)}) == 1


def test_largest_changes_are_few() -> None:
    found = {steps.order_check(checked(50, 50, at / 10**6), MOST).largest_change for at in range(0, 10**6 + 1, 3)}
    assert len(found) <= 14


def test_where_there_was_none_nothing_changes() -> None:
    none = replace(checked(0, 0, None), not_available="no case was answered")
    assert steps.order_check(none, MOST) == none
