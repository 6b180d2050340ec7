"""One header block of a tar archive, strictly: what two readers could understand differently is no archive here.

Written from POSIX.1-2001 (ustar, pax) and GNU tar's manual (long names, numbers to the base of 256).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BLOCK = 512
CHECKSUM = slice(148, 156)
SPACES = 8 * ord(" ")
MOST_DIGITS = 22
MOST_BYTES = 2**50  # no file of an image is larger
OCTAL = frozenset(b"01234567")

FILE, HARD_LINK, SYMLINK, CHARACTER, BLOCK_DEVICE, FOLDER, FIFO = (b"0", b"1", b"2", b"3", b"4", b"5", b"6")
LONG_NAME, LONG_LINK, PAX, PAX_GLOBAL = (b"L", b"K", b"x", b"g")
WITH_DATA = (FILE, LONG_NAME, LONG_LINK, PAX, PAX_GLOBAL)
KNOWN = frozenset((*WITH_DATA, HARD_LINK, SYMLINK, CHARACTER, BLOCK_DEVICE, FOLDER, FIFO))


class NotATarError(ValueError):
    """The bytes are no tar archive, or one of a kind that engines write in no image. The text is ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """`size` is in bytes, of what follows the header: 0 for all kinds that have no data."""

    kind: bytes
    name: bytes
    link: bytes
    size: int
    mode: int
    device: tuple[int, int]


def parse_header(block: bytes) -> Header | None:
    """The header in 512 bytes; None for a block of zeros. Raises NotATarError."""
    if not block.strip(b"\0"):
        return None
    if sum(block) - sum(block[CHECKSUM]) + SPACES != number(block[CHECKSUM]):
        raise NotATarError("a header's checksum is wrong")
    kind, name = _kind(block), _text(block[:100])
    if block[257:263] == b"ustar\0":
        if block[508:512] == b"tar\0":
            raise NotATarError("it is of star's own format")
        if prefix := _text(block[345:500]):
            name = prefix + b"/" + name
    elif block[257:265] == b"ustar  \0":
        for time in (block[345:357], block[357:369]):  # where no time stands, Go's reader takes them for a prefix
            if time[0]:
                number(time)
    return Header(
        kind=kind,
        name=name,
        link=_text(block[157:257]),
        size=number(block[124:136]) if kind in WITH_DATA else 0,
        mode=number(block[100:108]),
        device=(number(block[329:337]), number(block[337:345])) if kind in (CHARACTER, BLOCK_DEVICE) else (0, 0),
    )


def _kind(block: bytes) -> bytes:
    kind = block[156:157]
    if kind == b"\0":
        kind = FILE
    if kind not in KNOWN:
        raise NotATarError("it holds an entry of an unknown kind, or a sparse file")
    return kind


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def number(field: bytes) -> int:
    """An octal number, or one to the base of 256 where the first bit is set."""
    if field[0] & 0x80:
        value = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    else:
        digits = field.strip(b" \0")
        if not OCTAL.issuperset(digits) or len(digits) > MOST_DIGITS:
            raise NotATarError("a header holds a number that is none")
        value = int(digits or b"0", 8)
    if value > MOST_BYTES:  # negative ones among them
        raise NotATarError("a header holds a number beyond all sizes")
    return value


def parse_pax(data: bytes) -> Mapping[bytes, bytes]:
    """The records of an extended header, 'LENGTH KEY=VALUE' each. Raises NotATarError."""
    records: dict[bytes, bytes] = {}
    at = 0
    while at < len(data):
        digits, space, _ = data[at : at + MOST_DIGITS].partition(b" ")
        end = at + int(digits) if space and digits.isdigit() else 0
        record = data[at + len(digits) + 1 : end]
        key, equals, value = record[:-1].partition(b"=")
        if end > len(data) or not record.endswith(b"\n") or not equals or not key or key in records:
            raise NotATarError("an extended header is not sound")
        if key.startswith(b"GNU.sparse"):
            raise NotATarError("it holds a sparse file")
        if key in (b"path", b"linkpath") and (b"\0" in value or not value):
            raise NotATarError("an extended header holds a name that is empty or has a zero in it")
        records[key] = value
        at = end
    return records
