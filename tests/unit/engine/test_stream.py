from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from nccid_eval.engine.stream import Demultiplexer, SocketChannel
from nccid_eval.errors import SandboxError


def frame(stream: int, body: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(body).to_bytes(4, "big") + body


STREAM = frame(1, b"one") + frame(2, b"err") + frame(1, b"") + frame(1, b"x" * 300) + frame(2, b"\x01\0\0\0")


def test_frames_are_split_wherever_the_stream_is_cut() -> None:
    for first in range(len(STREAM) + 1):
        for second in (first, min(first + 1, len(STREAM)), min(first + 9, len(STREAM))):
            split = Demultiplexer()
            parts = [split.feed(part) for part in (STREAM[:first], STREAM[first:second], STREAM[second:])]
            assert b"".join(out for out, _ in parts) == b"one" + b"x" * 300
            assert b"".join(err for _, err in parts) == b"err\x01\0\0\0"


@pytest.mark.parametrize("stream", [0, 3, 255])
def test_a_frame_of_no_known_stream_is_our_failure(stream: int) -> None:
    with pytest.raises(SandboxError, match="out of step"):
        Demultiplexer().feed(frame(stream, b"x"))


class Wrapper:
    closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def pair() -> Iterator[tuple[SocketChannel, socket.socket, Wrapper]]:
    ours, theirs = socket.socketpair()
    wrapper = Wrapper()
    channel = SocketChannel(ours, wrapper)
    yield channel, theirs, wrapper
    channel.close()
    theirs.close()


Pair = tuple[SocketChannel, socket.socket, Wrapper]


def test_a_step_sends_and_reads(pair: Pair) -> None:
    channel, theirs, _ = pair
    theirs.send(frame(1, b"out") + frame(2, b"err"))
    polled = channel.poll(b"question", 1.0)
    assert (polled.sent, polled.stdout, polled.stderr, polled.closed) == (8, b"out", b"err", False)
    assert theirs.recv(100) == b"question"


def test_what_was_printed_before_the_stream_died_is_not_lost(pair: Pair) -> None:
    channel, theirs, _ = pair
    theirs.send(frame(1, b"last words"))
    theirs.close()
    first = channel.poll(b"question", 1.0)
    assert (first.sent, first.stdout, first.closed) == (0, b"last words", False)
    assert channel.poll(b"question", 1.0).closed


def test_a_peer_that_reads_nothing_takes_a_part_and_does_not_block(pair: Pair) -> None:
    channel, _, _ = pair
    sent, total = 1, 0
    while sent:
        sent = channel.poll(b"x" * 100_000, 0.0).sent
        total += sent
    assert total > 0


def test_closed_stdin_still_lets_it_be_read(pair: Pair) -> None:
    channel, theirs, _ = pair
    channel.close_stdin()
    assert theirs.recv(1) == b""
    theirs.send(frame(1, b"bye"))
    assert channel.poll(b"", 1.0).stdout == b"bye"


def test_closing_gives_back_the_wrapper_too(pair: Pair) -> None:
    channel, _, wrapper = pair
    channel.close()
    assert wrapper.closed
    assert channel.poll(b"x", 0.0).closed
