"""reports/index.html: written whole, by one process at a time, from every release that is there by then."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nccid_eval import archive, report
from nccid_eval.errors import JournalError
from nccid_eval.listing.released import listed
from nccid_eval.report import ListedComparison, ListedRun

PAGE, LOCK = "index.html", ".index.lock"


def write_index(reports: Path) -> Path:
    """The page over all runs and comparisons in `reports`. Raises StorageError where it cannot be written."""
    with _alone(reports):
        found = [listed(root) for root in folders(reports)]
        page = report.render_index(
            [one for one in found if isinstance(one, ListedRun)],
            [one for one in found if isinstance(one, ListedComparison)],
        )
        archive.write_text(reports / PAGE, page)
    return reports / PAGE


def has_index(reports: Path) -> bool:
    """Whether such a page is kept in a folder."""
    return (reports / PAGE).exists() and (reports / LOCK).exists()


def folders(reports: Path) -> list[Path]:
    """What may be a run, in the order of names; one that begins with a dot is half done. Raises JournalError."""
    try:
        return sorted(path for path in reports.iterdir() if not path.name.startswith(".") and path.is_dir())
    except OSError as cause:
        raise JournalError(
            f"no runs can be listed: {cause.strerror}", where=str(reports), mend="name the folder that holds the runs"
        ) from None


@contextmanager
def _alone(reports: Path) -> Iterator[None]:
    """Who waits here reads after the other has written: of two runs that finish at once, the last page has both."""
    with archive.storage(reports):
        lock = os.open(reports / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with archive.storage(reports):
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
