"""A file that is left out, and why: raised where it is read, a row of the flow where it is counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nccid_eval.errors import NccidEvalError


class Refused(Exception):
    """Why an image is left out, in words for the flow diagram; `stage` is where."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(stage, reason)
        self.stage = stage
        self.reason = reason


@contextmanager
def refusing(stage: str, reason: str) -> Iterator[None]:
    """Turn whatever a parser or decoder raises into a refusal; a fault of ours, such as a lost network, is none."""
    try:
        yield
    except (Refused, NccidEvalError):
        raise
    except MemoryError:
        raise Refused(stage, "needs more memory than an image may") from None
    except Exception:
        raise Refused(stage, reason) from None
