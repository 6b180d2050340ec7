"""What `doctor` says of one thing that it looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`ok` False: an evaluation cannot run; None: it can, but read the cure."""

    name: str
    ok: bool | None
    found: str
    cure: str = ""
