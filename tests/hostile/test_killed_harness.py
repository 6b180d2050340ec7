"""A harness that is killed, twice there, or killed by the very case it asks: nothing is lost, and nothing left."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.hostile.ground import LIMITS, Ran, hardened, process_engine, run_request

from nccid_eval import sandbox
from nccid_eval.engine import Engine, connect
from nccid_eval.errors import JournalError
from nccid_eval.journal import Answered, Attempted, Entry, RunClosed, read
from nccid_eval.journal.owner import this_host, this_process
from nccid_eval.records import Outcome
from nccid_eval.sandbox.place import base_folder
from nccid_eval.sandbox.policy import LABEL, container_spec

KILLS = 30
Process = multiprocessing.process.BaseProcess


def forked(act: Callable[[], object], scratch: Path) -> Process:
    """The harness as a process of its own, which leaves with 0 when it is done."""

    def harness() -> None:
        tempfile.tempdir = str(scratch)
        act()
        os._exit(0)

    child = multiprocessing.get_context("fork").Process(target=harness)
    child.start()
    return child


def entries(path: Path) -> tuple[Entry, ...]:
    with contextlib.suppress(JournalError):
        return read(path)
    return ()


def wait_until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not get so far"
        time.sleep(0.002)


def count(path: Path, kind: type[Entry]) -> int:
    return sum(isinstance(one, kind) for one in entries(path))


def of_run(engine: Engine, run_id: str) -> list[str]:
    return [one.id for one in engine.find(f"{LABEL}.run") if one.labels[f"{LABEL}.run"] == run_id]


@pytest.mark.engine
def test_thirty_kills_at_random_moments_lose_nothing(
    docker_engine: Engine, hostile_image: str, tmp_path: Path
) -> None:
    """From before the container is made until it has answered some cases; each next harness clears up and goes on."""
    cases = tuple(f"case-{number:03}" for number in range(300))
    limits = dataclasses.replace(LIMITS, case_s=20.0)
    request = run_request(
        tmp_path, "slow 0.04", image_id=hostile_image, cases=cases, run_id=tmp_path.name, limits=limits
    )
    path = tmp_path / "journal.log"

    def assess() -> None:
        engine = connect(None)
        sandbox.reap(engine, time.time())
        with hardened(request, engine) as ready:
            Ran(ready, engine, path)

    dice, strays = random.Random(11), []
    for number in range(KILLS):
        before = count(path, Answered)
        harness = forked(assess, tmp_path)
        if number % 3:  # in the conversation, an answer further on; else wherever it is, from its first moment on
            wait_until(lambda: count(path, Answered) > before)  # noqa: B023
        time.sleep(dice.random() * (0.05 if number % 3 else 0.6))
        assert harness.exitcode is None
        os.kill(harness.pid or 0, signal.SIGKILL)
        harness.join()
        strays.append(len(of_run(docker_engine, tmp_path.name)))
    harness = forked(assess, tmp_path)
    harness.join(120)
    assert harness.exitcode == 0
    assert max(strays) <= 2  # one that is looked into or asked, and one that is being removed

    final = read(path)
    times = Counter(one.case for entry in final if isinstance(entry, Answered) for one in entry.results)
    assert times == Counter(cases)
    results = sandbox.sandbox_run(request, final).results
    assert {(one.outcome, one.score) for one in results} == {(Outcome.OK, 0.25)}
    assert sum(isinstance(one, RunClosed) for one in final) == 1
    sandbox.reap(docker_engine, time.time())
    assert of_run(docker_engine, tmp_path.name) == []


@pytest.mark.engine
def test_what_a_killed_harness_leaves_is_removed_by_the_next_one(
    docker_engine: Engine, hostile_image: str, tmp_path: Path
) -> None:
    """The container hangs, so that it does not leave by itself when its stdin is closed."""
    request = run_request(tmp_path, "hang_on bad", image_id=hostile_image, cases=("bad",), run_id=tmp_path.name)
    request = dataclasses.replace(request, limits=dataclasses.replace(LIMITS, case_s=100.0))

    def assess() -> None:
        with hardened(request, connect(None)) as ready:
            Ran(ready, connect(None), tmp_path / "journal.log")

    harness = forked(assess, tmp_path)
    wait_until(lambda: count(tmp_path / "journal.log", Attempted) > 0)
    os.kill(harness.pid or 0, signal.SIGKILL)
    harness.join()
    own = f"-{harness.pid}-"
    mounts = Path("/proc/self/mountinfo")
    assert len(of_run(docker_engine, tmp_path.name)) == 1
    assert own in mounts.read_text()
    assert sandbox.reap(docker_engine, time.time()) >= 1
    assert of_run(docker_engine, tmp_path.name) == []
    assert own not in mounts.read_text()
    assert not [one for one in base_folder().iterdir() if own in one.name]


@pytest.mark.engine
@pytest.mark.parametrize(
    "owner",
    [this_process(), "elsewhere:1:1", f"{this_host()}:not-a-number:1"],
    ids=["living", "of another host", "with no number"],  # the same in every worker of the tests
)
def test_the_reaper_spares_a_living_owner_and_another_host_until_the_deadline(
    docker_engine: Engine, hostile_image: str, tmp_path: Path, owner: str
) -> None:
    request = run_request(tmp_path, "honest", image_id=hostile_image, run_id=tmp_path.name)
    deadline = int(time.time()) + 600
    spec = container_spec(request, host_cpus=docker_engine.cpus(), owner=owner, deadline=deadline)
    container = docker_engine.create(spec)
    try:
        sandbox.reap(docker_engine, time.time())
        assert of_run(docker_engine, tmp_path.name) == [container.id]
        sandbox.reap(docker_engine, deadline + 1.0)
        assert of_run(docker_engine, tmp_path.name) == []
    finally:
        container.remove()


def test_a_second_harness_on_a_run_is_refused_and_disturbs_nothing(tmp_path: Path) -> None:
    request = run_request(tmp_path, "slow 0.3", cases=("a", "b", "c", "d"))
    path = tmp_path / "journal.log"
    first = forked(lambda: Ran(request, process_engine(), path), tmp_path)
    wait_until(lambda: count(path, Attempted) > 0)
    with pytest.raises(JournalError, match="another process is writing to this run") as refused:
        Ran(request, process_engine(), path)
    assert "wait for it, or stop it" in str(refused.value)
    first.join(30)
    assert first.exitcode == 0
    results = sandbox.sandbox_run(request, read(path)).results
    assert [one.outcome for one in results] == [Outcome.OK] * 4
    asked = [case for one in read(path) if isinstance(one, Attempted) for case in one.cases]
    assert sorted(asked) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(("batch", "deaths"), [(1, 5), (4, 10)])
def test_a_case_that_kills_the_harness_five_times_is_poison(tmp_path: Path, batch: int, deaths: int) -> None:
    """The program sends SIGKILL to whoever asks it; a batch is asked case by case after its five."""
    request = run_request(tmp_path, f"kill_harness_on bad {batch}", cases=("a", "b", "bad", "c"))
    path = tmp_path / "journal.log"
    died = 0
    while died < 20:
        harness = forked(lambda: Ran(request, process_engine(), path), tmp_path)
        harness.join(60)
        if harness.exitcode == 0:
            break
        assert harness.exitcode == -signal.SIGKILL
        died += 1
    assert died == deaths
    results = {one.case: one for one in sandbox.sandbox_run(request, read(path)).results}
    assert results["bad"].outcome is Outcome.POISON
    assert {results[case].outcome for case in ("a", "b", "c")} == {Outcome.OK}
    assert not results["bad"].outcome.is_vendors


def test_a_poisoned_journal_of_another_run_is_not_taken(tmp_path: Path) -> None:
    """A run's cases are its own: results for cases that were never asked do not make it finished."""
    request = run_request(tmp_path, "honest", cases=("a",))
    done = Ran(request, process_engine(), tmp_path / "journal.log")
    other = dataclasses.replace(request, cases=dataclasses.replace(request.cases, case=("z",)))
    with pytest.raises(JournalError, match="not finished"):
        sandbox.sandbox_run(other, done.entries)
