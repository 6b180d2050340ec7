"""The two things that a build asks of a warehouse, wherever it lies: what is in a folder, and what is in a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nccid_eval.errors import WarehouseError
from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.warehouse.copies import keep_copy, take_copy
from nccid_eval.partition.warehouse.names import name_fault, without_login

LARGEST = 2 * 2**30  # bytes of a file that is read at all; a child may use twice that
TOO_LARGE = "larger than 2 GiB"
LARGEST_JSON = 4 * 2**20  # bytes; those of NCCID have some thousands, and what JSON holds takes thirty times its size


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file below a warehouse's root; `name` has / between its parts. A link is listed, never followed.

    `version` names the content that was listed, where the place can tell: reading it gives that content or an error.
    """

    name: str
    size: int
    is_link: bool
    version: str = ""


class Place(Protocol):
    """A warehouse that can be read. It travels to the processes that read, so it pickles."""

    @property
    def where(self) -> str:
        """The place in words, for messages."""

    @property
    def name(self) -> str:
        """Its last part, for people."""

    @property
    def is_remote(self) -> bool:
        """Whether a file that is read twice had better be kept in between."""

    def has(self, folder: str) -> bool:
        """Whether there is such a folder."""

    def entries(self, folder: str) -> Iterator[Entry]:
        """All files below a folder, hidden ones left out, in any order. Raises WarehouseError."""

    def read(self, name: str, version: str = "") -> bytes:
        """A file's content, at most LARGEST bytes.

        Raises Refused("file", …) for the data's faults alone: no regular file, empty, too large, unreadable, or not
        there though nobody listed a version of it. WarehouseError where the place fails, or has another version.
        """

    def refuse_output(self, out: Path) -> None:
        """Raises PartitionError where `out`, an absolute path without links, lies in what a build reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseFile:
    """One file of a warehouse, as it travels to the process that reads it.

    `fault` says why it is not to be read, '' where it may be. `copy` is where its content waits between a first read
    and a second, which takes it away; None for no such place.
    """

    place: Place
    name: str
    version: str = ""
    fault: str = ""
    copy: Path | None = None

    def read(self) -> bytes:
        """Its content. Raises Refused("file", …) and WarehouseError, as the place does."""
        if fault := self.fault or name_fault(self.name):
            raise Refused("file", fault)
        kept = take_copy(self.copy) if self.copy else b""
        if kept:
            return kept
        content = self.place.read(self.name, self.version)
        if self.copy:
            keep_copy(self.copy, content)
        return content


def open_place(warehouse: str, endpoint: str = "") -> Place:
    """The place of a warehouse: a folder, or s3://bucket/prefix, there at `endpoint` (a URL) where one is given.

    Nothing is read yet. Raises WarehouseError for another scheme, a bucket without a name, or where s3fs is missing.
    """
    scheme, separator, rest = warehouse.partition("://")
    if not separator:
        from nccid_eval.partition.warehouse.folder import FolderPlace

        return FolderPlace(root=Path(warehouse))
    if scheme.lower() == "s3":
        from nccid_eval.partition.warehouse.s3 import place_in_s3

        return place_in_s3(rest, endpoint)
    raise WarehouseError(
        "a warehouse is read from a folder or from S3, and this is neither",
        where=without_login(warehouse),
        mend="name a folder or s3://bucket/prefix",
    )
