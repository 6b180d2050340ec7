"""Watching a container that nobody talks to: its streams are logs, read so that it never blocks, kept to a tail."""

from __future__ import annotations

from collections.abc import Callable

from nccid_eval.engine import Channel
from nccid_eval.records import Outcome
from nccid_eval.sandbox.conversation import STDERR_TAIL, TICK_S, Clock


class Onlooker:
    """Reads stdout and stderr until they close, the time is up, or more was printed than a run may print."""

    def __init__(self, channel: Channel, clock: Clock, output_bytes: int, on_tick: Callable[[], None]) -> None:
        self._channel = channel
        self._clock = clock
        self._left = output_bytes
        self._on_tick = on_tick
        self._printed = bytearray()

    @property
    def tail(self) -> bytes:
        """The last of what it printed, on either stream."""
        return bytes(self._printed[-STDERR_TAIL:])

    def watch(self, until: float) -> tuple[Outcome | None, str]:
        """What to kill it for, None where it closed its streams; and why, from a closed list."""
        self._channel.close_stdin()
        while (left := until - self._clock()) > 0:
            polled = self._channel.poll(b"", min(left, TICK_S))
            self._keep(polled.stdout + polled.stderr)
            self._on_tick()
            if self._left < 0:
                return Outcome.MALFORMED, "printed more than a run may"
            if polled.closed:
                return None, "left by itself"
        return Outcome.TIMEOUT, "not done in time"

    def _keep(self, printed: bytes) -> None:
        """Cut back only now and then: a program that drips must not have its whole tail copied for each byte."""
        self._left -= len(printed)
        self._printed += printed
        if len(self._printed) > 2 * STDERR_TAIL:
            del self._printed[:-STDERR_TAIL]
