"""Whether the kernel killed anything in a container for want of memory, asked of its memory cgroup itself.

Podman reports no such kill on version 1 of cgroups. There the cgroup is gone when its last process is, and its
counter with it; so the kernel is asked to signal each event to us, which it does once more when the cgroup goes.
"""

from __future__ import annotations

import contextlib
import os
import select
import time
from pathlib import Path

LATE_S = 0.5  # the kernel signals the end of a cgroup from a queue


class OomWatch:
    """Listens from before the program starts. Silent where the cgroup cannot be watched."""

    def __init__(self, memory_cgroup: Path | None) -> None:
        self._cgroup = memory_cgroup
        self._events: int | None = None
        self._seen = 0
        if memory_cgroup is not None and (memory_cgroup / "cgroup.event_control").exists():
            self._events = _listen(memory_cgroup)

    def has_killed(self) -> bool:
        """Waits a moment where only the signals are left: that of the cgroup's end comes after the end."""
        if self._cgroup is None:
            return False
        for name in ("memory.oom_control", "memory.events"):  # version 1, version 2
            with contextlib.suppress(OSError):
                counter = dict(line.split() for line in (self._cgroup / name).read_text().splitlines())
                return int(counter.get("oom_kill", "0")) > 0
        end = time.monotonic() + LATE_S
        while self._seen < 2 and (left := end - time.monotonic()) > 0 and self._events is not None:
            if select.select([self._events], [], [], left)[0]:
                with contextlib.suppress(BlockingIOError):
                    self._seen += os.eventfd_read(self._events)
        return self._seen > 1  # one is for the cgroup's own end

    def close(self) -> None:
        if self._events is not None:
            os.close(self._events)
            self._events = None


def _listen(cgroup: Path) -> int | None:
    events = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
    try:
        watched = os.open(cgroup / "memory.oom_control", os.O_RDONLY | os.O_CLOEXEC)
        try:
            (cgroup / "cgroup.event_control").write_text(f"{events} {watched}")
        finally:
            os.close(watched)
    except OSError:
        os.close(events)
        return None
    return events
