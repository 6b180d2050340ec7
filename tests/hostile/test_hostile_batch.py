"""Batch programs that attack, on a real engine: contained, charged with what they left out, and nothing left."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ground import ROOT
from tests.hostile.fixtures import build, forget
from tests.hostile.ground import CASES, LIMITS, NEEDS, Ran, hardened, run_request

from nccid_eval import sandbox
from nccid_eval.engine import Engine
from nccid_eval.journal import Attempted, ContainerEnded
from nccid_eval.records import Outcome, RunRequest
from nccid_eval.sandbox import load_profile
from nccid_eval.sandbox.place import base_folder
from nccid_eval.sandbox.work import batches

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="ONLY ROOT MAY MOUNT, so nccid-batch/1 was not tested on an engine"),
]
TAG = "nccid-eval-test:batch"
OK, EXITED, MALFORMED, TIMEOUT, OOM = Outcome.OK, Outcome.EXITED, Outcome.MALFORMED, Outcome.TIMEOUT, Outcome.OOM
SMALL = dataclasses.replace(LIMITS, batch_output_mib=4, batch_output_files=40)
SHORT = dataclasses.replace(SMALL, ready_s=1.0, case_s=0.1)


@pytest.fixture(scope="module")
def batch_image(base_image: str, docker_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("batch")
    shutil.copy(Path(__file__).with_name("batch_program.py"), folder)
    lines = ("ARG BASE", "FROM $BASE", "COPY batch_program.py /", 'ENTRYPOINT ["python3", "/batch_program.py"]')
    (folder / "Dockerfile").write_text("\n".join(lines) + "\n")
    build(folder, TAG, base_image)
    report = docker_engine.image_configuration(TAG)
    assert report is not None
    yield str(report["Id"])
    forget(TAG)


def request(folder: Path, image: str, behaviour: str, limits: object = SMALL) -> RunRequest:
    needs = dataclasses.replace(NEEDS, protocol="nccid-batch/1")
    asked = run_request(folder, behaviour, image_id=image, limits=limits, needs=needs, run_id=folder.name)  # type: ignore[arg-type]
    (asked.input_dir / "cases.json").touch()  # where the list is bound
    return dataclasses.replace(asked, seccomp=load_profile())


def first(number: int, then: Outcome) -> dict[str, Outcome]:
    """So many of the list answered, all others with the outcome."""
    (order,) = batches(CASES, 3, len(CASES))
    return {case: OK if order.index(case) < number else then for case in CASES}


@pytest.mark.parametrize(
    ("behaviour", "answered", "rest"),
    [
        ("honest", 5, EXITED),
        ("half", 2, EXITED),
        ("flips", 5, EXITED),
        ("dies 137", 2, EXITED),
        ("eats_memory", 1, OOM),
        ("floods", 5, MALFORMED),
        ("closes_streams", 5, EXITED),
        ("links_to /etc/shadow", 0, MALFORMED),
        ("fifo", 0, MALFORMED),
        ("sparse", 0, MALFORMED),
        ("setuid", 5, EXITED),
        ("others", 1, MALFORMED),
        ("huge_line", 1, MALFORMED),
    ],
)
def test_an_attack_costs_what_it_leaves_out(
    docker_engine: Engine, batch_image: str, tmp_path: Path, behaviour: str, answered: int, rest: Outcome
) -> None:
    done = Ran(request(tmp_path, batch_image, behaviour), docker_engine, tmp_path / "journal.log")
    assert done.outcomes == first(answered, rest)
    if behaviour == "flips":
        assert {one.score for one in done.results.values()} == {0.75}  # what it said last


def test_one_that_never_exits_is_killed_and_keeps_its_answers(
    docker_engine: Engine, batch_image: str, tmp_path: Path
) -> None:
    done = Ran(request(tmp_path, batch_image, "never_exits", SHORT), docker_engine, tmp_path / "journal.log")
    assert done.outcomes == first(2, TIMEOUT)
    (ended,) = done.entries_of(ContainerEnded)
    assert isinstance(ended, ContainerEnded)
    assert ended.exit_code is None


def test_the_folder_for_output_is_full_at_its_cap(docker_engine: Engine, batch_image: str, tmp_path: Path) -> None:
    done = Ran(request(tmp_path, batch_image, "fills_bytes"), docker_engine, tmp_path / "journal.log")
    assert {one.score for one in done.results.values()} == {round(4 * 2**20 / 2**30, 6)}


def test_there_are_so_many_files_and_no_more(docker_engine: Engine, batch_image: str, tmp_path: Path) -> None:
    done = Ran(request(tmp_path, batch_image, "fills_files"), docker_engine, tmp_path / "journal.log")
    assert {one.score for one in done.results.values()} <= {39e-6, 40e-6, 41e-6}


def test_a_deep_tree_is_no_deeper_than_files_are_allowed(
    docker_engine: Engine, batch_image: str, tmp_path: Path
) -> None:
    done = Ran(request(tmp_path, batch_image, "deep_tree"), docker_engine, tmp_path / "journal.log")
    assert done.outcomes == first(5, EXITED)
    assert 30 < int(done.log) <= 40


def test_ten_million_lines_do_not_fit_and_cost_what_they_say(
    docker_engine: Engine, batch_image: str, tmp_path: Path
) -> None:
    done = Ran(request(tmp_path, batch_image, "many_lines 10000000"), docker_engine, tmp_path / "journal.log")
    assert done.outcomes == dict.fromkeys(CASES, MALFORMED)
    assert b"No space left on device" in done.log
    assert len(done.entries_of(Attempted)) == 1


def test_what_a_container_finds_tells_nothing_of_this_machine(
    docker_engine: Engine, batch_image: str, tmp_path: Path
) -> None:
    asked = request(tmp_path, batch_image, "looks")
    (asked.input_dir / "cases.json").unlink()  # a sealed input has its own
    cases = dataclasses.replace(asked.cases, case=CASES[:2], files=(1, 3))
    with hardened(dataclasses.replace(asked, cases=cases), docker_engine) as ready:
        done = Ran(ready, docker_engine, tmp_path / "journal.log")
    told = json.loads(done.log)
    assert {one["case"]: one["files"] for one in json.loads(told["list"])["cases"]} == {"a": 1, "b": 3}
    assert told["write"] == "Read-only file system"
    assert told["output"] == "0o40700"
    found = {row[4]: (row[3], row[5].split(",")) for row in told["mounts"]}
    assert found["/output"][0] == "/"
    assert {"nosuid", "nodev", "noexec", "rw"} <= set(found["/output"][1])
    assert found["/input/cases.json"][0] == "/cases.json"
    assert "ro" in found["/input/cases.json"][1]
    assert not any(str(tmp_path) in part or "/run/nccid-eval" in part for row in told["mounts"] for part in row)


def test_under_a_kernel_of_its_own(docker_engine: Engine, batch_image: str, tmp_path: Path) -> None:
    """gVisor hands the output on file by file; what is read of it is the same."""
    if "runsc" not in subprocess.run(["docker", "info"], check=True, capture_output=True, text=True).stdout:
        pytest.skip("THE ENGINE HAS NO runsc, so nccid-batch/1 was not tested under gVisor")
    limits = dataclasses.replace(SMALL, runtime="runsc")
    done = Ran(request(tmp_path, batch_image, "half", limits), docker_engine, tmp_path / "journal.log")
    assert done.outcomes == first(2, EXITED)


HARNESS = """
import sys
from pathlib import Path
from tests.hostile.ground import Ran
from tests.hostile.test_hostile_batch import request
from nccid_eval.engine import connect
folder, image = Path(sys.argv[1]), sys.argv[2]
Ran(request(folder, image, "slow 60"), connect(None), folder / "journal.log")
"""


def test_a_killed_harness_leaves_nothing_that_the_next_one_does_not_clear(
    docker_engine: Engine, batch_image: str, tmp_path: Path
) -> None:
    harness = subprocess.Popen([sys.executable, "-c", HARNESS, str(tmp_path), batch_image], cwd=ROOT)
    journal = tmp_path / "journal.log"
    end = time.monotonic() + 30
    while time.monotonic() < end and not (journal.exists() and b"Attempted" in journal.read_bytes()):
        time.sleep(0.05)
    harness.send_signal(signal.SIGKILL)
    harness.wait()
    left = [one for one in base_folder().iterdir() if f"-{harness.pid}-" in one.name]
    assert [one.name for place in left for one in sorted(place.iterdir())] == ["asked", "output"]
    assert sandbox.reap(docker_engine, time.time()) >= 1
    assert not any(one.exists() for one in left)
    assert str(left[0]) not in Path("/proc/self/mountinfo").read_text()
    done = Ran(request(tmp_path, batch_image, "honest"), docker_engine, journal)
    assert done.outcomes == first(5, EXITED)
    lists = [one.cases for one in done.entries if isinstance(one, Attempted)]
    assert len(lists) == 2
    assert lists[0] == lists[1]
