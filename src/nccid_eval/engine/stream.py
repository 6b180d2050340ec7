"""The engine's multiplexed stream: frames of eight bytes (1 stdout, 2 stderr; length big-endian) and a body."""

from __future__ import annotations

import contextlib
import select
import socket
from typing import Protocol

from nccid_eval.engine.protocol import Polled
from nccid_eval.errors import SandboxError

CHUNK = 256 * 1024
HEADER = 8


class Demultiplexer:
    """Splits frames, however they are cut into reads."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._stream = 0
        self._left = 0

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Bytes of stdout and of stderr. Raises SandboxError for a frame of any other stream."""
        self._buffer += data
        out: dict[int, bytearray] = {1: bytearray(), 2: bytearray()}
        while self._buffer:
            if self._left == 0:
                if len(self._buffer) < HEADER:
                    break
                self._stream = self._buffer[0]
                self._left = int.from_bytes(self._buffer[4:HEADER], "big")
                del self._buffer[:HEADER]
                if self._stream not in out:
                    raise SandboxError("the engine's stream is out of step", mend="resume the run")
            body = self._buffer[: self._left]
            self._left -= len(body)
            del self._buffer[: len(body)]
            out[self._stream] += body
        return bytes(out[1]), bytes(out[2])


class Closes(Protocol):
    def close(self) -> None: ...


class SocketChannel:
    """A Channel over the hijacked connection of an attach call."""

    def __init__(self, connection: socket.socket, wrapper: Closes) -> None:
        self._socket = connection
        self._wrapper = wrapper  # holds the descriptor open; closing it earlier would close the socket under us
        self._socket.setblocking(False)
        self._demultiplexer = Demultiplexer()
        self._writable = True
        self._closed = False

    def poll(self, outgoing: bytes, timeout_s: float) -> Polled:
        if self._closed:
            return Polled(sent=0, stdout=b"", stderr=b"", closed=True)
        wants_to_send = bool(outgoing) and self._writable
        poller = select.poll()
        poller.register(self._socket, select.POLLIN | (select.POLLOUT if wants_to_send else 0))
        event = sum(flags for _, flags in poller.poll(max(0.0, timeout_s) * 1000))
        sent = self._send(outgoing) if wants_to_send and event & select.POLLOUT else 0
        data = self._read() if event & ~select.POLLOUT or not self._writable else b""
        stdout, stderr = self._demultiplexer.feed(data)
        return Polled(sent=sent, stdout=stdout, stderr=stderr, closed=self._closed and not data)

    def _send(self, outgoing: bytes) -> int:
        try:
            return self._socket.send(outgoing)
        except BlockingIOError:
            return 0
        except OSError:  # nobody reads any more; what was printed before can still be read
            self._writable = False
            return 0

    def _read(self) -> bytes:
        try:
            data = self._socket.recv(CHUNK)
        except BlockingIOError:
            return b""
        except OSError:  # reset: the container, or the engine, has gone
            data = b""
        if not data:
            self._closed = True
        return data

    def close_stdin(self) -> None:
        self._writable = False
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._closed = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._wrapper.close()
