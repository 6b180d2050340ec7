"""Files that are written whole or not at all, and a container's log, which has an end."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nccid_eval.errors import StorageError
from nccid_eval.journal import sync_folder

UNPRINTABLE = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)))
LOG_BYTES = 4 * 2**20  # of all containers of a run together
LOG_FULL = "\n(this log is full: what later containers wrote is not kept)\n"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM)


def write_json(path: Path, table: Mapping[str, Any]) -> None:
    """As `write_text`. Raises ValueError for a number that is not finite."""
    write_text(path, json.dumps(table, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """As write_bytes, in UTF-8 with the newlines that it has."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Whole or not at all: temporary file, fsync, rename, fsync of the folder. Raises StorageError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with storage(path):
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """A header, then the rows, likewise."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def append_log(path: Path, log: bytes) -> None:
    """Add what a container wrote to stderr, until the log is full: a run may start many containers."""
    text = readable(log)
    with storage(path), path.open("a", encoding="utf-8") as file:
        room = LOG_BYTES - path.stat().st_size
        if room > 0:
            fits = len(text.encode()) <= room
            file.write(text if fits else f"{text.encode()[:room].decode(errors='ignore')}{LOG_FULL}")


def readable(log: bytes) -> str:
    """A container's log for the evaluator's eyes, without control characters but tab and newline."""
    return log.decode("utf-8", errors="replace").translate(UNPRINTABLE)


def sha256(path: Path) -> str:
    """Of a file's bytes; empty where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


@contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turns a full or read-only disk into a StorageError; other errors of the system too, with their own words."""
    try:
        yield
    except OSError as cause:
        raise StorageError(f"cannot write: {cause.strerror}", where=str(path), mend=_mend(cause.errno)) from None


def _mend(number: int | None) -> str:
    if number == errno.EROFS:
        return "that medium is read-only: copy the whole run folder to a disk, and name the copy"
    return "free space or mend permissions, then do it again" if number in FULL else "look at that path"
