"""What lies where in an image's archive. Its names are looked up, never followed out of it, and never handed on."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from nccid_eval.submission.image_json import strict_json
from nccid_eval.submission.layers import leads_out
from nccid_eval.submission.refusal import UnfitError
from nccid_eval.submission.tar_header import FILE, FOLDER, SYMLINK, NotATarError
from nccid_eval.submission.tar_stream import read_members

MAX_ENTRIES = 10_000
MAX_JSON_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file in the archive: where its bytes begin, and how many there are."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveIndex:
    """The files and symbolic links of an open archive, by their normal names ('./a' is 'a')."""

    file: IO[bytes]
    files: Mapping[str, Stored]
    links: Mapping[str, str]

    def find(self, name: str) -> Stored | None:
        """The file of that name; `docker save` writes a repeated layer as one symbolic link."""
        at = posixpath.normpath(name)
        if at in self.links:
            at = posixpath.normpath(posixpath.join(posixpath.dirname(at), self.links[at]))
        return self.files.get(at)

    def bytes_of(self, stored: Stored) -> bytes:
        """A manifest or a configuration, whole."""
        if stored.size > MAX_JSON_BYTES:
            raise UnfitError("its manifest or configuration is larger than 4 MiB")
        self.file.seek(stored.offset)
        return self.file.read(stored.size)

    def json_of(self, stored: Stored) -> Any:
        return parsed(self.bytes_of(stored))


def parsed(data: bytes) -> Any:
    try:
        return strict_json(data)
    except ValueError as cause:
        raise UnfitError(f"its manifest or configuration is not sound: {cause}") from None


def index_archive(file: IO[bytes], size: int) -> ArchiveIndex:
    """Look at every header of the archive, at none of its contents. Raises UnfitError."""
    files: dict[str, Stored] = {}
    links: dict[str, str] = {}
    try:
        for count, member in enumerate(read_members(_FileSource(file, size)), start=1):
            if count > MAX_ENTRIES:
                raise UnfitError(f"it has more than {MAX_ENTRIES:,} entries", "save one image")
            if leads_out(member.name):
                raise UnfitError("an entry's name leads out of the archive")
            if member.kind not in (FILE, FOLDER, SYMLINK):
                raise UnfitError("it holds a device, a FIFO or a hard link")
            name = posixpath.normpath(_text(member.name))
            if member.kind != FOLDER and (name in files or name in links):
                raise UnfitError("an entry stands in it twice")
            if member.kind == FILE:
                files[name] = Stored(offset=file.tell(), size=member.size)
            elif member.kind == SYMLINK:
                links[name] = _text(member.link)
    except NotATarError as cause:
        raise UnfitError(f"it is not a whole tar archive: {cause}") from None
    return ArchiveIndex(file=file, files=files, links=links)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


class _FileSource:
    """A file of known size whose contents are passed over without being read."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._size = size

    def read(self, size: int) -> bytes:
        return self._file.read(size)

    def skip(self, size: int) -> None:
        if self._file.tell() + size > self._size:
            raise NotATarError("it breaks off within a file")
        self._file.seek(size, 1)
