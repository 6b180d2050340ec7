"""A warehouse in a folder of this machine."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nccid_eval.errors import PartitionError, WarehouseError
from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.warehouse.names import is_hidden
from nccid_eval.partition.warehouse.place import LARGEST, TOO_LARGE, Entry

_DEEPEST = 32  # folders: a path has an end, and what lies below five is misplaced anyhow
_JSON = ("xray-metadata", "ct-metadata", "mri-metadata")
_READ = ("data", "xray", "ct", "mri", "unknown", *_JSON)  # the folders of a part; each may be a link to elsewhere

_IRREGULAR = "not a regular file"
_REASONS = {errno.ELOOP: "symbolic link", errno.EISDIR: _IRREGULAR, errno.ENXIO: _IRREGULAR}  # ENXIO: a socket


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPlace:
    root: Path

    @property
    def where(self) -> str:
        return str(self.root)

    @property
    def name(self) -> str:
        return self.root.resolve().name

    @property
    def is_remote(self) -> bool:
        return False

    def has(self, folder: str) -> bool:
        return (self.root / folder).is_dir()

    def entries(self, folder: str) -> Iterator[Entry]:
        """A linked or very deep folder is not entered and comes as if it were a file, which whoever reads it refuses.

        What goes while it is listed is not there.
        """
        waiting = [folder]
        while waiting:
            below = waiting.pop()
            for found, size in _listed(f"{self.root}/{below}"):  # a Path for each file would take as long again
                name = f"{below}/{found.name}"
                if found.is_dir(follow_symlinks=False) and name.count("/") < _DEEPEST:
                    waiting.append(name)
                else:
                    yield Entry(name=name, size=size, is_link=found.is_symlink())

    def read(self, name: str, version: str = "") -> bytes:  # noqa: ARG002 -- a folder has no versions
        return read_regular(self.root / name)

    def refuse_output(self, out: Path) -> None:
        root = self.root / "validation"
        read = (self.root, root, *(root / name for name in _READ))
        if any(out.is_relative_to(folder.resolve()) for folder in read):
            raise PartitionError(
                "the output folder lies in the warehouse, where the next build would read it as unseen data",
                where=str(out),
                mend=f"name a folder outside {self.root.resolve()}",
            )


def _listed(folder: str) -> Iterator[tuple[os.DirEntry[str], int]]:
    """What is in a folder but for what is hidden, each with its size in bytes."""
    try:
        with os.scandir(folder) as inside:
            found = [one for one in inside if not is_hidden(one.name)]
    except OSError as cause:
        refuse_unreadable(cause)
        return
    for one in found:
        with contextlib.suppress(FileNotFoundError):
            yield one, one.stat(follow_symlinks=False).st_size


def read_regular(path: Path) -> bytes:
    """A file's content. A pipe or device in its place would block or never end, and is refused, as is a link.

    What was opened is asked, as what lies at a path may change between two looks at it.
    """
    try:
        with open(path, "rb", opener=_itself_at_once) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Refused("file", _IRREGULAR)
            if found.st_size > LARGEST:
                raise Refused("file", TOO_LARGE)
            content = file.read()
    except OSError as cause:
        raise Refused("file", _REASONS.get(cause.errno or 0, "cannot be read")) from None
    if not content:
        raise Refused("file", "zero bytes")
    return content


def _itself_at_once(path: str, flags: int) -> int:
    """Opens no link, and a pipe without waiting for whoever might write into it."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def refuse_unreadable(cause: OSError) -> None:
    """Raises WarehouseError for a folder that is there and cannot be listed; one that is not there is empty."""
    if not isinstance(cause, FileNotFoundError):
        raise WarehouseError(
            f"a folder cannot be read: {cause.strerror}", where=str(cause.filename), mend="mend its permissions"
        )
