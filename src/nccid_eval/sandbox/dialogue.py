"""Whose turn it is on a container's stdout, a pure state machine over bytes: one line when it is due, else nothing.

    starting --ready line--> idle --asked()--> asked --answer's line--> idle --asked()--> …

Wherever the bytes are cut into pieces, the same bytes are taken or refused. A refusal is final.
"""

from __future__ import annotations

from nccid_eval.sandbox.protocol import LineSplitter, MalformedError


class Dialogue:
    """Starts with the ready line due."""

    def __init__(self) -> None:
        self._splitter = LineSplitter()
        self._due = True

    def asked(self) -> None:
        """A request is on its way: one line is due."""
        self._due = True

    def feed(self, printed: bytes) -> bytes | None:
        """The line that was due, once it is whole, without its newline.

        Raises MalformedError for a line that is too long, and for any byte that is printed while nothing is due.
        """
        if not printed:
            return None
        if not self._due:
            raise MalformedError("printed more than its answer on stdout")
        lines = self._splitter.feed(printed)
        if not lines:
            return None
        if len(lines) > 1 or self._splitter.pending:
            raise MalformedError("printed more than its answer on stdout")
        self._due = False
        return lines[0]
