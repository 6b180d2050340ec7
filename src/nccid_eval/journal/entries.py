"""What a journal can say, and each entry as a line: eight hexadecimal digits of CRC-32, a space, JSON, a newline."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nccid_eval.errors import JournalError
from nccid_eval.records import CaseResult, Outcome
from nccid_eval.settings import to_record

VERSION = "use the version of nccid-eval that wrote it"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOpened:
    """First line: the run that this journal belongs to. Another identity may not resume it."""

    run_id: str
    identity: str
    started: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxApplied:
    """The engine, the options as they were read back, and the versions under which a container ran."""

    engine: str
    options: Mapping[str, str]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerReady:
    ready_s: float
    max_batch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """Written before a request is sent."""

    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The request failed and its cases will be asked again; no cases: it failed while it was asked nothing."""

    cases: tuple[str, ...]
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Final results, each case once in a journal; `latency_s` is the whole request's, 0 where there was none."""

    latency_s: float
    results: tuple[CaseResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerEnded:
    """Why a container ended, from a closed list of reasons. `outcome` is set where it failed: whose failure."""

    reason: str
    exit_code: int | None
    memory_peak_mib: float | None
    outcome: Outcome | None = None
    spent_s: float = 0.0  # on what it failed at: getting ready, or the request that it did not answer
    gpu_memory_peak_mib: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunClosed:
    finished: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthSealed:
    """Written when a run is first scored: SHA-256 of private/truth.csv, which no later scoring may find changed."""

    sha256: str


Entry = (
    RunOpened
    | SandboxApplied
    | ContainerReady
    | Attempted
    | Failed
    | Answered
    | ContainerEnded
    | RunClosed
    | TruthSealed
)
KINDS: dict[str, type[Entry]] = {
    kind.__name__: kind
    for kind in (
        RunOpened,
        SandboxApplied,
        ContainerReady,
        Attempted,
        Failed,
        Answered,
        ContainerEnded,
        RunClosed,
        TruthSealed,
    )
}


def encode(entry: Entry) -> bytes:
    """One line with its checksum."""
    body = _ENCODER.encode({"kind": type(entry).__name__, **_fields(entry)}).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _fields(record: Any) -> dict[str, Any]:
    """A record as a table, one level deep; many times quicker than asdict, which copies all that it holds."""
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=_fields)


def decode(line: bytes) -> Entry | None:
    """The entry of one line without its newline; None where the line is not whole.

    Raises JournalError for a whole line that this version does not know.
    """
    table = decode_table(line)
    if table is None:
        return None
    kind = KINDS.get(str(table.pop("kind", "")))
    if kind is None:
        raise JournalError("the journal holds an entry of a kind that is not known", where="journal", mend=VERSION)
    return to_record(table, kind, where="journal", error=JournalError)


def decode_table(line: bytes) -> dict[str, Any] | None:
    """The same as a table, `kind` in it: ten times quicker, for who wants no more than a count."""
    checksum, _, body = line.partition(b" ")
    return _table(body) if checksum == b"%08x" % zlib.crc32(body) else None


def _table(body: bytes) -> dict[str, Any]:
    try:
        table = json.loads(body)
    except (ValueError, RecursionError):
        table = None
    if not isinstance(table, dict):
        raise JournalError("a line of the journal is no JSON object", where="journal", mend=VERSION)
    return table
