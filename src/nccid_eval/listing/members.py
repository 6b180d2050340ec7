"""Single members of a large JSON file, without parsing the rest: 500 scorecards are 150 MB."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nccid_eval import archive

END = b"\n}\n"  # of a file that `archive.write_json` wrote whole


def members(path: Path, names: Iterable[str]) -> dict[str, Any]:
    """Those of the top-level members `names` that the object in a file has. Raises JournalError where it is damaged.

    A file of this project has each top-level member begin on a line of its own after one space, and a newline inside
    a text is written \\n: what stands from one such line to the next is one member. Any other file is parsed whole.
    """
    wanted = tuple(names)
    try:
        data = path.read_bytes()
        found = {name: _member(data, name) for name in wanted} if data.endswith(END) else {}
    except (OSError, ValueError, RecursionError):
        found = {}
    if len(found) == len(wanted):
        return found
    whole = archive.read_json(path)
    return {name: whole[name] for name in wanted if name in whole}


def _member(data: bytes, name: str) -> Any:
    """Raises ValueError where it does not stand there in this form."""
    begin = b'\n "' + name.encode() + b'": '
    start = data.index(begin) + len(begin)
    end = data.find(b'\n "', start)
    text = data[start : end if end >= 0 else data.index(END, start)]
    return archive.parse(text.removesuffix(b","))
