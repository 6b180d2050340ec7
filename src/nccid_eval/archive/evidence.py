"""private/: what a run was started with, and what its scores are made from."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil

from nccid_eval.archive.folder import RunFolder
from nccid_eval.archive.reading import read_json
from nccid_eval.archive.release import plain
from nccid_eval.archive.writing import storage, write_csv, write_json
from nccid_eval.errors import JournalError
from nccid_eval.records import Assessment, Predictions, Truth
from nccid_eval.settings import to_record

OLDER = "read it with the version of nccid_eval that wrote it"


def save_assessment(run: RunFolder, assessment: Assessment) -> None:
    write_json(run.private / "assessment.json", plain(dataclasses.asdict(assessment)))


def load_assessment(run: RunFolder) -> Assessment:
    """Raises JournalError where it is missing, damaged, or of a version whose fields were others."""
    path = run.private / "assessment.json"
    if not path.exists() and not run.journal.exists() and run.truth.exists():
        raise JournalError(
            "this folder was scored from two tables: there is no run in it to go on with or to make again",
            where=str(run.root),
            mend="score its tables anew: nccid-eval score --predictions private/predictions.csv "
            "--truth private/truth.csv --threshold T -o OTHER",
        )
    table = read_json(path)
    try:
        return to_record(table, Assessment, where=str(path), error=JournalError)
    except JournalError as fault:
        raise JournalError(
            f"private/{path.name} is damaged, or of another version of nccid_eval: {fault.what}",
            where=fault.where,
            mend=f"put the file back as it was, or {OLDER}; its release/ can be read as it is",
        ) from None


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
    write_csv(run.private / "predictions.csv", ("case", "score", "outcome"), scores)
    names = tuple(truth.attributes)
    units = {} if truth.unit is None else {"unit": truth.unit}
    columns = (truth.case, truth.patient, truth.label.astype(int), *(units | dict(truth.attributes)).values())
    write_csv(run.truth, ("case", "patient", "label", *units, *names), zip(*columns, strict=True))


def copy_evidence(run: RunFolder, into: RunFolder) -> None:
    """What a scoring is made from: journals, predictions, reference standard, logs."""
    with storage(into.root):
        for path in (*run.private.glob("*.log"), run.truth, run.private / "predictions.csv"):
            if path.exists():
                shutil.copy2(path, into.private)
