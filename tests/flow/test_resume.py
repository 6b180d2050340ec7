"""A run killed at any moment and resumed gives the same scorecard, byte for byte, and asks nothing twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.flow.bright import PlainEngine, around
from tests.flow.harness import begin
from tests.ground import ROOT

from nccid_eval import archive, journal, pipeline
from nccid_eval.archive import RunFolder
from nccid_eval.errors import Interrupted, JournalError
from nccid_eval.journal import Answered
from nccid_eval.pipeline.holding import held

MOMENTS = (  # a step's journal, and how many answers it holds when the harness is killed
    ("canary.log", 0),
    ("synthetic.log", 2),
    ("journal.log", 0),
    ("journal.log", 9),
    ("repeat.log", 5),
    ("truth.csv", 0),
)


def harness(*arguments: str | Path, slow: float = 0.02) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.flow.harness", *map(str, arguments)]
    environment = {**os.environ, "SLOW": str(slow)}
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)


def finish(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()


def resume(run: RunFolder) -> None:
    """In this process, which costs no start of another; the same model, in no hurry to be killed."""
    pipeline.resume(run, around(PlainEngine(BEHAVIOUR="decline")))


def only_run(work: Path) -> RunFolder:
    (root,) = (work / "reports").iterdir()
    return RunFolder(root=root)


def wait_for_answers(work: Path, wanted: int, name: str = "journal.log") -> None:
    """Until a file of the run is there, and holds so many requests that were answered."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for path in (work / "reports").glob(f"*/private/{name}"):
            if path.read_bytes().count(b'"kind":"Answered"') >= wanted:
                return
        time.sleep(0.005)
    raise AssertionError("the run did not get so far")


@pytest.fixture(scope="module")
def undisturbed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    work = tmp_path_factory.mktemp("undisturbed")
    begin(built, work, around(PlainEngine(BEHAVIOUR="decline")))
    return (only_run(work).release / "scorecard.json").read_bytes()


@pytest.mark.parametrize(("name", "wanted"), MOMENTS)
def test_killed_and_resumed(built: Path, tmp_path: Path, undisturbed: bytes, name: str, wanted: int) -> None:
    process = harness(built, tmp_path)
    wait_for_answers(tmp_path, wanted, name)
    time.sleep(random.Random(f"{name} {wanted}").random() * 0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    run = only_run(tmp_path)
    before = {path: path.read_bytes() for path in run.private.glob("*.log")}
    if name == "journal.log" and wanted:  # a torn last line, as a power cut leaves it
        with run.journal.open("ab") as file:
            file.write(b'0badc0de {"kind":"Answ')
    resume(run)
    assert (run.release / "scorecard.json").read_bytes() == undisturbed
    for step in ("canary", "synthetic", "journal", "repeat"):
        path = run.private / f"{step}.log"
        assert path.read_bytes().startswith(before.get(path, b"").rpartition(b"\n")[0]), step
        assert set(times_answered(path).values()) == {1}, step
    assert not run.staged.exists()


def times_answered(path: Path) -> Counter[str]:
    entries = journal.read(path)
    return Counter(result.case for entry in entries if isinstance(entry, Answered) for result in entry.results)


def test_interrupt_says_how_to_go_on(built: Path, tmp_path: Path, undisturbed: bytes) -> None:
    process = harness(built, tmp_path, slow=0.1)
    wait_for_answers(tmp_path, 2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert Interrupted.__name__ in errors.decode()
    run = only_run(tmp_path)
    assert f"--resume {run.root}" in errors.decode()
    with pytest.raises(JournalError, match="not finished"):
        pipeline.rescore(run)
    resume(run)
    assert (run.release / "scorecard.json").read_bytes() == undisturbed


def test_another_run_may_not_use_the_journal(built: Path, tmp_path: Path) -> None:
    process = harness(built, tmp_path, slow=0.1)
    wait_for_answers(tmp_path, 2)
    process.kill()
    process.communicate()
    run = only_run(tmp_path)
    plan = run.private / "assessment.json"
    archive.write_text(plan, plan.read_text().replace('"seed": 1,', '"seed": 2,'))
    resumed = harness(built, tmp_path, run.root)
    _, errors = resumed.communicate(timeout=60)
    assert "belongs to another run" in errors.decode()


@pytest.mark.parametrize("name", ["synthetic.log", "repeat.log"])
def test_a_second_harness_is_refused_and_takes_nothing_away(
    built: Path, tmp_path: Path, undisturbed: bytes, name: str
) -> None:
    process = harness(built, tmp_path, slow=0.05)
    wait_for_answers(tmp_path, 1, name)
    run = only_run(tmp_path)
    before = sorted(run.staged.rglob("*"))
    assert before
    with pytest.raises(JournalError, match="another process is writing to this run"):
        pipeline.resume(run, around(PlainEngine()))
    assert sorted(run.staged.rglob("*")) == before
    finish(process)
    assert (run.release / "scorecard.json").read_bytes() == undisturbed
    assert not list(run.private.glob("*-failed-*.log"))


@pytest.mark.parametrize("step", [pipeline.rescore, pipeline.rerender, pipeline.resume, pipeline.destroy_image])
def test_whatever_writes_to_a_run_holds_it(step: Callable[..., object], tmp_path: Path) -> None:
    run = archive.create(tmp_path / "run")
    others = (around(PlainEngine()),) if step in (pipeline.resume, pipeline.destroy_image) else ()
    with held(run), pytest.raises(JournalError, match="another process"):
        step(run, *others)
    with pytest.raises(JournalError, match=r"assessment\.json is missing"):  # let go of; it holds nothing
        step(run, *others)
