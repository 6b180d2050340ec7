"""How far a long piece of work is: a bar that moves in a terminal, a plain line now and then in a log."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

import click

from nccid_eval.cli import pace
from nccid_eval.cli.pace import Pace

EVERY_TERMINAL_S = 0.2
EVERY_LOG_S = 15.0
BAR = 24  # cells
MOVED = "\r\x1b[K"  # to the line's start, which is emptied


class Progress:
    """Rate and time left, of this sitting's work; one object serves all stages of a command.

    `stages` are those that are numbered, in their order; a stage that is none of them has no number.
    """

    def __init__(
        self,
        stages: Sequence[str] = (),
        *,
        out: TextIO | None = None,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stages = tuple(stages)
        self._out = out or sys.stderr
        self._clock = clock
        self._moves = self._out.isatty() and environment.get("TERM") != "dumb"
        self._coloured = self._moves and not environment.get("NO_COLOR")
        self._stage = ""
        self._ended = ""  # the stage of which all was told
        self._began = 0.0
        self._first = 0
        self._next = 0.0
        self._open = False  # a bar stands on the terminal's last line
        if (context := click.get_current_context(silent=True)) is not None:
            context.call_on_close(self.close)

    def __call__(self, stage: str, done: int, total: int, failed: int = 0, /) -> None:
        now = self._clock()
        if stage != self._stage:
            self._stage, self._first, self._next = stage, done, 0.0
        if done == self._first:
            self._began = now  # a container that is getting ready tells nothing of what comes then
        last = done >= total
        if last and stage == self._ended:
            return
        self._ended = ""
        if now < self._next and not last:
            return
        self._next = now + (EVERY_TERMINAL_S if self._moves else EVERY_LOG_S)
        made = Pace(done=done, total=total, fresh=done - self._first, spent_s=now - self._began, failed=failed)
        self._show(self._numbered(stage), made, last)

    def say(self, text: str) -> None:
        """A line of its own, after the bar that stands there."""
        self.close()
        self._stage = self._ended = ""
        print(self._numbered(text), file=self._out, flush=True)

    def close(self) -> None:
        """Leave the bar where it stands: what is written next begins a line."""
        if self._open:
            print(file=self._out, flush=True)
        self._open = False

    def _numbered(self, stage: str) -> str:
        if stage not in self._stages:
            return stage
        return f"{self._stages.index(stage) + 1}/{len(self._stages)} {stage}"

    def _show(self, stage: str, made: Pace, last: bool) -> None:
        if not self._moves:
            print(line(stage, made), file=self._out, flush=True)
        else:
            shown = bar(stage, made, columns(self._out), _cells(self._out), coloured=self._coloured)
            print(f"{MOVED}{shown}", end="", file=self._out, flush=True)
            self._open = True
        if last:
            self.close()
            self._ended, self._stage = self._stage, ""


def line(stage: str, made: Pace) -> str:
    """For a log: `3/5 cases: 120 of 471  25%  29 s left  3 failed  12.3/s`."""
    return f"{stage}: {'  '.join(pace.words(made))}"


def bar(stage: str, made: Pace, width: int, cells: tuple[str, str] = ("█", "░"), *, coloured: bool = False) -> str:
    """The same for a terminal, in less than `width` columns: the bar is left out first, then what matters least."""
    words = pace.words(made)
    while words and len(f"{stage}  {'  '.join(words)}") >= width:
        words.pop()
    text = "  ".join([stage, *words])[: max(1, width - 1)]
    room = min(BAR, width - len(text) - 3)
    if room < 5 or not made.total:
        return text
    full = room * made.done // made.total
    drawn = cells[0] * full + cells[1] * (room - full)
    return "  ".join([stage, click.style(drawn, fg="cyan") if coloured else drawn, *words])


def columns(out: TextIO) -> int:
    """Of the terminal, as wide as it is now."""
    try:
        return os.get_terminal_size(out.fileno()).columns or 80
    except OSError:
        return 80


def _cells(out: TextIO) -> tuple[str, str]:
    """A full cell and an empty one, in characters that the terminal can be sent."""
    return ("█", "░") if "utf" in (out.encoding or "").lower() else ("#", "-")
