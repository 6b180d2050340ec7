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
    assert results(["fill"], 1, WorkerLimits(memory_mib=200)) == ["no memory"]


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
