"""The crash-safe record of what a container was asked and what it answered.

One line an entry: eight hexadecimal digits of CRC-32, a space, JSON, a newline. Lines are appended with one write and
one fsync, an attempt before its result, so after a crash at any moment the file holds a prefix of the truth and at
most one torn line, which is cut off when the journal is opened again. An attempt is written before its request is
sent, and flushed while the container works on it; nothing more is written before that flush is over, so a power cut
costs no more than the last answer, which is then asked for again. One writer at a time (flock). The journal is what
happened; scores are made from it, from assessment.json and from the reference standard that it seals.
"""

from nccid_eval.journal.entries import (
    Answered,
    Attempted,
    ContainerEnded,
    ContainerReady,
    Entry,
    Failed,
    RunClosed,
    RunOpened,
    SandboxApplied,
    TruthSealed,
    decode,
    encode,
)
from nccid_eval.journal.file import Journal, read, sync_folder
from nccid_eval.journal.tally import Tally, tally

__all__ = [
    "Answered",
    "Attempted",
    "ContainerEnded",
    "ContainerReady",
    "Entry",
    "Failed",
    "Journal",
    "RunClosed",
    "RunOpened",
    "SandboxApplied",
    "Tally",
    "TruthSealed",
    "decode",
    "encode",
    "read",
    "sync_folder",
    "tally",
]
