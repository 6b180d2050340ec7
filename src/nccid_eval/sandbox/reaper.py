"""Containers that a killed harness left behind: removed when their owner is gone or their time is up."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

from nccid_eval.engine import Engine, Found
from nccid_eval.sandbox.policy import LABEL


def this_process() -> str:
    """host:pid:start time, which no later process shares."""
    return f"{_host()}:{os.getpid()}:{_start_time(os.getpid())}"


def _host() -> str:
    """Two that share an engine may share a host's name too; where pids mean something else, it is another host."""
    with suppress(OSError):
        return f"{socket.gethostname()}/{Path('/proc/self/ns/pid').stat().st_ino}"
    return socket.gethostname()


def reap(engine: Engine, now: float) -> int:
    """Remove abandoned containers; how many. `now` is in seconds since the epoch."""
    abandoned = [one for one in engine.find(f"{LABEL}.owner") if is_abandoned(one, now)]
    for one in abandoned:
        engine.remove(one.id)
    return len(abandoned)


def is_abandoned(found: Found, now: float) -> bool:
    """Another host's container is left alone until its deadline has passed."""
    with suppress(ValueError):
        if float(found.labels.get(f"{LABEL}.deadline", "nan")) < now:
            return True
    host, _, rest = found.labels.get(f"{LABEL}.owner", "").partition(":")
    pid, _, start = rest.partition(":")
    if host != _host() or not pid.isdigit():
        return False
    return _start_time(int(pid)) != start


def _start_time(pid: int) -> str:
    """Field 22 of /proc/PID/stat; empty when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
