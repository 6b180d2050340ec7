"""With what a partition is built: recorded in its manifest and never part of its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("nccid_eval", "pydicom", "numpy", "python-gdcm", "pyjpegls", "pylibjpeg-openjpeg")


def library_versions() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES}


def code_digest(libraries: Mapping[str, str]) -> str:
    """A SHA-256 that changes with any line of this room and any library: what other code learned is not used."""
    room = Path(__file__).parents[1]
    digest = hashlib.sha256(json.dumps(dict(libraries), sort_keys=True).encode())
    for path in sorted(room.rglob("*.py")):
        digest.update(f"\n{path.relative_to(room).as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()
