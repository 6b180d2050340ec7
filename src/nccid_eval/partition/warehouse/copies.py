"""Fetched files that wait for their second read, so that each crosses the network once.

A copy is private (its folder's mode is 0700), taken away by the read that uses it, and never trusted: what is staged
is hashed again. No disk for a copy costs a second request, and never the build.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path


def keep_copy(path: Path, content: bytes) -> None:
    """Write the content where a second read looks for it; half a copy is never found there."""
    half = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        half.rename(path)
    except OSError:
        with contextlib.suppress(OSError):
            half.unlink()


def take_copy(path: Path) -> bytes:
    """The content, which is gone from there afterwards; b"" where there is none."""
    try:
        content = path.read_bytes()
        path.unlink()
    except OSError:
        return b""
    return content


def places_for_copies(folder: Path, sizes: Iterable[int], most_bytes: int) -> list[Path | None]:
    """For files of these sizes, where each may be copied: from the first on, as long as all fit into `most_bytes`."""
    places: list[Path | None] = []
    left = most_bytes
    for number, size in enumerate(sizes):
        left -= size
        places.append(folder / f"{number:08d}" if left >= 0 else None)
    return places
