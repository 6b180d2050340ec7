"""One run under reports/<run_id>/: private/ never leaves, release/ passed the disclosure gate. Written atomically.

private/  assessment.json  journal.log  container.log  predictions.csv  truth.csv  scorecard.json (all cells)
          canary.log  synthetic.log  repeat.log (journals of the other steps)  *-container.log
          scan.json and deletion.json where there was a scan, a deletion
release/  run.json  scorecard.json  estimates.csv  vendor.json  report.html
          rehearsal.json alone where the model failed on synthetic cases
"""

from __future__ import annotations

import csv
import dataclasses
import errno
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from nccid_eval.errors import JournalError, StorageError
from nccid_eval.journal import sync_folder
from nccid_eval.records import Assessment, Evaluation, Predictions, Submission, Truth
from nccid_eval.settings import to_record

RUN_SCHEMA = "nccid-eval/run/1"
UNPRINTABLE = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)))
LOG_BYTES = 4 * 2**20  # of all containers of a run together
LOG_FULL = "\n(this log is full: what later containers wrote is not kept)\n"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
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


def create(root: Path) -> RunFolder:
    """Make the folders of a run, private/ for its owner alone. Raises StorageError."""
    run = RunFolder(root=root)
    with storage(root):
        run.private.mkdir(parents=True, exist_ok=True)
        run.private.chmod(0o700)
        run.release.mkdir(exist_ok=True)
    return run


@contextmanager
def new(root: Path) -> Iterator[RunFolder]:
    """A run folder that appears under its name when it is whole. Refuses a folder that holds anything."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise StorageError(
            "something is there already", where=str(root), mend="name a folder that does not exist yet"
        )
    building = root.with_name(f".{root.name}.{os.getpid()}.building")
    with storage(root):
        try:
            yield create(building)
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


def copy_evidence(run: RunFolder, into: RunFolder) -> None:
    """What a scoring is made from: journals, predictions, reference standard, logs."""
    with storage(into.root):
        for path in (*run.private.glob("*.log"), run.truth, run.private / "predictions.csv"):
            if path.exists():
                shutil.copy2(path, into.private)


def sha256(path: Path) -> str:
    """Of a file's bytes; empty where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def find(name: str, reports: Path) -> RunFolder:
    """The run of a path, or of a name under `reports`. Raises JournalError where there is none."""
    for root in (Path(name), reports / name):
        if (root / "private").is_dir():
            return RunFolder(root=root)
    raise JournalError(
        f"there is no run '{name}'", where=str(reports), mend="name a folder under reports/ that has private/ in it"
    )


def save_assessment(run: RunFolder, assessment: Assessment) -> None:
    write_json(run.private / "assessment.json", _plain(dataclasses.asdict(assessment)))


def load_assessment(run: RunFolder) -> Assessment:
    path = run.private / "assessment.json"
    table = read_json(path)
    return to_record(table, Assessment, where=str(path), error=JournalError)


def identity(assessment: Assessment) -> str:
    """What makes a run this run: another may not resume its journal.

    Image, partition, cases, limits (with the engine's runtime), needs, seccomp profile, GPU, seed.
    """
    parts = {
        "image": assessment.image.id,
        "partition": assessment.partition.digest,
        "cases": assessment.cases.case,
        "needs": dataclasses.asdict(assessment.submission.container),
        "limits": dataclasses.asdict(assessment.limits),
        "seccomp": assessment.seccomp,
        "gpu": assessment.gpu,
        "seed": assessment.seed,
    }
    return "sha256:" + hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def save_predictions(run: RunFolder, predictions: Predictions, truth: Truth) -> None:
    """Per-case scores and the reference standard side by side in private/: enough to score the run anywhere."""
    rows = zip(predictions.case, predictions.score, predictions.answered, predictions.outcome, strict=True)
    scores = [(case, repr(float(score)) if known else "", outcome) for case, score, known, outcome in rows]
    _write_csv(run.private / "predictions.csv", ("case", "score", "outcome"), scores)
    names = tuple(truth.attributes)
    units = {} if truth.unit is None else {"unit": truth.unit}
    columns = (truth.case, truth.patient, truth.label.astype(int), *(units | dict(truth.attributes)).values())
    _write_csv(run.truth, ("case", "patient", "label", *units, *names), zip(*columns, strict=True))


def save_release(folder: Path, evaluation: Evaluation) -> None:
    """run.json: what was tested, on what, how it went; no path of this machine."""
    write_json(folder / "run.json", {"schema": RUN_SCHEMA, **release_table(evaluation)})


def release_table(evaluation: Evaluation) -> dict[str, Any]:
    whole = dataclasses.asdict(evaluation)
    del whole["scorecard"]  # has a file of its own
    table = _plain(whole)
    if table["submission"]:
        del table["submission"]["folder"]
    if table["partition"]:
        del table["partition"]["folder"], table["partition"]["cases"], table["partition"]["flow"]
    return table


def write_json(path: Path, table: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(table, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Whole or not at all: temporary file, fsync, rename, fsync of the folder. Raises StorageError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with storage(path):
        try:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def append_log(path: Path, log: bytes) -> None:
    """Add what a container wrote to stderr, until the log is full: a run may start many containers."""
    text = readable(log)
    with storage(path), path.open("a", encoding="utf-8") as file:
        room = LOG_BYTES - path.stat().st_size
        if room > 0:
            fits = len(text.encode()) <= room
            file.write(text if fits else f"{text.encode()[:room].decode(errors='ignore')}{LOG_FULL}")


@contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turns a full or read-only disk into a StorageError; other errors of the system too, with their own words."""
    try:
        yield
    except OSError as cause:
        mend = "free space or mend permissions, then do it again" if cause.errno in FULL else "look at that path"
        raise StorageError(f"cannot write: {cause.strerror}", where=str(path), mend=mend) from None


def _write_csv(path: Path, header: tuple[str, ...], rows: Any) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def _plain(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table as JSON holds it: paths as text, tuples as lists."""
    plain: dict[str, Any] = json.loads(json.dumps(table, default=str, allow_nan=False))
    return plain


def read_json(path: Path) -> dict[str, Any]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(table, dict):
            raise ValueError("not a JSON object")
    except (OSError, ValueError) as cause:
        raise JournalError(
            f"{path.name} cannot be read ({type(cause).__name__})",
            where=str(path),
            mend="this run cannot be resumed or scored again; start a new one",
        ) from None
    return table


def readable(log: bytes) -> str:
    """A container's log for the evaluator's eyes, without control characters but tab and newline."""
    return log.decode("utf-8", errors="replace").translate(UNPRINTABLE)
