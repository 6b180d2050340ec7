"""The crash-safe record of what a container was asked and what it answered.

One line an entry: eight hexadecimal digits of CRC-32, a space, JSON, a newline. Lines are appended with one write and
one fsync, an attempt before its result, so after a crash at any moment the file holds a prefix of the truth and at
most one torn line, which is cut off when the journal is opened again. One writer at a time (flock). The journal is
what happened; scores are made from it, from assessment.json and from the reference standard that it seals.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import json
import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nccid_eval.errors import JournalError, StorageError
from nccid_eval.records import CaseResult, Outcome
from nccid_eval.settings import to_record


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
    checksum, _, body = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(body):
        return None
    table: dict[str, Any] = json.loads(body)
    kind = KINDS.get(table.pop("kind", ""))
    if kind is None:
        raise JournalError(
            "the journal holds an entry of a kind that is not known",
            where="journal",
            mend="use the version of nccid-eval that wrote it",
        )
    return to_record(table, kind, where="journal", error=JournalError)


def read(path: Path) -> tuple[Entry, ...]:
    """All whole entries of a journal, without opening it for writing; a torn last line is passed over."""
    try:
        return _parse(path.read_bytes(), path)[0]
    except OSError as cause:
        raise JournalError(
            f"there is no journal to read here: {cause.strerror}",
            where=str(path),
            mend="name the folder of a run under reports/",
        ) from None


def _parse(data: bytes, path: Path) -> tuple[tuple[Entry, ...], int]:
    """Entries, and the length in bytes of the part that holds them."""
    entries: list[Entry] = []
    end = 0
    while (newline := data.find(b"\n", end)) >= 0:
        entry = decode(data[end:newline])
        if entry is None:
            break
        entries.append(entry)
        end = newline + 1
    newline = data.find(b"\n", end)
    if newline >= 0 and newline + 1 < len(data):  # a torn line is the last one: nothing was written after it
        raise JournalError(
            f"line {len(entries) + 1} of the journal is damaged",
            where=str(path),
            mend="restore the run folder from a backup, or start a new run",
        )
    return tuple(entries), end


class Journal:
    """An open journal; a context manager. Raises JournalError where another process writes to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as cause:
            raise _storage(cause, path) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.entries, whole = _parse(path.read_bytes(), path)
            os.ftruncate(self._file, whole)
            _sync_folder(path.parent)
        except BlockingIOError:
            os.close(self._file)
            raise JournalError(
                "another process is writing to this run", where=str(path), mend="wait for it, or stop it"
            ) from None
        except OSError as cause:
            os.close(self._file)
            raise _storage(cause, path) from None
        except BaseException:
            os.close(self._file)
            raise

    def append(self, entries: Iterable[Entry]) -> None:
        """Write entries durably, in one piece."""
        data = b"".join(encode(entry) for entry in entries)
        end = os.fstat(self._file).st_size
        try:
            written = os.write(self._file, data)
            if written != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file)
        except OSError as cause:
            with contextlib.suppress(OSError):  # a torn end is cut off when the journal is opened again
                os.ftruncate(self._file, end)
            raise _storage(cause, self.path) from None

    def close(self) -> None:
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _storage(cause: OSError, path: Path) -> StorageError:
    return StorageError(
        f"the journal cannot be written: {cause.strerror}",
        where=str(path),
        mend="free space or mend permissions, then resume the run: what was answered is kept",
    )
