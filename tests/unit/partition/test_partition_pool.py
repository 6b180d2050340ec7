"""A file that kills, hangs or fills its reader costs that file; a worker that cannot start blames no file."""

import pytest
from partition_tasks import work

from nccid_eval.partition.pool import Pool, WorkerLimits


def results(tasks: list[str], workers: int = 2, limits: WorkerLimits | None = None) -> list[str | None]:
    with Pool(workers, limits or WorkerLimits()) as pool:
        return pool.map(work, tasks, lambda done, total: None)


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_tasks_order_and_a_killed_worker_costs_its_task(workers: int) -> None:
    tasks = [*"abcdef", "die", *"ghi", "die", *"jk"]
    assert results(tasks, workers) == [None if one == "die" else one.upper() for one in tasks]


def test_a_task_beyond_its_time_is_ended() -> None:
    assert results(["a", "sleep", "b"], 2, WorkerLimits(wall_s=2.0)) == ["A", None, "B"]


def test_a_task_beyond_its_processor_time_is_ended() -> None:
    assert results(["spin", "a"], 1, WorkerLimits(cpu_s=1)) == [None, "A"]


def test_memory_is_limited() -> None:
    assert results(["fill", "burst", "a"], 1, WorkerLimits(memory_mib=200)) == ["no memory", None, "A"]


def test_what_a_task_raises_is_raised_here() -> None:
    with pytest.raises(OSError, match="No space left"):
        results(["a", "disk"])


def test_progress_tells_each_task_once() -> None:
    told: list[tuple[int, int]] = []
    with Pool(2, WorkerLimits()) as pool:
        pool.map(work, ["a", "die", "b"], lambda done, total: told.append((done, total)))
        assert pool.map(work, ["c"], lambda done, total: None) == ["C"]
        assert pool.map(work, [], lambda done, total: None) == []
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_task_that_waited_behind_those_that_killed_is_charged_nothing() -> None:
    assert results(["die", "die", "a", "die", "b"], 1) == [None, None, "A", None, "B"]


def test_time_counts_from_the_beginning_of_a_task_and_not_from_its_waiting() -> None:
    assert results(["nap", "nap"], 1, WorkerLimits(wall_s=1.8)) == ["NAP", "NAP"]


def test_each_result_is_heard_once_with_its_place_and_a_killed_tasks_is_not() -> None:
    heard: list[tuple[int, str]] = []
    with Pool(2, WorkerLimits()) as pool:
        pool.map(work, [*"abc", "die", "e"], lambda done, total: None, lambda place, one: heard.append((place, one)))
    assert sorted(heard) == [(0, "A"), (1, "B"), (2, "C"), (4, "E")]
