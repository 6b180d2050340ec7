"""Child processes that read hostile files: a file that kills its reader costs that file, never the build.

A pool of our own, because the standard one breaks as a whole when a worker dies and does not say over which task.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import signal
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from nccid_eval.errors import NccidEvalError, PartitionError

Task = TypeVar("Task")
Result = TypeVar("Result")

_PRELOADED = ["nccid_eval.partition.building.reading", "nccid_eval.partition.building.staging_plan"]
_ATTEMPTS = 2  # the kernel may have killed the first for another's memory
_IN_HAND = 2  # tasks of a worker: the next waits in its pipe, so that it never waits for us


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    memory_mib: int = 4096  # address space beyond what the libraries take
    cpu_s: int = 120  # a task
    wall_s: float = 600.0  # a task


class _Worker:
    """A child and its pipe; `tasks` are the indices of what it holds, and it works on the first."""

    def __init__(self, limits: WorkerLimits) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_PRELOADED)
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, limits), daemon=True)
        self.process.start()
        theirs.close()
        self.tasks: deque[int] = deque()
        self.deadline = 0.0  # of the first task

    def await_ready(self) -> None:
        """Wait until it could take a task: a worker that cannot start says nothing about any file."""
        try:
            self.pipe.recv()
        except (EOFError, ConnectionError):
            raise NccidEvalError(
                "a process that reads images cannot start",
                where="partition build",
                mend="see what it printed above; a script that builds needs `if __name__ == '__main__':`",
            ) from None

    def ran_out_of_time(self) -> bool:
        """Whether its end was the task's doing for certain. Asked once it has been stopped."""
        return time.monotonic() > self.deadline or self.process.exitcode == -signal.SIGXCPU

    def stop(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()


class Pool:
    """Workers that last for a build. Use as a context: leaving it ends them at once."""

    def __init__(self, workers: int, limits: WorkerLimits) -> None:
        self._size = max(1, workers)
        self._limits = limits
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.stop()

    def map(
        self,
        function: Callable[[Task], Result],
        tasks: Sequence[Task],
        progress: Callable[[int, int], None],
        heard: Callable[[int, Result], None] | None = None,
    ) -> list[Result | None]:
        """The results in the tasks' order; None for a task that ran out of time or memory, or killed two workers.

        `function` and the tasks travel to other processes, so both pickle. `heard` gets each task's place and result
        when it comes, in any order. What `function` raises is raised here.
        """
        results: list[Result | None] = [None] * len(tasks)
        for done, (place, answer) in enumerate(self._answers(function, tasks), start=1):
            results[place] = answer
            if heard and answer is not None:
                heard(place, answer)
            progress(done, len(tasks))
        return results

    def _answers(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[int, Result | None]]:
        waiting = deque(range(len(tasks)))
        deaths = [0] * len(tasks)
        left = len(tasks)
        while left:
            self._hand_out(function, tasks, waiting)
            for worker in self._answering():
                answered, answer = self._receive(worker)
                place = worker.tasks.popleft()
                if not answered:
                    waiting.extendleft(reversed(worker.tasks))  # they had not begun
                    deaths[place] += 1
                    if deaths[place] < _ATTEMPTS and not worker.ran_out_of_time():
                        waiting.append(place)
                        continue
                worker.deadline = time.monotonic() + self._limits.wall_s
                left -= 1
                yield place, cast("Result | None", answer)

    def _hand_out(self, function: Callable[[Task], Result], tasks: Sequence[Task], waiting: deque[int]) -> None:
        while len(self._workers) < min(self._size, len(tasks)):
            self._workers.append(_Worker(self._limits))
            self._workers[-1].await_ready()
        for held in range(_IN_HAND):
            for worker in self._workers:
                last_ones = held and len(waiting) < len(self._workers)  # whoever is free first takes them
                if len(worker.tasks) == held and waiting and not last_ones:
                    self._hand_to(worker, function, tasks, waiting.popleft())

    def _hand_to(
        self, worker: _Worker, function: Callable[[Task], Result], tasks: Sequence[Task], place: int
    ) -> None:
        if not worker.tasks:
            worker.deadline = time.monotonic() + self._limits.wall_s
        worker.tasks.append(place)
        with contextlib.suppress(ConnectionError):  # it died between two tasks: its pipe answers with its end
            worker.pipe.send((function, tasks[place]))

    def _answering(self) -> list[_Worker]:
        """The busy workers that answered, died or ran out of time."""
        busy = [worker for worker in self._workers if worker.tasks]
        remaining = min(worker.deadline for worker in busy) - time.monotonic()
        ready = wait([worker.pipe for worker in busy], timeout=max(0.0, remaining))
        return [one for one in busy if one.pipe in ready or time.monotonic() > one.deadline]

    def _receive(self, worker: _Worker) -> tuple[bool, Any]:
        """(True, result), or (False, None) for a worker that is gone."""
        reply: tuple[bool, Any] | None = None
        with contextlib.suppress(EOFError, ConnectionError):
            reply = worker.pipe.recv() if worker.pipe.poll() else None
        if reply is None:
            worker.process.join(0.0 if worker.ran_out_of_time() else 1.0)  # if it died, let it tell of what
            worker.stop()
            self._workers.remove(worker)
            return False, None
        succeeded, answer = reply
        if not succeeded:
            raise answer
        return True, answer


def in_a_child(function: Callable[[Task], Result], task: Task) -> Result:
    """What a function makes of a task, in a process that is gone afterwards with all that it read.

    What `function` raises is raised here. Raises PartitionError where the process died of it.
    """
    with Pool(1, WorkerLimits()) as pool:
        (answer,) = pool.map(function, [task], _silent)
    if answer is None:
        raise PartitionError(
            "the process that reads the reference standard died", where="private/", mend="free memory, try again"
        )
    return answer


def _silent(*_: object) -> None:
    """One task needs no progress line."""


def _serve(pipe: Connection, limits: WorkerLimits) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    warnings.simplefilter("ignore")  # what a file deserves to be told is in its refusal
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    memory = _address_space() + limits.memory_mib * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
    pipe.send("ready")
    while True:
        try:
            function, task = pipe.recv()
        except (EOFError, ConnectionError):
            return
        _allow_cpu(limits.cpu_s)
        try:
            answer = (True, function(task))
        except MemoryError:
            answer = (True, None)  # a task that does not fit counts as one that killed its reader
        except Exception as error:
            answer = (False, error)
        pipe.send(answer)


def _allow_cpu(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    wanted = int(used.ru_utime + used.ru_stime) + seconds
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
