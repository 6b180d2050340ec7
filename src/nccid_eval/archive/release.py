"""release/: what may leave, each JSON file as its schema says, and the digests by which a copy is checked."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nccid_eval.archive.reading import write_record
from nccid_eval.archive.writing import sha256, write_text
from nccid_eval.records import Evaluation

RUN_SCHEMA = "nccid-eval/run/1"
SUMS = "SHA256SUMS"


def save_release(folder: Path, evaluation: Evaluation) -> None:
    """run.json: what was tested, on what, how it went; no path of this machine."""
    write_record(folder / "run.json", {"schema": RUN_SCHEMA, **release_table(evaluation)})


def release_table(evaluation: Evaluation) -> dict[str, Any]:
    whole = dataclasses.asdict(evaluation)
    del whole["scorecard"]  # has a file of its own
    table = plain(whole)
    if table["submission"]:
        del table["submission"]["folder"]
    if table["partition"]:
        del table["partition"]["folder"], table["partition"]["cases"], table["partition"]["flow"]
    return table


def save_sums(folder: Path) -> None:
    """SHA256SUMS of all files of `folder`, as `sha256sum --check` reads it; last, when all are written."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != SUMS)
    write_text(folder / SUMS, "".join(f"{sha256(path)}  {path.name}\n" for path in files))


def plain(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table as JSON holds it: paths as text, tuples as lists."""
    made: dict[str, Any] = json.loads(json.dumps(table, default=str, allow_nan=False))
    return made
