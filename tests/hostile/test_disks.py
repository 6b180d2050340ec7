"""A run whose folder lies on a disk that is full or read-only: it ends clean, and goes on once that is mended."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hostile.ground import Ran, hardened, run_request

from nccid_eval.engine import Engine
from nccid_eval.errors import StorageError
from nccid_eval.journal import Answered, RunClosed, read
from nccid_eval.records import Outcome
from nccid_eval.sandbox.policy import LABEL

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="ONLY ROOT MAY MOUNT, so no full disk was tried"),
]
CASES = tuple(f"case-{number:03}" for number in range(60))


@pytest.fixture
def reports(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 8 KiB."""
    folder = tmp_path / "reports"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def assess(engine: Engine, image: str, folder: Path, reports: Path) -> Ran:
    request = run_request(folder, "batches 2", image_id=image, cases=CASES, run_id=folder.name)
    with hardened(request, engine) as ready:
        return Ran(ready, engine, reports / "journal.log")


def test_a_disk_that_fills_up_and_one_that_cannot_be_written(
    docker_engine: Engine, hostile_image: str, tmp_path: Path, reports: Path
) -> None:
    with pytest.raises(StorageError, match="No space left") as full:
        assess(docker_engine, hostile_image, tmp_path, reports)
    assert "resume" in str(full.value)
    assert not [one for one in docker_engine.find(f"{LABEL}.run") if one.labels[f"{LABEL}.run"] == tmp_path.name]
    kept = read(reports / "journal.log")
    assert sum(isinstance(one, Answered) for one in kept) > 0

    remount(reports, "ro")
    with pytest.raises(StorageError, match="Read-only file system"):
        assess(docker_engine, hostile_image, tmp_path, reports)
    assert read(reports / "journal.log") == kept

    remount(reports, "rw,size=1m")
    done = assess(docker_engine, hostile_image, tmp_path, reports)
    assert done.outcomes == dict.fromkeys(CASES, Outcome.OK)
    assert done.entries[: len(kept)] == kept
    assert len(done.entries_of(RunClosed)) == 1
    times = Counter(one.case for entry in done.entries_of(Answered) for one in entry.results)
    assert times == Counter(CASES)
