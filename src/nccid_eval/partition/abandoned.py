"""Folders in which a killed build had begun, beside its output: named by their process, removed once it is gone."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_SUFFIX = ".building"


def make_folder(out: Path) -> Path:
    """A hidden folder beside `out`, named `.<out>.<machine>-<pid>-<start time>.<random>.building`."""
    owner = f"{_machine()}-{os.getpid()}-{_start_time(os.getpid())}"
    return Path(tempfile.mkdtemp(prefix=f".{out.name}.{owner}.", suffix=_SUFFIX, dir=out.parent))


def remove_abandoned(out: Path, warn: Callable[[str], None]) -> None:
    """Remove what killed builds of `out` left beside it; of what may be another machine's, only tell."""
    for folder in sorted(out.parent.iterdir()):
        owner = _owner(folder, out)
        if owner is None:
            continue
        machine, _, process = owner.partition("-")
        if machine != _machine():
            warn(f"a build, perhaps on another machine, is unfinished: {folder}; remove it if that build is over")
        elif not _is_running(process):
            shutil.rmtree(folder)
            warn(f"removed what a killed build left behind: {folder}")


def _owner(folder: Path, out: Path) -> str | None:
    """Who builds `out` in this folder, '' where its name does not say; None where it is no such folder."""
    prefix = f".{out.name}."
    if not (folder.name.startswith(prefix) and folder.name.endswith(_SUFFIX)):
        return None
    owner, _, random = folder.name[len(prefix) : -len(_SUFFIX)].rpartition(".")
    named = re.fullmatch(r"([0-9a-f]{8}-[0-9]+-[0-9]+)?", owner) and re.fullmatch(r"[a-z0-9_]{8}", random)
    return owner if named and folder.is_dir() and not folder.is_symlink() else None


def _is_running(process: str) -> bool:
    """Whether the process of a pid still is the one that started at that time: pids are used again."""
    pid, _, start = process.partition("-")
    return _start_time(int(pid)) == start


def _machine() -> str:
    """Where pids mean the same: a host, and on it a process namespace, as containers have their own."""
    namespace = ""
    with suppress(OSError):
        namespace = str(Path("/proc/self/ns/pid").stat().st_ino)
    return hashlib.sha256(f"{socket.gethostname()}/{namespace}".encode()).hexdigest()[:8]


def _start_time(pid: int) -> str:
    """Field 22 of /proc/PID/stat, in clock ticks since the machine started; 0 where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return "0"
