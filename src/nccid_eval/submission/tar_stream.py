"""The members of a tar archive, read from front to back in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from nccid_eval.submission.tar_header import (
    BLOCK,
    FILE,
    LONG_LINK,
    LONG_NAME,
    PAX,
    PAX_GLOBAL,
    Header,
    NotATarError,
    parse_header,
    parse_pax,
)

EXTENDED_BYTES = 2**20  # of one extended header
PATH_BYTES = 4096  # PATH_MAX of Linux
NAME_BYTES = 255
CHUNK = 2**20


class Source(Protocol):
    """Bytes in order. `read` returns fewer than asked only at the end; `skip` raises NotATarError there."""

    def read(self, size: int) -> bytes: ...

    def skip(self, size: int) -> None: ...


@dataclass(slots=True, kw_only=True)
class _Extended:
    """What the headers before a member's own say of it."""

    seen: set[bytes]
    name: bytes | None = None
    link: bytes | None = None
    size: int | None = None

    def take(self, kind: bytes, data: bytes) -> None:
        """What engines' readers understand differently is refused: which of two names counts, and an empty one."""
        if kind in self.seen:
            raise NotATarError("a member has two extended headers of one kind")
        self.seen.add(kind)
        if PAX in self.seen and len(self.seen) > 1:
            raise NotATarError("a member is named by GNU's way and by pax")
        if kind == LONG_NAME:
            self.name = _long(data)
        elif kind == LONG_LINK:
            self.link = _long(data)
        else:
            self._pax(parse_pax(data))

    def _pax(self, records: Mapping[bytes, bytes]) -> None:
        self.name = records.get(b"path", self.name)
        self.link = records.get(b"linkpath", self.link)
        if (size := records.get(b"size")) is not None:
            if not size.isdigit() or len(size) > 15:
                raise NotATarError("an extended header holds a size that is none")
            self.size = int(size)

    def applied(self, header: Header) -> Header:
        name = header.name if self.name is None else self.name
        link = header.link if self.link is None else self.link
        size = self.size if self.size is not None and header.kind == FILE else header.size
        return replace(header, name=name, link=link, size=size)


def read_members(source: Source) -> Iterator[Header]:
    """Each member, with the data after its header not read yet: the source is moved on when the next is asked for.

    Ends at two blocks of zeros or at the end between two members; zeros alone may follow. Raises NotATarError.
    """
    extended = _Extended(seen=set())
    while header := _next(source):
        if header.kind in (LONG_NAME, LONG_LINK, PAX, PAX_GLOBAL):
            data = _extended_data(source, header)
            if header.kind != PAX_GLOBAL:
                extended.take(header.kind, data)
            elif extended.seen or {b"path", b"linkpath", b"size"} & parse_pax(data).keys():
                raise NotATarError("a header for all members names one member, or parts one from its own header")
            continue
        member = extended.applied(header) if extended.seen else header
        _check(member)
        yield member
        source.skip(_padded(member.size))
        extended = _Extended(seen=set())
    if extended.seen:
        raise NotATarError("it breaks off after an extended header")
    _only_zeros(source)


def _long(data: bytes) -> bytes:
    """A long name as GNU tar writes it, with zeros behind it and none within."""
    name = data.rstrip(b"\0")
    if not name or b"\0" in name:
        raise NotATarError("a long name is empty, or has a zero in it")
    return name


def _check(member: Header) -> None:
    for path in (member.name, member.link):
        if len(path) > PATH_BYTES or any(len(part) > NAME_BYTES for part in path.split(b"/")):
            raise NotATarError(f"a path is longer than {PATH_BYTES} bytes, or a name in it than {NAME_BYTES}")
    if member.size and member.name.endswith(b"/"):  # so the first tar marked a folder
        raise NotATarError("a folder has content")


def _next(source: Source) -> Header | None:
    """The header in the next block; None at the end."""
    block = source.read(BLOCK)
    if not block:
        return None
    if len(block) < BLOCK:
        raise NotATarError("it breaks off within a header")
    return parse_header(block)


def _extended_data(source: Source, header: Header) -> bytes:
    if header.size > EXTENDED_BYTES:
        raise NotATarError("an extended header is larger than 1 MiB")
    data = source.read(_padded(header.size))
    if len(data) < header.size:
        raise NotATarError("it breaks off within an extended header")
    return data[: header.size]


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _only_zeros(source: Source) -> None:
    while rest := source.read(CHUNK):
        if rest.strip(b"\0"):
            raise NotATarError("something follows its end")
