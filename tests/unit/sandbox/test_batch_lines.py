"""What one bad line costs: its case where it names one that was asked, else all that comes after it."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nccid_eval.sandbox.batch_lines import Predicted, encode_list, read_predictions
from nccid_eval.sandbox.protocol import LINE_BYTES

ASKED = ("a", "b", "c", "d")


def line(case: str, score: float = 0.5) -> bytes:
    return json.dumps({"case": case, "score": score}).encode() + b"\n"


def scores(predicted: Predicted) -> dict[str, float | None]:
    return {case: answer.score for case, answer in predicted.answers.items()}


def read_with(inserted: bytes) -> Predicted:
    """`inserted` stands where the line of b is due."""
    return read_predictions(line("a") + inserted + b"\n" + line("c") + line("d"), ASKED)


def test_each_line_answers_its_case_in_whatever_order() -> None:
    data = line("d", 0.1234567) + b'{"case": "b", "error": "unreadable"}\n' + line("a", 1) + line("c", 0)
    predicted = read_predictions(data, ASKED)
    assert scores(predicted) == {"a": 1.0, "b": None, "c": 0.0, "d": 0.123457}
    assert predicted.answers["b"].error == "unreadable"
    assert (predicted.spoilt, predicted.broken) == ({}, "")


@pytest.mark.parametrize(
    "inserted",
    [
        b'{"case": "b", "score": NaN}',
        b'{"case": "b", "score": -Infinity}',
        b'{"case": "b", "score": 1e999}',
        b'{"case": "b", "score": 1.0000001}',
        b'{"case": "b", "score": -0.1}',
        b'{"case": "b", "score": true}',
        b'{"case": "b", "score": "0.5"}',
        b'{"case": "b", "score": null}',
        b'{"case": "b", "score": [0.5]}',
        b'{"case": "b", "score": ' + b"9" * 5000 + b"}",
        b'{"case": "b", "score": 0.5, "score": 0.6}',
        b'{"case": "b", "score": 0.5, "error": "failed"}',
        b'{"case": "b", "score": 0.5, "heat": "map"}',
        b'{"case": "b", "error": "tired"}',
        b'{"case": "b"}',
    ],
)
def test_a_bad_line_that_names_its_case_costs_that_case(inserted: bytes) -> None:
    predicted = read_with(inserted)
    assert set(predicted.answers) == {"a", "c", "d"}
    assert set(predicted.spoilt) == {"b"}
    assert predicted.broken == ""


@pytest.mark.parametrize(
    "inserted",
    [
        b"",
        b"Loading model ...",
        b"[]",
        b'"b"',
        b"0.5",
        b"null",
        b'["case", "b"]',
        b'[["case", "b"]]',
        b'{"score": 0.5}',
        b'{"case": "b", "score": 0.5',
        b'{"case": "b", "score": 0.5} {"case": "c", "score": 0.5}',
        b'{"case": "x", "score": 0.5}',
        b'{"case": "x", "score": NaN}',
        b'{"case": 1, "score": 0.5}',
        b'{"case": ["b"], "score": 0.5}',
        b'{"case": "b", "case": "b", "score": 0.5}',
        b'{"result": {"case": "b"}, "score": 0.5}',
        b'\xef\xbb\xbf{"case": "b", "score": 0.5}',
        b'{"case": "b", "score": 0.5, "note": "\xff"}',
        '{"case": "b", "score": 0.5}'.encode("utf-16-le"),
        b"[" * 60_000,
        b'{"case": "b", "note": "' + b"x" * LINE_BYTES + b'"}',
        b"\x00" * 100,
    ],
)
def test_a_line_of_nobody_costs_all_that_comes_after_it(inserted: bytes) -> None:
    predicted = read_with(inserted)
    assert scores(predicted) == {"a": 0.5}
    assert predicted.spoilt == {}
    assert predicted.broken != ""


def test_a_case_answered_twice_is_lost_and_no_other() -> None:
    predicted = read_predictions(line("a") + line("b", 0.1) + line("c") + line("b", 0.1) + line("d"), ASKED)
    assert set(predicted.answers) == {"a", "c", "d"}
    assert predicted.spoilt == {"b": "a case is answered twice"}


def test_a_good_line_does_not_mend_a_bad_one() -> None:
    predicted = read_predictions(b'{"case": "b", "score": 2}\n' + line("b"), ASKED)
    assert (predicted.answers, predicted.spoilt) == ({}, {"b": "a case is answered twice"})


def test_more_lines_than_any_reader_needs_end_the_file() -> None:
    predicted = read_predictions(line("a") * 8 + line("b"), ASKED)
    assert (predicted.answers, set(predicted.spoilt)) == ({}, {"a"})
    assert predicted.broken == "there are more lines than cases"
    assert "b" in read_predictions(line("a") * 7 + line("b"), ASKED).answers


@pytest.mark.parametrize("cut", range(1, len(line("b"))))
def test_a_torn_tail_is_passed_over(cut: int) -> None:
    predicted = read_predictions(line("a") + line("b")[:cut], ASKED)
    assert (scores(predicted), predicted.spoilt, predicted.broken) == ({"a": 0.5}, {}, "")


@pytest.mark.parametrize(("length", "whole"), [(LINE_BYTES, True), (LINE_BYTES + 1, False)])
def test_the_longest_line(length: int, whole: bool) -> None:
    padded = line("a").rstrip().ljust(length - 1) + b"\n"
    assert len(padded) == length
    assert ("a" in read_predictions(padded, ASKED).answers) is whole
    assert (read_predictions(padded[:-1], ASKED).broken == "") is whole


def test_an_empty_file_answers_nothing() -> None:
    assert read_predictions(b"", ASKED) == Predicted()


def test_the_list_is_what_a_request_is() -> None:
    told = json.loads(encode_list([("k3f9q2", 1), ("a", 600)]))
    assert told == {
        "cases": [
            {"case": "k3f9q2", "dir": "/input/k3f9q2", "files": 1},
            {"case": "a", "dir": "/input/a", "files": 600},
        ]
    }
    assert encode_list([("ü", 1)]).isascii()


PIECES = st.sampled_from(
    [
        line("a"),
        line("b"),
        b'{"case": "c", "score": NaN}\n',
        b"\n",
        b"{",
        b'"case"',
        b"[",
        b"\xff",
        b'{"case": "c"}\n',
    ]
)


@given(st.lists(PIECES | st.binary(max_size=20), max_size=12).map(b"".join))
@example(b'{"case": "\\ud800", "score": 0.5}\n')
def test_any_bytes_give_each_case_at_most_one_fate(data: bytes) -> None:
    predicted = read_predictions(data, ASKED)
    assert set(predicted.answers).isdisjoint(predicted.spoilt)
    assert set(predicted.answers) | set(predicted.spoilt) <= set(ASKED)


@given(st.lists(PIECES, max_size=12).map(b"".join), st.data())
def test_what_stands_before_a_cut_is_read_the_same(data: bytes, dice: st.DataObject) -> None:
    """A container that is killed in mid-write loses the line it was writing, and no other."""
    cut = dice.draw(st.integers(0, len(data)))
    before, whole = read_predictions(data[:cut], ASKED), read_predictions(data, ASKED)
    later = {case for case in before.answers if case in whole.spoilt}
    assert {case: one for case, one in before.answers.items() if case not in later}.items() <= whole.answers.items()
