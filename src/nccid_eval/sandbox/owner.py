"""Who owns what a run leaves on a machine while it lasts: a process, named so that no later one is taken for it."""

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
    """Field 22 of /proc/PID/stat; empty when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
