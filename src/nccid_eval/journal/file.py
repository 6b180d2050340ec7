"""The journal's file: one writer, lines appended and flushed to the disk, a torn end cut off."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from nccid_eval.errors import JournalError, StorageError
from nccid_eval.journal.entries import Entry, decode, encode


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
        raise damaged(path, f"line {len(entries) + 1} of the journal is damaged")
    return tuple(entries), end


def damaged(path: Path, what: str) -> JournalError:
    return JournalError(what, where=str(path), mend="restore the run folder from a backup, or start a new run")


class Journal:
    """An open journal; a context manager. Raises JournalError where another process writes to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._flusher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")  # starts no thread before use
        self._flush: tuple[Future[None], int] | None = None  # under way, and where the file ended before it
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as cause:
            raise _storage(cause, path) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.entries, whole = _parse(path.read_bytes(), path)
            os.ftruncate(self._file, whole)
            sync_folder(path.parent)
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

    def append(self, entries: Iterable[Entry], *, wait: bool = True) -> None:
        """Write entries in one piece, and flush them to the disk.

        Without `wait` the flush goes on beside what the caller does next; nothing more is written before it is over,
        and whether it failed is raised then.
        """
        self._settle()
        data = b"".join(encode(entry) for entry in entries)
        end = os.fstat(self._file).st_size
        try:
            written = os.write(self._file, data)
            if written != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if wait:
                os.fsync(self._file)
            else:
                self._flush = self._flusher.submit(os.fsync, self._file), end
        except OSError as cause:
            raise self._taken_back(end, cause) from None

    def _settle(self) -> None:
        """Wait until what was written last is on the disk."""
        if self._flush is None:
            return
        flush, end = self._flush
        try:
            flush.result()
        except OSError as cause:
            raise self._taken_back(end, cause) from None
        finally:
            if flush.done():
                self._flush = None

    def _taken_back(self, end: int, cause: OSError) -> StorageError:
        with contextlib.suppress(OSError):  # a torn end is cut off when the journal is opened again
            os.ftruncate(self._file, end)
        return _storage(cause, self.path)

    def close(self) -> None:
        try:
            self._settle()
        finally:
            self._flusher.shutdown()
            os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a new file is on the disk only when its folder is."""
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
