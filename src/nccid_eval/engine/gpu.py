"""The GPUs of this machine, as the NVIDIA driver lists them, and how much memory of one is in use."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

CDI_KIND = "nvidia.com/gpu"
EVERY_MS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    index: str  # as an engine is asked for it: the driver's number, or its name in CDI (nvidia.com/gpu=0)
    name: str
    driver: str


def gpus() -> tuple[Gpu, ...]:
    """All GPUs; none where there is no driver."""
    query = ["nvidia-smi", "--query-gpu=index,name,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return parse_gpus(done.stdout)


def parse_gpus(printed: str) -> tuple[Gpu, ...]:
    rows = (line.split(", ") for line in printed.splitlines())
    return tuple(Gpu(index=row[0], name=row[1], driver=row[2]) for row in rows if len(row) == 3)


def by_cdi(found: Sequence[Gpu]) -> tuple[Gpu, ...]:
    """The same by their names in CDI, under which one device alone is handed over."""
    return tuple(replace(one, index=f"{CDI_KIND}={one.index}") for one in found)


def cdi_lists_gpus(folders: Sequence[Path]) -> bool:
    """Whether a CDI specification for GPUs lies in one of these folders (nvidia-ctk cdi generate makes it)."""
    for folder in folders:
        with contextlib.suppress(OSError):
            if any(CDI_KIND in path.read_text(errors="replace") for path in folder.iterdir() if path.is_file()):
                return True
    return False


class GpuMemory:
    """Highest use of one device's memory while it is watched, in MiB; None where nothing tells.

    One nvidia-smi prints a line every half second; a process a sample would hold up the requests. The device has one
    run alone, so that all that is in use is the container's (and the driver's own few MiB).
    """

    def __init__(self, device: str, program: Sequence[str] = ("nvidia-smi",)) -> None:
        query = ["--query-gpu=memory.used", "--format=csv,noheader,nounits", f"--id={device.rpartition('=')[2]}"]
        self._text = b""
        self._peak: float | None = None
        self._process: subprocess.Popen[bytes] | None = None
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(
                [*program, *query, f"--loop-ms={EVERY_MS}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        if self._process is not None and self._process.stdout is not None:
            os.set_blocking(self._process.stdout.fileno(), False)

    def peak_mib(self) -> float | None:
        """Takes what was printed since, without waiting."""
        pipe = self._process.stdout if self._process is not None else None
        if pipe is not None and not pipe.closed:
            with contextlib.suppress(BlockingIOError):
                self._text += os.read(pipe.fileno(), 64 * 1024)
        *lines, self._text = self._text.split(b"\n")
        used = [parse_used_mib(line) for line in lines]
        known = [one for one in (*used, self._peak) if one is not None]
        self._peak = max(known, default=None)
        return self._peak

    def close(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def parse_used_mib(line: bytes) -> float | None:
    """A line of memory.used without its unit; None for '[N/A]' and for words of the driver's."""
    text = line.strip()
    return float(text) if text.isdigit() else None
