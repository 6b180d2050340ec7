"""The GPUs of this machine, as the NVIDIA driver lists them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    index: str
    name: str
    driver: str


def gpus() -> tuple[Gpu, ...]:
    """All GPUs; none where there is no driver."""
    query = ["nvidia-smi", "--query-gpu=index,name,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    rows = (line.split(", ") for line in done.stdout.splitlines())
    return tuple(Gpu(index=row[0], name=row[1], driver=row[2]) for row in rows if len(row) == 3)
