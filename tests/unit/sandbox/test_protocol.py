"""nccid-stdio/1: what is exactly right is taken, all else is malformed, and nothing else is ever raised."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nccid_eval.sandbox.protocol import (
    LINE_BYTES,
    MAX_BATCH,
    Answer,
    LineSplitter,
    MalformedError,
    Ready,
    encode_request,
    parse_ready,
    parse_response,
)

GOOD = b'{"request": "r1", "results": [{"case": "a", "score": 0.5}]}'


def with_score(text: str) -> bytes:
    return GOOD.replace(b"0.5", text.encode())


def parse(line: bytes) -> tuple[Answer, ...]:
    return parse_response(line, "r1", ["a"])


def test_a_right_answer_is_taken() -> None:
    assert parse(GOOD) == (Answer(case="a", score=0.5, error=""),)


@pytest.mark.parametrize("text", ["0", "1", "0.0", "1.0", "5e-1", "-0.0", "1e-999", "0.123456789"])
def test_every_number_from_0_to_1_is_a_score_of_six_decimals(text: str) -> None:
    (answer,) = parse(with_score(text))
    assert answer.score == round(float(text), 6)
    assert str(answer.score)[0] != "-"


@pytest.mark.parametrize("word", ["unreadable", "out_of_scope", "failed"])
def test_a_case_may_be_declined(word: str) -> None:
    line = GOOD.replace(b'"score": 0.5', f'"error": "{word}"'.encode())
    assert parse(line) == (Answer(case="a", score=None, error=word),)


def test_a_line_that_ends_in_carriage_return_is_taken() -> None:
    assert parse(GOOD + b"\r") == parse(GOOD)


def test_answers_come_back_in_the_order_asked() -> None:
    rows = [{"case": "b", "score": 0.2}, {"case": "a", "score": 0.1}]
    line = json.dumps({"request": "r1", "results": rows}).encode()
    assert [one.case for one in parse_response(line, "r1", ["a", "b"])] == ["a", "b"]


HOSTILE = {
    "NaN": with_score("NaN"),
    "Infinity": with_score("Infinity"),
    "minus Infinity": with_score("-Infinity"),
    "1e999": with_score("1e999"),
    "5000 digits": with_score("9" * 5000),
    "minus 5000 digits": with_score("-" + "9" * 5000),
    "33 digits": with_score("0" + "1" * 33),
    "leading zero": with_score("00.5"),
    "true": with_score("true"),
    "null": with_score("null"),
    "text": with_score('"0.5"'),
    "list": with_score("[0.5]"),
    "below 0": with_score("-0.1"),
    "above 1": with_score("1.1"),
    "just above 1": with_score("1.0000001"),
    "2": with_score("2"),
    "duplicate key": with_score('0.5, "score": 0.6'),
    "duplicate request": GOOD.replace(b'"results"', b'"request": "r1", "results"'),
    "extra key": with_score('0.5, "p": 1'),
    "extra outer key": GOOD.replace(b'"results"', b'"note": 1, "results"'),
    "score and error": with_score('0.5, "error": "failed"'),
    "neither": GOOD.replace(b', "score": 0.5', b""),
    "own error word": GOOD.replace(b'"score": 0.5', b'"error": "label=1"'),
    "error is a list": GOOD.replace(b'"score": 0.5', b'"error": []'),
    "error is an object": GOOD.replace(b'"score": 0.5', b'"error": {}'),
    "wrong case": GOOD.replace(b'"a"', b'"b"'),
    "case is a number": GOOD.replace(b'"a"', b"1"),
    "case is an object": GOOD.replace(b'"a"', b"{}"),
    "surrogate": GOOD.replace(b'"a"', b'"\\ud800"'),
    "answered twice": GOOD.replace(b"}]", b'}, {"case": "a", "score": 0.5}]'),
    "too few": GOOD.replace(b'{"case": "a", "score": 0.5}', b""),
    "another case too": GOOD.replace(b"}]", b'}, {"case": "b", "score": 0.5}]'),
    "previous request": GOOD.replace(b"r1", b"r0"),
    "request is a number": GOOD.replace(b'"r1"', b"1"),
    "request is a list": GOOD.replace(b'"r1"', b'["r1"]'),
    "results is an object": b'{"request": "r1", "results": {}}',
    "results is null": b'{"request": "r1", "results": null}',
    "a row is a list": b'{"request": "r1", "results": [["a", 0.5]]}',
    "a list": b"[]",
    "a number": b"1",
    "nothing": b"",
    "blank": b"  \t",
    "half a line": GOOD[:-4],
    "two objects": GOOD + GOOD,
    "trailing text": GOOD + b" ok",
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "bad UTF-8": GOOD.replace(b'"a"', b'"\xff"'),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "NUL": GOOD + b"\0",
    "60,000 brackets": b"[" * 60_000,
    "60,000 objects": b'{"a":' * 10_000,
    "single quotes": GOOD.replace(b'"', b"'"),
    "comment": GOOD + b" // done",
    "progress bar": b"\r 50%|#####     | 1/2",
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_answer_is_malformed(line: bytes) -> None:
    with pytest.raises(MalformedError) as refused:
        parse(line)
    assert "label" not in str(refused.value)  # nothing of the container's own words


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["a", "r1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["request", "results", "case", "score", "error", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_nothing_but_malformed_is_ever_raised(line: bytes) -> None:
    for read in (parse, parse_ready):
        with contextlib.suppress(MalformedError):
            read(line)


@given(JSON)
def test_whatever_is_taken_is_a_score_in_range_for_the_case_asked(row: object) -> None:
    line = json.dumps({"request": "r1", "results": [row]}).encode()
    try:
        (answer,) = parse(line)
    except MalformedError:
        return
    assert answer.case == "a"
    assert answer.score is None or 0.0 <= answer.score <= 1.0


@pytest.mark.parametrize(("more", "size"), [("", 1), (', "max_batch": 1', 1), (', "max_batch": 16', 16)])
def test_a_ready_line(more: str, size: int) -> None:
    line = '{"ready": true, "protocol": "nccid-stdio/1"' + more + "}"
    assert parse_ready(line.encode()) == Ready(max_batch=size)


@pytest.mark.parametrize(
    "line",
    [
        '{"ready": 1, "protocol": "nccid-stdio/1"}',
        '{"ready": "true", "protocol": "nccid-stdio/1"}',
        '{"ready": true}',
        '{"protocol": "nccid-stdio/1"}',
        '{"ready": true, "protocol": "nccid-stdio/2"}',
        '{"ready": true, "protocol": "nccid-stdio/1", "name": "x"}',
        '{"ready": true, "protocol": "nccid-stdio/1", "max_batch": 0}',
        '{"ready": true, "protocol": "nccid-stdio/1", "max_batch": -1}',
        '{"ready": true, "protocol": "nccid-stdio/1", "max_batch": true}',
        '{"ready": true, "protocol": "nccid-stdio/1", "max_batch": 1.0}',
        '{"ready": true, "protocol": "nccid-stdio/1", "max_batch": "4"}',
        '{"ready": true, "protocol": "nccid-stdio/1", "max_batch": 100001}',
        "Loading weights",
    ],
)
def test_any_other_first_line_is_malformed(line: str) -> None:
    with pytest.raises(MalformedError):
        parse_ready(line.encode())


def test_lines_are_the_same_wherever_the_stream_is_cut() -> None:
    stream = GOOD + b"\n\n" + GOOD + b"\r\nrest"
    for first in range(len(stream) + 1):
        for second in (first, min(first + 1, len(stream)), len(stream)):
            splitter = LineSplitter()
            parts = (stream[:first], stream[first:second], stream[second:])
            lines = [line for part in parts for line in splitter.feed(part)]
            assert lines == [GOOD, b"", GOOD + b"\r"]
            assert splitter.pending


@pytest.mark.parametrize("step", [1000, 70_000, 200_000])
def test_a_line_past_the_limit_is_malformed_before_it_ends(step: int) -> None:
    splitter = LineSplitter()

    def feed() -> None:
        for _ in range(200_000 // step):
            list(splitter.feed(b"x" * step))

    with pytest.raises(MalformedError):
        feed()


def test_the_longest_line_is_exactly_the_limit() -> None:
    assert list(LineSplitter().feed(b"x" * (LINE_BYTES - 1) + b"\n")) == [b"x" * (LINE_BYTES - 1)]
    with pytest.raises(MalformedError):
        list(LineSplitter().feed(b"x" * LINE_BYTES + b"\n"))


def test_a_request_is_one_line_of_ascii() -> None:
    line = encode_request("r7", [("k3f9q2", 1), ("zürich", 600)])
    assert line.isascii()
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert json.loads(line)["cases"][0] == {"case": "k3f9q2", "dir": "/input/k3f9q2", "files": 1}


def test_the_largest_batch_fits_into_a_line() -> None:
    cases = [("k" * 64, 99_999)] * MAX_BATCH
    assert len(encode_request("r1000000", cases)) <= LINE_BYTES
    with pytest.raises(ValueError, match="too long"):
        encode_request("r1", [("k" * 64, 1)] * 1000)
