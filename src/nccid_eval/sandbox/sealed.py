"""The cases as one sealed file: a squashfs image of them, the same bytes for the same cases, mounted afresh a run.

A container that is given a mounted image sees no path of the host, no time, no inode number that means anything, and
shares no file lock with another run. The image is made once for a partition and kept beside its cases.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nccid_eval.errors import SandboxError
from nccid_eval.sandbox.loop import loop_device
from nccid_eval.sandbox.place import bind, mount, private_place

NAME = "cases.sqsh"
LIST = "cases.json"  # an empty file in the image: nccid-batch/1 binds its list of cases over it
LOCK, HALF_MADE = ".lock", ".*.building"
# Uncompressed, since making and reading it has to be fast; root's, at time 0, without what a file system would add.
FLAGS = (
    *("-noappend", "-quiet", "-no-progress", "-no-xattrs", "-noI", "-noD", "-noF", "-noX"),
    *("-all-root", "-root-mode", "0755", "-all-time", "0", "-mkfs-time", "0"),
    *("-p", f"{LIST} f 0444 0 0 true"),
)
OPTIONS = ("ro", "nosuid", "nodev", "noexec")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedInput:
    """What is bound as the input of a container."""

    folder: Path
    sha256: str  # of the sealed file; empty where the cases' own folder is bound


@contextmanager
def sealed_input(cases: Path, store: Path, say: Callable[[str], None]) -> Iterator[SealedInput]:
    """`cases` sealed and mounted at a neutral path until the block ends; sealed first where `store` lacks the image.

    Where that is not possible (no root, no squashfs-tools, no loop device, a read-only disk) it is the folder
    itself, and `say` is told why.
    """
    why = cannot_seal()
    if why:
        say(f"the input is not sealed: {why}; its folder is bound as it is")
        yield SealedInput(folder=cases, sha256="")
        return
    with private_place() as place:
        try:
            digest = seal(cases, store)
            given = SealedInput(folder=_mounted(store / NAME, place), sha256=digest)
        except (SandboxError, OSError) as cause:
            say(f"the input is not sealed: {cause.args[-1] if cause.args else cause}; its folder is bound as it is")
            given = SealedInput(folder=cases, sha256="")
        yield given


def _mounted(image: Path, place: Path) -> Path:
    """Where the image is mounted; bound to a neutral name first, as /sys tells the path of a loop device's file."""
    neutral = place / "sealed"
    bind(image, neutral)
    with loop_device(neutral) as device:
        mount("squashfs", device, place / "input", OPTIONS)
    return place / "input"


def cannot_seal() -> str:
    """Why nothing can be sealed on this machine; empty where it can."""
    if os.geteuid() != 0:
        return "only root may mount"
    if shutil.which("mksquashfs") is None:
        return "mksquashfs is not installed (Debian: squashfs-tools)"
    return ""


def seal(cases: Path, store: Path) -> str:
    """Make the image of `cases` in `store` unless it is there; its SHA-256. It appears whole or not at all.

    Whoever makes it holds the lock of `store`, mksquashfs too: what a killed one left half made is removed by the
    next, and never while it is written to. Raises OSError where the disk does not take it, SandboxError where
    mksquashfs fails.
    """
    store.mkdir(mode=0o700, exist_ok=True)
    if any(store.glob(HALF_MADE)) or not _known(store):
        with (store / LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in store.glob(HALF_MADE):
                left.unlink()
            if not _known(store):
                _seal(cases, store, lock.fileno())
    return _known(store)


def _known(store: Path) -> str:
    """The digest of the image that is there; empty where there is none."""
    digest = store / f"{NAME}.sha256"
    return digest.read_text().strip() if (store / NAME).exists() and digest.exists() else ""


def _seal(cases: Path, store: Path, lock: int) -> None:
    digest, building = store / f"{NAME}.sha256", store / f".{NAME}.building"
    try:
        _make(cases, building, lock)
        with building.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        digest.unlink(missing_ok=True)  # until the new image is there, no digest speaks for it
        building.replace(store / NAME)
        _write_whole(digest, sha256 + "\n")
    finally:
        building.unlink(missing_ok=True)


def _make(cases: Path, image: Path, lock: int) -> None:
    command = ["mksquashfs", str(cases), str(image), *FLAGS]
    try:
        subprocess.run(command, check=True, capture_output=True, pass_fds=(lock,))
    except subprocess.CalledProcessError as cause:
        words = (cause.stderr + cause.stdout).decode(errors="replace").strip().splitlines()
        raise SandboxError(
            f"mksquashfs failed: {words[0] if words else cause}", where=str(image.parent), mend="free some space"
        ) from None
    image.chmod(0o600)


def _write_whole(path: Path, text: str) -> None:
    building = path.with_name(f".{path.name}.building")
    building.write_text(text)
    building.replace(path)
