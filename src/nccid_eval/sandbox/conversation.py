"""One container's stream, asked and read in a single non-blocking loop under a clock and a cap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from nccid_eval.engine import Channel, Polled
from nccid_eval.records import Outcome
from nccid_eval.sandbox.dialogue import Dialogue
from nccid_eval.sandbox.protocol import Answer, MalformedError, Ready, encode_request, parse_ready, parse_response

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
        self._dialogue = Dialogue()
        self._closed = False
        self._requests = 0
        self._stderr = bytearray()

    @property
    def stderr_tail(self) -> bytes:
        """The last that it wrote to stderr."""
        return bytes(self._stderr[-STDERR_TAIL:])

    def wait_ready(self, timeout_s: float) -> Ready:
        line = self._line(b"", timeout_s)
        ready = _checked(lambda: parse_ready(line))
        self._nothing_more()
        return ready

    def ask(self, cases: Sequence[tuple[str, int]], timeout_s: float) -> tuple[Answer, ...]:
        """Send one request, right after `check_idle`, and read its one answer; the clock starts at its first byte."""
        self._requests += 1
        request = f"r{self._requests}"
        self._dialogue.asked()
        line = self._line(encode_request(request, cases), timeout_s)
        answers = _checked(lambda: parse_response(line, request, [case for case, _ in cases]))
        self._nothing_more()
        return answers

    def check_idle(self) -> None:
        """Between two requests the container must still be there, and silent on stdout."""
        self._nothing_more()
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
        while True:
            left = end - self._clock()
            if left <= 0:
                raise BrokenOffError(Outcome.TIMEOUT, "no answer in time")
            sent, line = self._step(outgoing, min(left, TICK_S))
            outgoing = outgoing[sent:]
            if line is not None:
                break
            if self._closed:
                raise BrokenOffError(None, "the container closed its stream")
        if outgoing:
            raise BrokenOffError(Outcome.MALFORMED, "answered before the request was read")
        return line

    def _step(self, outgoing: bytes, timeout_s: float) -> tuple[int, bytes | None]:
        """Bytes sent, and the line that was due if it is whole now."""
        polled = self._poll(outgoing, timeout_s)
        self._output_left -= len(polled.stdout) + len(polled.stderr)
        if self._output_left < 0:
            raise BrokenOffError(Outcome.MALFORMED, "printed more than a run may")
        return polled.sent, _checked(lambda: self._dialogue.feed(polled.stdout))

    def _poll(self, outgoing: bytes, timeout_s: float) -> Polled:
        polled = self._channel.poll(outgoing, timeout_s)
        self._closed = polled.closed
        self._keep(polled.stderr)
        self._on_tick()
        return polled

    def _keep(self, stderr: bytes) -> None:
        """Cut back only now and then: a program that drips must not have its whole tail copied for each byte."""
        self._stderr += stderr
        if len(self._stderr) > 2 * STDERR_TAIL:
            del self._stderr[:-STDERR_TAIL]

    def _nothing_more(self) -> None:
        """Right after an answer and right before a request nothing else may be on the stream."""
        self._step(b"", 0)


def _checked(parse: Callable[[], Result]) -> Result:
    try:
        return parse()
    except MalformedError as cause:
        raise BrokenOffError(Outcome.MALFORMED, str(cause)) from None
