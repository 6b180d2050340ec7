"""How far a journal is, in numbers, read while somebody writes to it; nothing is locked or changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nccid_eval.journal.entries import decode_table
from nccid_eval.journal.file import damaged


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """`read` bytes of a journal say this; what comes after them is read the next time.

    `spent_s` is the time of answers and of containers that failed, as the journal itself tells it; a first getting
    ready is left out, since it says nothing about what is left. It is 0 under nccid-batch/1 until all is answered.
    """

    read: int = 0
    answered: int = 0
    failed: int = 0  # of these, without a usable answer
    spent_s: float = 0.0
    ready: bool = False  # a container was
    closed: bool = False


def tally(path: Path, before: Tally | None = None) -> Tally:
    """What a journal says so far, going on from what was read `before`.

    A line that is not whole yet, or torn by a crash, is the last one and counts for nothing. Raises JournalError for
    a line that is damaged with others after it, and OSError where the file cannot be read.
    """
    counted = before or Tally()
    with path.open("rb") as file:
        file.seek(counted.read)
        data = file.read()
    end = 0
    while (newline := data.find(b"\n", end)) >= 0:
        table = decode_table(data[end:newline])
        if table is None and newline + 1 < len(data):
            raise damaged(path, "a line of the journal is damaged")
        if table is None:
            break
        counted = _and(counted, table, path)
        end = newline + 1
    return replace(counted, read=counted.read + end)


def _and(counted: Tally, table: Mapping[str, Any], path: Path) -> Tally:
    try:
        return _added(counted, table)
    except (KeyError, TypeError):
        raise damaged(path, "a line of the journal is not as this version writes it") from None


def _added(counted: Tally, table: Mapping[str, Any]) -> Tally:
    match table["kind"]:
        case "Answered":
            results = table["results"]
            return replace(
                counted,
                answered=counted.answered + len(results),
                failed=counted.failed + sum(one["outcome"] != "ok" for one in results),
                spent_s=counted.spent_s + table["latency_s"],
            )
        case "ContainerReady":
            again = table["ready_s"] if counted.ready else 0.0
            return replace(counted, ready=True, spent_s=counted.spent_s + again)
        case "ContainerEnded":
            return replace(counted, spent_s=counted.spent_s + table["spent_s"])
        case "RunClosed":
            return replace(counted, closed=True)
        case _:
            return counted
