"""The two things that a build asks of a warehouse, wherever it lies: what is in a folder, and what is in a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file below a warehouse's root; `name` has / between its parts. A link is listed, never followed."""

    name: str
    size: int
    is_link: bool


class Place(Protocol):
    """A warehouse that can be read. It travels to the processes that read, so it pickles."""

    @property
    def where(self) -> str:
        """The place in words, for messages."""

    @property
    def name(self) -> str:
        """Its last part, for people."""

    def has(self, folder: str) -> bool:
        """Whether there is such a folder."""

    def entries(self, folder: str) -> Iterator[Entry]:
        """All files below a folder, hidden ones left out, in any order. Raises WarehouseError."""

    def read(self, name: str) -> bytes:
        """A file's content. Raises Refused("file", …) for what is no regular file, empty, or cannot be read."""

    def refuse_output(self, out: Path) -> None:
        """Raises PartitionError where `out`, an absolute path without links, lies in what a build reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseFile:
    """One file of a warehouse, as it travels to the process that reads it."""

    place: Place
    name: str

    def read(self) -> bytes:
        return self.place.read(self.name)


def open_place(warehouse: str) -> Place:
    """The place of a warehouse: a folder."""
    from nccid_eval.partition.warehouse.folder import FolderPlace

    return FolderPlace(root=Path(warehouse))
