"""How far a long piece of work is: one line that moves in a terminal, a plain line now and then in a log."""

from __future__ import annotations

import sys
import time

EVERY_TERMINAL_S = 0.2
EVERY_LOG_S = 15.0


class Progress:
    """Rate and time left, of this sitting's work; one object serves all stages of a command."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._stage = ""
        self._began = 0.0
        self._first = 0
        self._next = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began, self._first, self._next = stage, now, done, 0.0
        last = done >= total
        if now < self._next and not last:
            return
        self._next = now + (EVERY_TERMINAL_S if self._terminal else EVERY_LOG_S)
        self._show(line(stage, done, total, done - self._first, now - self._began), last)

    def say(self, text: str) -> None:
        self._stage = ""
        print(text, file=sys.stderr, flush=True)

    def _show(self, text: str, last: bool) -> None:
        if self._terminal:
            print(f"\r\x1b[K{text}", end="\n" if last else "", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)
        if last:
            self._stage = ""


def line(stage: str, done: int, total: int, fresh: int, elapsed_s: float) -> str:
    """One line of progress; `fresh` of the `done` items were done in `elapsed_s`."""
    share = f"{done / total:4.0%}" if total else "   –"
    text = f"{stage}: {done:,} of {total:,} {share}"
    if fresh <= 0 or elapsed_s <= 0:
        return text
    rate = fresh / elapsed_s
    text += f"  {rate:,.1f}/s"
    return text if done >= total else f"{text}  {_duration((total - done) / rate)} left"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
