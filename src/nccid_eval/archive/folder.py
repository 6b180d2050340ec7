"""Where the parts of a run lie, and how its folders come and go."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nccid_eval.archive.contents import README, RUN
from nccid_eval.archive.writing import storage, write_text
from nccid_eval.errors import JournalError, StorageError
from nccid_eval.records import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """Where the parts of a run lie."""

    root: Path

    @property
    def private(self) -> Path:
        return self.root / "private"

    @property
    def release(self) -> Path:
        return self.root / "release"

    @property
    def journal(self) -> Path:
        return self.private / "journal.log"

    @property
    def report(self) -> Path:
        return self.release / "report.html"

    @property
    def truth(self) -> Path:
        return self.private / "truth.csv"

    @property
    def container_log(self) -> Path:
        return self.private / "container.log"

    def journal_of(self, step: str) -> Path:
        """Of a step beside the unseen partition: canary, synthetic, repeat."""
        return self.private / f"{step}.log"

    def log_of(self, step: str) -> Path:
        return self.private / f"{step}-container.log"

    @property
    def staged(self) -> Path:
        """The input of such a step while it lasts; its name says nothing, since a container may read it."""
        return self.private / "staged"


def run_id(submission: Submission, now: datetime, salt: str) -> str:
    """Sorts by time and reads as what it is: 20210528-093000-chestnet-1-2-0-5f3a."""
    model = re.sub(r"[^a-z0-9]+", "-", f"{submission.name}-{submission.version}".lower()).strip("-")[:40]
    return f"{now:%Y%m%d-%H%M%S}-{model or 'model'}-{salt}"


def create(root: Path, about: str = RUN) -> RunFolder:
    """Make the folders of a run, private/ for its owner alone, and README.txt (`about`). Raises StorageError."""
    run = RunFolder(root=root)
    with storage(root):
        run.private.mkdir(parents=True, exist_ok=True)
        run.private.chmod(0o700)
        run.release.mkdir(exist_ok=True)
    write_text(root / README, about)
    return run


def guard(run: RunFolder) -> None:
    """private/ for its owner alone, as it was made: a zip, or a copy by another program, has forgotten that."""
    with suppress(PermissionError):  # it is another user's, who shares it
        if run.private.stat().st_mode & 0o077:
            run.private.chmod(0o700)


@contextmanager
def new(root: Path, about: str = RUN) -> Iterator[RunFolder]:
    """A run folder that appears under its name when it is whole. Refuses a folder that holds anything."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise StorageError(
            "something is there already", where=str(root), mend="name a folder that does not exist yet"
        )
    building = root.with_name(f".{root.name}.{os.getpid()}.building")
    with storage(root):
        try:
            yield create(building, about)
            if root.exists():
                root.rmdir()
            building.replace(root)
        finally:
            shutil.rmtree(building, ignore_errors=True)


@contextmanager
def new_release(run: RunFolder) -> Iterator[Path]:
    """A fresh release folder that takes the old one's place when it is whole."""
    building, old = run.root / ".release.building", run.root / ".release.old"
    with storage(run.release):
        for left in (building, old):
            shutil.rmtree(left, ignore_errors=True)
        building.mkdir()
        try:
            yield building
            if run.release.exists():
                run.release.replace(old)
            building.replace(run.release)
        finally:
            shutil.rmtree(building, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)


def discard_staged(run: RunFolder) -> None:
    """Remove what was staged for a step that is over, and what a killed harness left of it."""
    with storage(run.staged):
        if run.staged.exists():
            shutil.rmtree(run.staged)


def find(name: str, reports: Path) -> RunFolder:
    """The run of a path, or of a name under `reports`. Raises JournalError where there is none."""
    for root in (Path(name), reports / name):
        if (root / "private").is_dir():
            return RunFolder(root=root)
    raise JournalError(
        f"there is no run '{name}'", where=str(reports), mend="name a folder under reports/ that has private/ in it"
    )
