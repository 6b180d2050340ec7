"""The engine's frames, cut and broken at random: the bodies come back as they were, or it is our own failure."""

from __future__ import annotations

import contextlib
import itertools

from hypothesis import given
from hypothesis import strategies as st

from nccid_eval.engine.stream import Demultiplexer
from nccid_eval.errors import SandboxError

FRAMES = st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=300)), max_size=20)


def frame(stream: int, body: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(body).to_bytes(4, "big") + body


def bodies(frames: list[tuple[int, bytes]], stream: int) -> bytes:
    return b"".join(body for number, body in frames if number == stream)


def fed(pieces: list[bytes]) -> tuple[bytes, bytes]:
    split = Demultiplexer()
    parts = [split.feed(piece) for piece in pieces]
    return b"".join(out for out, _ in parts), b"".join(err for _, err in parts)


@given(FRAMES, st.lists(st.integers(0, 6000), max_size=8))
def test_every_cut_gives_the_same_bodies(frames: list[tuple[int, bytes]], places: list[int]) -> None:
    stream = b"".join(frame(*one) for one in frames)
    ends = sorted({0, *(place for place in places if place < len(stream)), len(stream)})
    expected = bodies(frames, 1), bodies(frames, 2)
    assert fed([stream[start:end] for start, end in itertools.pairwise(ends)]) == expected
    assert fed([stream[at : at + 1] for at in range(len(stream))]) == expected


@given(st.lists(st.binary(max_size=60), max_size=12))
def test_rubbish_is_our_failure_and_nothing_else(pieces: list[bytes]) -> None:
    with contextlib.suppress(SandboxError):
        out, err = fed(pieces)
        assert len(out) + len(err) <= max(0, len(b"".join(pieces)) - 8)


def test_a_frame_that_never_ends_gives_its_bytes_as_they_come() -> None:
    split = Demultiplexer()
    assert split.feed(b"\x01\0\0\0\xff\xff\xff\xff" + b"x" * 10) == (b"x" * 10, b"")
    assert split.feed(b"y" * 70_000) == (b"y" * 70_000, b"")
    assert len(split._buffer) == 0  # nothing of it is kept
