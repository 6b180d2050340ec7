"""One container's stream, asked and read in a single non-blocking loop under a clock and a cap."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from nccid_eval.engine import Channel, Polled
from nccid_eval.records import Outcome
from nccid_eval.sandbox.protocol import (
    Answer,
    LineSplitter,
    MalformedError,
    Ready,
    encode_request,
    parse_ready,
    parse_response,
)

Result = TypeVar("Result")

TICK_S = 0.5
STDERR_TAIL = 64 * 1024


class Clock(Protocol):
    def __call__(self) -> float:
        """Seconds, monotonic."""


class BrokenOffError(Exception):
    """The conversation is over: the container left (`outcome` is None) or must be killed for `outcome`."""

    def __init__(self, outcome: Outcome | None, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


class Conversation:
    """Talks to one container. Every method raises BrokenOffError, after which the container is of no further use."""

    def __init__(self, channel: Channel, clock: Clock, output_bytes: int, on_tick: Callable[[], None]) -> None:
        self._channel = channel
        self._clock = clock
        self._output_left = output_bytes
        self._on_tick = on_tick
        self._lines: deque[bytes] = deque()
        self._splitter = LineSplitter()
        self._closed = False
        self._asked = 0
        self.stderr_tail = b""

    def wait_ready(self, timeout_s: float) -> Ready:
        ready = self._checked(lambda: parse_ready(self._line(b"", timeout_s)))
        self._nothing_pending()
        return ready

    def ask(self, cases: Sequence[tuple[str, int]], timeout_s: float) -> tuple[Answer, ...]:
        """Send one request, right after `check_idle`, and read its one answer; the clock starts at its first byte."""
        self._asked += 1
        request = f"r{self._asked}"
        line = self._line(encode_request(request, cases), timeout_s)
        answers = self._checked(lambda: parse_response(line, request, [case for case, _ in cases]))
        self._nothing_pending()
        return answers

    def check_idle(self) -> None:
        """Between two requests the container must still be there, and silent on stdout."""
        self._nothing_pending()
        if self._closed:
            raise BrokenOffError(None, "the container closed its stream between requests")

    def leave(self, grace_s: float) -> bool:
        """Close stdin, throw away what is still printed; whether the stream was closed within `grace_s`."""
        self._channel.close_stdin()
        end = self._clock() + grace_s
        while not self._closed and (left := end - self._clock()) > 0:
            self._poll(b"", min(left, TICK_S))
        return self._closed

    def _line(self, outgoing: bytes, timeout_s: float) -> bytes:
        end = self._clock() + timeout_s
        while not self._lines:
            left = end - self._clock()
            if left <= 0:
                raise BrokenOffError(Outcome.TIMEOUT, "no answer in time")
            polled = self._step(outgoing, min(left, TICK_S))
            outgoing = outgoing[polled.sent :]
            if self._closed and not self._lines:
                raise BrokenOffError(None, "the container closed its stream")
        if outgoing:
            raise BrokenOffError(Outcome.MALFORMED, "answered before the request was read")
        return self._lines.popleft()

    def _step(self, outgoing: bytes, timeout_s: float) -> Polled:
        polled = self._poll(outgoing, timeout_s)
        self._output_left -= len(polled.stdout) + len(polled.stderr)
        if self._output_left < 0:
            raise BrokenOffError(Outcome.MALFORMED, "printed more than a run may")
        self._checked(lambda: self._lines.extend(self._splitter.feed(polled.stdout)))
        return polled

    def _poll(self, outgoing: bytes, timeout_s: float) -> Polled:
        polled = self._channel.poll(outgoing, timeout_s)
        self._closed = polled.closed
        self.stderr_tail = (self.stderr_tail + polled.stderr)[-STDERR_TAIL:]
        self._on_tick()
        return polled

    def _nothing_pending(self) -> None:
        """Right after an answer and right before a request nothing else may be on the stream."""
        self._step(b"", 0)
        if self._lines or self._splitter.pending:
            raise BrokenOffError(Outcome.MALFORMED, "printed more than its answer on stdout")

    @staticmethod
    def _checked(parse: Callable[[], Result]) -> Result:
        try:
            return parse()
        except MalformedError as cause:
            raise BrokenOffError(Outcome.MALFORMED, str(cause)) from None
