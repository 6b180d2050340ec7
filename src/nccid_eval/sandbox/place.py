"""Private places on this machine: what a run mounts and writes for its containers, and what a killed one left there.

A place is named after its process alone, since a container can read the names of what is bound into it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nccid_eval.errors import SandboxError
from nccid_eval.journal.owner import pid_namespace, start_time

MOUNT_TIMEOUT_S = 60


def base_folder() -> Path:
    """Where places lie: /run/nccid-eval for root, else a folder of this user's own."""
    user = os.geteuid()
    if user == 0:
        return Path("/run/nccid-eval")
    return Path(tempfile.gettempdir()) / f"nccid-eval-{user}"


@contextmanager
def private_place(base: Path | None = None) -> Iterator[Path]:
    """A fresh folder of this process; what is mounted below it is unmounted and all of it removed on every way out.

    Raises SandboxError where the base belongs to somebody else or cannot be written.
    """
    base = base or base_folder()
    place = base / f"{pid_namespace()}-{os.getpid()}-{start_time(os.getpid())}-{secrets.token_hex(4)}"
    try:
        base.mkdir(mode=0o711, parents=True, exist_ok=True)
        if base.lstat().st_uid != os.geteuid():
            raise PermissionError(0, "it belongs to somebody else")
        place.mkdir(mode=0o711)
    except OSError as cause:
        raise SandboxError(
            f"no private place can be made: {cause.strerror}", where=str(base), mend="mend its owner and permissions"
        ) from None
    try:
        yield place
    finally:
        clear(place)


def mount(kind: str, source: str, at: Path, options: Sequence[str]) -> None:
    """Mount `source` at the new folder `at`. Raises SandboxError with the system's own words."""
    at.mkdir(mode=0o711)
    _run_mount(["-t", kind, "-o", ",".join(options), source, str(at)], at)


def bind(file: Path, at: Path) -> None:
    """Show a file under the new name `at` too, read-only. Raises SandboxError."""
    at.touch(mode=0o600)
    _run_mount(["--bind", "-o", "ro", str(file), str(at)], at)


def _run_mount(arguments: Sequence[str], at: Path) -> None:
    try:
        subprocess.run(["mount", *arguments], check=True, capture_output=True, timeout=MOUNT_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as cause:
        words = getattr(cause, "stderr", b"") or str(cause).encode()
        last = (words.decode(errors="replace").strip().splitlines() or ["no reason given"])[0]
        raise SandboxError(f"cannot mount: {last}", where=str(at), mend="see 'nccid-eval doctor'") from None


def clear(place: Path) -> None:
    """Unmount what is below a place, the innermost first, then remove it; never what is still mounted."""
    for point in reversed(mounted_below(place)):
        for way in (["umount"], ["umount", "--lazy"]):  # lazily where a container that is being removed holds it
            if subprocess.run([*way, str(point)], check=False, capture_output=True).returncode == 0:
                break
    if not mounted_below(place):
        shutil.rmtree(place, ignore_errors=True)


def mounted_below(place: Path) -> list[Path]:
    """Mount points at or below a folder, in the order in which they were mounted."""
    rows = (line.split(" ") for line in Path("/proc/self/mountinfo").read_text(errors="replace").splitlines())
    points = (Path(row[4].replace("\\040", " ")) for row in rows)
    return [point for point in points if point.is_relative_to(place)]


def clear_abandoned(base: Path | None = None) -> int:
    """Clear the places of processes that are gone; how many. Those of another pid namespace are left alone."""
    base = base or base_folder()
    left = [place for place in base.glob("*-*-*-*") if _is_abandoned(place.name)] if base.is_dir() else []
    for place in left:
        clear(place)
    return len(left)


def _is_abandoned(name: str) -> bool:
    namespace, pid, start, _ = name.split("-", 3)
    return namespace == pid_namespace() and pid.isdigit() and start_time(int(pid)) != start
