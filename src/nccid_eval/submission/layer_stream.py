"""A layer's bytes as they are stored and as they unpack, hashed while they are read: one pass for everything."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from typing import IO

from nccid_eval.submission.tar_header import NotATarError

CHUNK = 2**20
WINDOW = 16 * 2**10  # what a decompressor is given at once: it copies back what it did not take
MOST_PARTS = 1_000_000  # gzip members of one layer; some builders write one for each file
GZIP = b"\x1f\x8b"
OTHER_PACKINGS = {b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ": "xz", b"BZh": "bzip2", b"\x50\x2a\x4d\x18": "zstd"}
GZIP_WINDOW = 16 + zlib.MAX_WBITS


class OtherPackingError(ValueError):
    """The layer is packed by something else than gzip."""


class LayerStream:
    """A Source (see tar_stream) of an unpacked layer.

    `size` bytes are stored from where `file` stands. `count` is told of all bytes unpacked and may raise. Raises
    NotATarError where the layer breaks off or is damaged, OtherPackingError for zstd, xz and bzip2.
    """

    def __init__(
        self, file: IO[bytes], size: int, count: Callable[[int], None], *, most_parts: int = MOST_PARTS
    ) -> None:
        self._file = file
        self._left = size
        self._count = count
        self._stored = hashlib.sha256()
        self._unpacked = self._stored
        self._inflate: zlib._Decompress | None = None
        self._packed = memoryview(b"")  # stored bytes that the decompressor has not taken yet
        self._parts_left = self._most_parts = most_parts
        self._ready = memoryview(b"")
        self._begin()

    @property
    def stored_digest(self) -> str:
        """Of the bytes as they are stored, once all are read."""
        return self._stored.hexdigest()

    @property
    def unpacked_digest(self) -> str:
        return self._unpacked.hexdigest()

    def read(self, size: int) -> bytes:
        if len(self._ready) >= size:
            taken, self._ready = bytes(self._ready[:size]), self._ready[size:]
            return taken
        parts = []
        while size and (len(self._ready) or self._fill()):
            parts.append(self._ready[:size])
            size -= len(parts[-1])
            self._ready = self._ready[len(parts[-1]) :]
        return b"".join(parts)

    def skip(self, size: int) -> None:
        while size:
            if not len(self._ready) and not self._fill():
                raise NotATarError("it breaks off within a file")
            step = min(size, len(self._ready))
            self._ready = self._ready[step:]
            size -= step

    def _begin(self) -> None:
        start = self._take()
        if name := next((name for magic, name in OTHER_PACKINGS.items() if start.startswith(magic)), None):
            raise OtherPackingError(name)
        if start.startswith(GZIP):
            self._inflate, self._packed = zlib.decompressobj(GZIP_WINDOW), memoryview(start)
            self._unpacked = hashlib.sha256()
        else:
            self._give(start)

    def _take(self) -> bytes:
        """The next stored bytes; empty at their end."""
        data = self._file.read(min(CHUNK, self._left))
        if not data and self._left:
            raise NotATarError("the archive breaks off within a layer")
        self._left -= len(data)
        self._stored.update(data)
        return data

    def _fill(self) -> bool:
        """Make some unpacked bytes ready; False at the end."""
        if self._inflate is None:
            self._give(self._take())
            return len(self._ready) > 0
        while (data := self._inflated()) == b"":
            if not self._packed and not self._more():
                return False
        self._unpacked.update(data)
        self._give(data)
        return True

    def _inflated(self) -> bytes:
        assert self._inflate is not None
        if self._inflate.eof:  # a packed layer may be several gzip members, one after the other
            if not self._packed:
                return b""
            self._next_member()
        window = self._packed[:WINDOW]
        try:
            data = self._inflate.decompress(window, CHUNK)
        except zlib.error:
            raise NotATarError("its gzip packing is damaged") from None
        left = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
        self._packed = self._packed[len(window) - len(left) :]
        return data

    def _next_member(self) -> None:
        self._parts_left -= 1
        if not self._parts_left:
            raise NotATarError(f"its gzip packing has more than {self._most_parts:,} parts")
        self._inflate = zlib.decompressobj(GZIP_WINDOW)

    def _more(self) -> bool:
        self._packed = memoryview(self._take())
        if not self._packed and self._inflate is not None and not self._inflate.eof:
            raise NotATarError("its gzip packing breaks off")
        return len(self._packed) > 0

    def _give(self, data: bytes) -> None:
        self._count(len(data))
        self._ready = memoryview(data)
