"""Files of a run that are read back: a missing or damaged one is named, with what to do about it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nccid_eval import schemas
from nccid_eval.archive.writing import write_json
from nccid_eval.errors import JournalError

SCORE_AGAIN = "score the run again (nccid-eval score RUN), or read it with the version of nccid_eval that wrote it"
OUR_FAULT = (
    "nothing was written: records and schemas of this nccid_eval are out of step. Describe the field in "
    "schemas/fields.toml, then run: python -m nccid_eval.schemas"
)
DIGITS = 20  # of a whole number: what has more is not ours, and Python may refuse to count with it
COPY_AGAIN = "copy the run's folder again from where it is whole (a zip may have been cut short), or start a new run"


def parse(text: bytes) -> Any:
    """JSON in UTF-8, its numbers finite and of a sane length. Raises ValueError or RecursionError for others."""
    return json.loads(text.decode(), parse_constant=_no_number, parse_float=_finite, parse_int=_whole)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object. Raises JournalError where the file is missing or holds anything else."""
    try:
        table = parse(path.read_bytes())
        if not isinstance(table, dict):
            raise ValueError("not a JSON object")
    except FileNotFoundError:
        raise JournalError(f"{path.parent.name}/{path.name} is missing", where=str(path), mend=_mend(path)) from None
    except (OSError, ValueError, RecursionError) as cause:
        raise JournalError(
            f"{path.parent.name}/{path.name} cannot be read ({type(cause).__name__})",
            where=str(path),
            mend=_mend(path),
        ) from None
    return table


def _mend(path: Path) -> str:
    """What is released is made again from what is private, as after a scoring that was killed."""
    return SCORE_AGAIN if path.parent.name == "release" else COPY_AGAIN


def read_record(path: Path, schema: str) -> dict[str, Any]:
    """A JSON object that fits `schema`, as 'nccid-eval/run/1'. Raises JournalError that names the first fault."""
    table = read_json(path)
    if table.get("schema") != schema:
        raise JournalError(
            f"{path.parent.name}/{path.name} is not written as {schema}", where=str(path), mend=SCORE_AGAIN
        )
    _check(path, table, mend=SCORE_AGAIN)
    return table


def write_record(path: Path, table: Mapping[str, Any]) -> None:
    """A JSON object that fits the schema that it names under 'schema'. Raises JournalError before it is written."""
    _check(path, table, mend=OUR_FAULT)
    write_json(path, table)


def _check(path: Path, table: Mapping[str, Any], *, mend: str) -> None:
    fault = schemas.fault(table)
    if fault:
        raise JournalError(
            f"{path.parent.name}/{path.name} does not fit its schema at {fault.at}: {fault.wanted}",
            where=str(path),
            mend=mend,
        )


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _finite(digits: str) -> float:
    """Python reads 1e999 as infinity."""
    number = float(digits)
    return number if math.isfinite(number) else _no_number(digits[:DIGITS])


def _whole(digits: str) -> int:
    return int(digits) if len(digits) <= DIGITS else int(_no_number(f"{digits[:DIGITS]}…"))
