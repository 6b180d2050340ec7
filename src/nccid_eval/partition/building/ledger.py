"""What a build learned of each file, by the file's content: a later build reads it again and need not parse it again.

One line of JSON an entry, flushed as it is learned, so a killed build leaves what it knew; a line that was cut short
is no JSON and counts for nothing. It holds facts of patients' images: private/, mode 0600. What a whole partition
keeps of it is sorted, and is the same whatever the order, the workers and the interruptions.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from nccid_eval.errors import PartitionError
from nccid_eval.settings import to_record

FORMAT = "nccid-ledger/1"
Record = TypeVar("Record")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Known(Generic[Record]):
    """A result and the address of the work that gave it."""

    address: str
    result: Record


class Ledger:
    """Use as a context. `code` names the code that this build runs; `earlier` are ledgers that it may learn from."""

    def __init__(self, path: Path, code: str, earlier: Iterable[Path] = ()) -> None:
        self.code = code
        self._lines: dict[tuple[str, str], str] = {}
        for one in earlier:
            self._lines |= {(row["kind"], row["name"]): line for row, line in read_rows(one)}
        own = {(row["kind"], row["name"]): line for row, line in read_rows(path)}
        self._lines |= own
        self._own = set(own)
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8")
        self._file.write("\n")  # what was cut short ends here
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def recall(self, kind: type[Record], name: str) -> Known[Record] | None:
        """What was made of the file of that name. It holds where the same work has the same address again."""
        line = self._lines.get((kind.__name__, name))
        if line is None:
            return None
        row = json.loads(line)
        try:
            return Known(
                address=row["address"], result=to_record(row["result"], kind, where=name, error=PartitionError)
            )
        except (PartitionError, TypeError, KeyError, ValueError):
            return None  # another version of the code wrote it

    def note(self, name: str, address: str, result: object) -> None:
        """Keep a result, unless it is kept already."""
        assert dataclasses.is_dataclass(result)
        assert not isinstance(result, type)
        row = {"kind": type(result).__name__, "name": name, "address": address}
        line = json.dumps(row | {"result": dataclasses.asdict(result)}, default=_plain_date)
        key = type(result).__name__, name
        if self._lines.get(key) == line and key in self._own:
            return
        self._lines[key] = line
        self._own.add(key)
        self._file.write(f"{line}\n")
        self._file.flush()

    def settled(self, kind: type, names: Iterable[str], made_of: Mapping[str, str]) -> bytes:
        """What a whole partition keeps: what it was made of, then what is known of the named files, by name."""
        head = json.dumps({"ledger": FORMAT} | dict(made_of), sort_keys=True)
        kept = (self._lines.get((kind.__name__, name)) for name in sorted(names))
        return "".join(f"{line}\n" for line in (head, *kept) if line).encode()


def read_rows(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """The entries of a file; none where there is no such file."""
    return rows_of(path.read_bytes() if path.exists() else b"")


def rows_of(content: bytes) -> Iterator[tuple[dict[str, Any], str]]:
    """Each whole line with what it says, without the heading."""
    for line in content.decode(errors="replace").split("\n"):
        row = _parsed(line)
        if isinstance(row.get("kind"), str) and isinstance(row.get("name"), str):
            yield row, line


def heading(content: bytes) -> Mapping[str, str]:
    """What the partition that keeps this ledger was made of; empty where it does not say."""
    said = _parsed(content.partition(b"\n")[0].decode(errors="replace"))
    return said if said.get("ledger") == FORMAT else {}


def _parsed(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}


def _plain_date(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not go into a ledger")
