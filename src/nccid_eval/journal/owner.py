"""Who owns what lies on a machine while a run or a build lasts: a process, so named that no later one is it."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path


def this_process() -> str:
    """host:pid:start time, which no later process shares."""
    return f"{this_host()}:{os.getpid()}:{start_time(os.getpid())}"


def this_host() -> str:
    """Two that share an engine may share a host's name too; where pids mean something else, it is another host."""
    return f"{socket.gethostname()}/{pid_namespace()}".rstrip("/")


def pid_namespace() -> str:
    """Its number; empty where the system has none."""
    with suppress(OSError):
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    return ""


def start_time(pid: int) -> str:
    """Field 22 of /proc/PID/stat, in clock ticks since the machine started; empty where there is no such process.

    One that ended, and that nobody waited for, is none: in a container without an init such stay for ever.
    """
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else fields[18]
