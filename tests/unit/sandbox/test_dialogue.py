"""The state machine over a container's stdout: wherever the bytes are cut, the same is taken and the same refused."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nccid_eval.sandbox.dialogue import Dialogue
from nccid_eval.sandbox.protocol import LINE_BYTES, LineSplitter, MalformedError, parse_ready, parse_response

READY = b'{"ready": true, "protocol": "nccid-stdio/1"}\n'
ANSWER = b'{"request": "r1", "results": [{"case": "a", "score": 0.5}]}\n'
SECOND = b'{"request": "r2", "results": [{"case": "b", "score": 0.25}]}\n'
BATCH = b'{"request":"r1","results":[{"case":"a","score":1},{"case":"b","error":"failed"}]}\r\n'

Told = list[object]


def told(*turns: Iterable[bytes]) -> Told:
    """What a dialogue of these turns (the ready line, then an answer a request) gives, up to the first refusal.

    A turn counts only when all that was printed in it is taken: the conversation looks once more before it goes on.
    """
    dialogue, values = Dialogue(), []
    for number, pieces in enumerate(turns):
        try:
            values.append(_turn(dialogue, number, pieces))
        except MalformedError:
            return [*values, "malformed"]
    return values


def _turn(dialogue: Dialogue, number: int, pieces: Iterable[bytes]) -> object:
    if number:
        dialogue.asked()
    lines = [line for line in map(dialogue.feed, pieces) if line is not None]
    if not lines:
        return "nothing yet"
    cases = {1: ["a", "b"] if b'"b"' in lines[0] else ["a"], 2: ["b"]}
    return parse_response(lines[0], f"r{number}", cases[number]) if number else parse_ready(lines[0])


def cuts(data: bytes) -> Iterator[Sequence[bytes]]:
    """In two pieces everywhere, and byte by byte."""
    for place in range(len(data) + 1):
        yield data[:place], data[place:]
    yield [bytes([byte]) for byte in data]


TRANSCRIPTS = {
    "an honest run": (READY, ANSWER, SECOND),
    "a batch, with a carriage return": (READY, BATCH),
    "silence": (b"",),
    "half a ready line": (READY[:-9],),
    "half an answer": (READY, ANSWER[:-1]),
    "two answers in one write": (READY, ANSWER + SECOND),
    "the answer twice": (READY, ANSWER + ANSWER),
    "an answer before the question": (READY + ANSWER, b""),
    "a blank line before": (READY, b"\n" + ANSWER),
    "a blank line after": (READY, ANSWER + b"\n"),
    "half a line after": (READY, ANSWER + SECOND[:5]),
    "one byte too many": (READY, ANSWER + b" "),
    "a log line first": (b"loading\n" + READY,),
    "a previous answer": (READY, ANSWER, ANSWER),
    "the next answer": (READY, SECOND),
    "a byte order mark": (b"\xef\xbb\xbf" + READY,),
    "bad UTF-8": (READY, ANSWER.replace(b'"a"', b'"\xc3\x28"')),
    "NaN": (READY, ANSWER.replace(b"0.5", b"NaN")),
    "a score of the second case": (READY, ANSWER.replace(b'"a"', b'"b"')),
    "NUL bytes": (READY, b"\0\0\0\n"),
}
TAKEN = {"an honest run": 3, "a batch, with a carriage return": 2}


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_transcript_says_the_same_wherever_it_is_cut(name: str) -> None:
    turns = TRANSCRIPTS[name]
    whole = told(*([turn] for turn in turns))
    assert ("malformed" in whole or "nothing yet" in whole) is (name not in TAKEN)
    assert len(whole) >= TAKEN.get(name, 1)
    for number, turn in enumerate(turns):
        for pieces in cuts(turn):
            split: list[Iterable[bytes]] = [[one] for one in turns]
            split[number] = pieces
            assert told(*split) == whole, (name, number, pieces)


@given(st.data(), st.sampled_from(sorted(TRANSCRIPTS)))
def test_a_transcript_says_the_same_in_whatever_pieces(data: st.DataObject, name: str) -> None:
    turns = TRANSCRIPTS[name]
    pieces = [_pieces(turn, data.draw(st.lists(st.integers(0, len(turn)), max_size=9))) for turn in turns]
    assert told(*pieces) == told(*([turn] for turn in turns))


def _pieces(turn: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({0, *places, len(turn)})
    return [turn[start:end] for start, end in itertools.pairwise(ends)]


@given(st.lists(st.binary(max_size=40) | st.sampled_from([READY, ANSWER, b"\n", b"\r\n"]), max_size=12))
def test_whatever_is_printed_a_dialogue_gives_one_line_or_refuses(pieces: list[bytes]) -> None:
    dialogue, lines = Dialogue(), []
    try:
        for piece in pieces:
            line = dialogue.feed(piece)
            if line is not None:
                lines.append(line)
    except MalformedError:
        assert len(lines) <= 1
        return
    printed = b"".join(pieces)
    assert lines == ([printed[:-1]] if b"\n" in printed else [])


@given(st.lists(st.binary(max_size=30), max_size=20))
def test_lines_are_what_split_makes_of_the_whole(pieces: list[bytes]) -> None:
    splitter = LineSplitter()
    lines = [line for piece in pieces for line in splitter.feed(piece)]
    *whole, rest = b"".join(pieces).split(b"\n")
    assert lines == whole
    assert splitter.pending is bool(rest)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_long_line_that_drips_in_byte_by_byte_is_whole_in_the_end(end: bytes) -> None:
    rows = [{"case": f"c{at}", "score": 0.5} for at in range(1950)]
    line = json.dumps({"request": "r1", "results": rows}).encode() + end
    assert 60_000 < len(line) <= LINE_BYTES
    dialogue = Dialogue()
    (told_line,) = [one for at in range(len(line)) if (one := dialogue.feed(line[at : at + 1])) is not None]
    assert len(parse_response(told_line, "r1", [row["case"] for row in rows])) == 1950


@pytest.mark.parametrize("size", [1, 4096, LINE_BYTES - 1, LINE_BYTES, 200_000])
def test_a_line_without_an_end_is_refused_at_the_limit_and_not_after_it(size: int) -> None:
    dialogue, piece = Dialogue(), b"x" * size
    for _ in range((LINE_BYTES - 1) // size):
        assert dialogue.feed(piece) is None
    with pytest.raises(MalformedError, match="longer"):
        dialogue.feed(piece)


def test_what_was_refused_shows_nothing_of_what_was_printed() -> None:
    dialogue = Dialogue()
    dialogue.feed(READY)
    with pytest.raises(MalformedError) as refused:
        dialogue.feed(b"patient 7 has it")
    assert "patient" not in str(refused.value)
