"""What a layer may hold: files, folders and links below its own root, in a number and size that a disk can take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from nccid_eval.submission.layer_stream import LayerStream, OtherPackingError
from nccid_eval.submission.refusal import AGAIN, UnfitError
from nccid_eval.submission.tar_header import BLOCK_DEVICE, CHARACTER, FIFO, FILE, HARD_LINK, Header, NotATarError
from nccid_eval.submission.tar_stream import read_members

MOST_BYTES = 40 * 2**30  # unpacked, all layers together
MOST_ENTRIES = 2_000_000  # all layers together
SETUID = 0o6000
SHOWN = 120  # characters of a path in a message
WITHOUT = "build the image again without it"
# Debian's own builders leave these in /dev, where every container has the same ones anyway
USUAL_DEVICES = {
    "null": (1, 3),
    "zero": (1, 5),
    "full": (1, 7),
    "random": (1, 8),
    "urandom": (1, 9),
    "tty": (5, 0),
    "console": (5, 1),
    "ptmx": (5, 2),
}


@dataclass(slots=True, kw_only=True)
class Tally:
    """What all layers of an image hold together, up to the caps."""

    most_bytes: int = MOST_BYTES
    most_entries: int = MOST_ENTRIES
    size_bytes: int = 0
    entries: int = 0
    setuid_files: int = 0  # inert under no-new-privileges, so told and not refused

    def add_bytes(self, size: int) -> None:
        self.size_bytes += size
        if self.size_bytes > self.most_bytes:
            raise UnfitError(f"its layers unpack to more than {self.most_bytes:,} bytes", "make the image smaller")

    def add(self, member: Header) -> None:
        self.entries += 1
        if self.entries > self.most_entries:
            raise UnfitError(f"its layers hold more than {self.most_entries:,} files", "make the image smaller")
        self.setuid_files += member.kind == FILE and bool(member.mode & SETUID)


def read_layer(file: IO[bytes], size: int, number: int, tally: Tally) -> LayerStream:
    """Read the `number`-th layer, whose `size` stored bytes begin where `file` stands, to its end, and hash it.

    Raises UnfitError with a reason that a vendor can act on.
    """
    try:
        stream = LayerStream(file, size, tally.add_bytes)
        for member in read_members(stream):
            tally.add(member)
            _check(member, number)
    except NotATarError as cause:
        raise UnfitError(f"layer {number} is not a whole tar archive: {cause}", AGAIN) from None
    except OtherPackingError as cause:
        raise UnfitError(f"layer {number} is packed by {cause}, which not every engine unpacks", _gzip()) from None
    return stream


def _gzip() -> str:
    return "pack it by gzip (docker buildx: --output type=docker,compression=gzip,force-compression=true)"


def _check(member: Header, number: int) -> None:
    if leads_out(member.name):
        raise UnfitError(f"layer {number} holds {_shown(member.name)}, a path that leads out of it", WITHOUT)
    if member.kind == HARD_LINK and leads_out(member.link):
        raise UnfitError(f"layer {number} holds {_shown(member.name)}, a hard link that leads out of it", WITHOUT)
    if member.kind == FIFO:
        raise UnfitError(f"layer {number} holds {_shown(member.name)}, a FIFO", WITHOUT)
    if member.kind in (BLOCK_DEVICE, CHARACTER) and not _usual(member):
        raise UnfitError(f"layer {number} holds {_shown(member.name)}, a device", WITHOUT)


def leads_out(name: bytes) -> bool:
    """Absolute, or up; a layer's own root may be written as '/'."""
    return (name.startswith(b"/") and name.strip(b"/") != b"") or b".." in name.split(b"/")


def _usual(member: Header) -> bool:
    folder, _, name = member.name.removeprefix(b"./").partition(b"/")
    wanted = USUAL_DEVICES.get(name.decode("ascii", "replace"))
    return member.kind == CHARACTER and folder == b"dev" and member.device == wanted


def _shown(name: bytes) -> str:
    text = name.decode("utf-8", "replace")
    return ascii(text if len(text) <= SHOWN else text[:SHOWN] + "…")
