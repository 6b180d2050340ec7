"""Folders in which a build had begun that was stopped, beside its output: named by its process, taken over later."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from nccid_eval.journal.owner import start_time, this_host
from nccid_eval.partition.built.manifest import LEDGER

STAGED = "staged-"  # and what tells one content, rules and code from another
_SUFFIX = ".building"
_NOBODY = "0-1"  # in place of a process: there is none of this number


def make_folder(out: Path) -> Path:
    """A hidden folder beside `out`, named `.<out>.<machine>-<pid>-<start time>.<random>.building`."""
    return _make_folder(out, f"{os.getpid()}-{start_time(os.getpid())}")


def _make_folder(out: Path, process: str) -> Path:
    prefix = f".{out.name}.{_machine()}-{process}."
    return Path(tempfile.mkdtemp(prefix=prefix, suffix=_SUFFIX, dir=out.parent))


def leave(folder: Path, out: Path) -> Path | None:
    """Leave what an interrupted build of `out` learned to the next, of this process too; None where it is nothing."""
    if not _learned(folder):
        shutil.rmtree(folder, ignore_errors=True)
        return None
    _clear(folder)
    return folder.rename(_make_folder(out, _NOBODY))


def take_over(out: Path, warn: Callable[[str], None]) -> Path | None:
    """The folder in which a stopped build of `out` learned most, under our own name and with nothing but what serves.

    The folders of other stopped builds of `out` are removed; of what may be another machine's, `warn` is told.
    """
    taken: Path | None = None
    for folder in sorted(_ended(out, warn), key=_learned, reverse=True):
        if taken is None and _learned(folder):
            taken = _rename(folder, out)
            if taken:
                warn(f"goes on from what a stopped build left behind: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)  # another build may have come first
            warn(f"removed what a stopped build left behind: {folder}")
    if taken:
        _clear(taken)
    return taken


def _ended(out: Path, warn: Callable[[str], None]) -> list[Path]:
    """Folders of builds of `out` that ended on this machine without an end."""
    found = []
    for folder in out.parent.iterdir():
        owner = _owner(folder, out)
        if owner is None:
            continue
        machine, _, process = owner.partition("-")
        if machine != _machine() or folder.stat().st_uid != os.geteuid():
            warn(f"a build, perhaps on another machine, is unfinished: {folder}; remove it if that build is over")
        elif not _is_running(process):
            found.append(folder)
    return found


def _learned(folder: Path) -> int:
    """Bytes of its ledger."""
    try:
        return (folder / LEDGER).stat().st_size
    except OSError:
        return 0


def _rename(folder: Path, out: Path) -> Path | None:
    """Under our name in one step, onto an empty folder; None where another build came first."""
    ours = make_folder(out)
    try:
        return folder.rename(ours)
    except FileNotFoundError:
        ours.rmdir()
        return None


def _clear(folder: Path) -> None:
    """Away with all but the ledger and what was staged: the rest is quickly made again."""
    for path in (*folder.iterdir(), *(folder / LEDGER).parent.iterdir()):
        if path.is_dir() and not path.is_symlink():
            if path != (folder / LEDGER).parent and not path.name.startswith(STAGED):
                shutil.rmtree(path)
        elif path != folder / LEDGER:
            path.unlink()


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
    return start_time(int(pid)) == start


def _machine() -> str:
    """Where pids mean the same, in eight characters."""
    return hashlib.sha256(this_host().encode()).hexdigest()[:8]
