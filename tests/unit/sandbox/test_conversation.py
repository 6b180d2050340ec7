"""The conversation over a written stream: what was printed when, and which request it is charged to."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from nccid_eval.engine import Polled
from nccid_eval.records import Outcome
from nccid_eval.sandbox.conversation import BrokenOffError, Conversation

READY = b'{"ready": true, "protocol": "nccid-stdio/1"}\n'
ANSWER = b'{"request": "r1", "results": [{"case": "a", "score": 0.5}]}\n'
CLOSED = None
SILENT = b""


class Written:
    """A Channel that gives one written piece a step, then silence; it takes `takes` bytes a step of what is sent."""

    def __init__(self, *stdout: bytes | None, stderr: bytes = b"", takes: int = 10**6) -> None:
        self._pieces: Iterator[bytes | None] = iter(stdout)
        self._stderr = stderr
        self._takes = takes
        self._closed = False
        self.sent = b""
        self.now = 0.0

    def poll(self, outgoing: bytes, timeout_s: float) -> Polled:
        piece = next(self._pieces, SILENT)
        self._closed = self._closed or piece is CLOSED
        self.now += timeout_s if piece == SILENT and not outgoing else 0.01
        self.sent += outgoing[: self._takes]
        sent = min(len(outgoing), self._takes)
        return Polled(sent=sent, stdout=piece or b"", stderr=self._stderr, closed=self._closed)

    def close_stdin(self) -> None:
        self.sent += b"<closed>"

    def close(self) -> None: ...


def talk(channel: Written, output_bytes: int = 10**6) -> Conversation:
    return Conversation(channel, lambda: channel.now, output_bytes, lambda: None)


def outcome_of(channel: Written, *, ready: bool = False) -> Outcome | None:
    conversation = talk(channel)
    with pytest.raises(BrokenOffError) as broken:
        conversation.wait_ready(5.0) if ready else conversation.ask([("a", 1)], 5.0)
    return broken.value.outcome


def test_a_question_is_sent_in_pieces_and_its_answer_read_in_pieces() -> None:
    channel = Written(*[SILENT] * 8, ANSWER[:7], ANSWER[7:], takes=10)
    (answer,) = talk(channel).ask([("a", 1)], 5.0)
    assert answer.score == 0.5
    assert json.loads(channel.sent) == {"request": "r1", "cases": [{"case": "a", "dir": "/input/a", "files": 1}]}


def test_it_is_ready() -> None:
    assert talk(Written(READY)).wait_ready(5.0).max_batch == 1


@pytest.mark.parametrize("more", [b"x", b"\n", ANSWER])
def test_more_than_the_ready_line_is_malformed(more: bytes) -> None:
    assert outcome_of(Written(READY + more), ready=True) is Outcome.MALFORMED
    assert outcome_of(Written(READY, more), ready=True) is Outcome.MALFORMED


@pytest.mark.parametrize("more", [b"x", b"\n", ANSWER])
def test_more_than_the_answer_is_charged_to_the_request_that_it_answers(more: bytes) -> None:
    assert outcome_of(Written(ANSWER + more)) is Outcome.MALFORMED
    assert outcome_of(Written(ANSWER, more)) is Outcome.MALFORMED


def test_what_is_printed_between_two_requests_is_noticed_before_the_next_is_sent() -> None:
    channel = Written(ANSWER, SILENT, b"late")
    conversation = talk(channel)
    conversation.ask([("a", 1)], 5.0)
    asked = channel.sent
    with pytest.raises(BrokenOffError) as broken:
        conversation.check_idle()
    assert broken.value.outcome is Outcome.MALFORMED
    assert channel.sent == asked


def test_a_container_that_leaves_between_two_requests_is_noticed_before_the_next_is_sent() -> None:
    conversation = talk(Written(ANSWER, CLOSED))
    conversation.ask([("a", 1)], 5.0)
    with pytest.raises(BrokenOffError) as broken:
        conversation.check_idle()
    assert broken.value.outcome is None


def test_an_answer_before_the_whole_question_is_malformed() -> None:
    assert outcome_of(Written(ANSWER, takes=1)) is Outcome.MALFORMED


def test_silence_and_slow_drips_time_out() -> None:
    assert outcome_of(Written()) is Outcome.TIMEOUT
    assert outcome_of(Written(*[b" "] * 10_000)) is Outcome.TIMEOUT
    assert outcome_of(Written(), ready=True) is Outcome.TIMEOUT


def test_a_stream_that_ends_is_for_the_engine_to_explain() -> None:
    assert outcome_of(Written(CLOSED)) is None
    assert outcome_of(Written(ANSWER[:9], CLOSED)) is None


def test_a_line_without_an_end_is_malformed() -> None:
    assert outcome_of(Written(*[b"x" * 10_000] * 9)) is Outcome.MALFORMED


def test_a_run_prints_only_so_much_on_both_streams_together() -> None:
    channel = Written(b"", b"", b"", stderr=b"e" * 400)
    with pytest.raises(BrokenOffError, match="more than a run may"):
        talk(channel, output_bytes=1000).ask([("a", 1)], 5.0)


def test_the_last_of_stderr_is_kept() -> None:
    channel = Written(READY, stderr=b"e" * 40_000 + b"end")
    conversation = talk(channel)
    conversation.wait_ready(5.0)
    assert conversation.stderr_tail.endswith(b"end")
    assert len(conversation.stderr_tail) == 64 * 1024


def test_leaving_throws_away_whatever_is_printed() -> None:
    assert talk(Written(b"\n" * 100_000, b"x" * 100_000, CLOSED)).leave(5.0)
    assert not talk(Written(*[b"x" * 100_000] * 5), output_bytes=10).leave(2.0)
