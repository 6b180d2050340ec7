"""A run scored again: what is in release/ that was not there before, and why that may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nccid_eval import archive
from nccid_eval.archive import RunFolder
from nccid_eval.errors import JournalError

CARD = "scorecard.json"
PRINTED = ".pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What a release holds: the SHA-256 of each file, and the scorecard as it is written, where it can be read."""

    sums: Mapping[str, str]
    card: Mapping[str, Any] | None


def released(run: RunFolder) -> Released:
    """Of a folder that may hold nothing yet."""
    files = sorted(run.release.iterdir()) if run.release.is_dir() else []
    return Released(
        sums={path.name: archive.sha256(path) for path in files if path.name != archive.SUMS},
        card=_card(run.release / CARD),
    )


def _card(path: Path) -> Mapping[str, Any] | None:
    try:
        return archive.read_json(path)
    except JournalError:
        return None


def differs(before: Released, after: Released) -> str:
    """A sentence on what differs; empty where every byte is the same, or nothing was there before."""
    names = sorted(before.sums.keys() | after.sums.keys())
    changed = [name for name in names if before.sums.get(name) != after.sums.get(name)]
    if not before.sums or not changed:
        return ""
    if all(name.endswith(PRINTED) and name not in after.sums for name in changed):
        return f"{', '.join(changed)} went with the old release: nccid-eval report makes them again"
    if CARD not in changed:
        return f"the numbers are the same as before; written anew otherwise: {', '.join(changed)}"
    if before.card is None or after.card is None:
        return "what was released before had no scorecard that can be read; nothing to compare the numbers with"
    moved = f"{_moved(before.card, after.card)}; changed files: {', '.join(changed)}"
    others = _versions(before.card.get("versions", {}), after.card.get("versions", {}))
    if others:
        return f"scored by other versions than before ({others}): {moved}"
    return f"not what was released before, though scored by the same versions: {moved}"


def _versions(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    names = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    return ", ".join(f"{name} {before.get(name, 'none')} before, {after.get(name, 'none')} now" for name in names)


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    first, second = dict(_numbers(before, "")), dict(_numbers(after, ""))
    both = first.keys() & second.keys()
    changes = [abs(first[name] - second[name]) for name in both if first[name] != second[name]]
    lone = len(first.keys() ^ second.keys())
    moved = f"numbers that moved: {len(changes)}, the largest by {max(changes):.1g}" if changes else "no number moved"
    return f"{moved}; {lone} are there only before or only now" if lone else moved


def _numbers(table: Any, at: str) -> Iterator[tuple[str, float]]:
    """Each number under its path."""
    if isinstance(table, Mapping):
        for name, one in table.items():
            yield from _numbers(one, f"{at}/{name}")
    elif isinstance(table, list):
        for number, one in enumerate(table):
            yield from _numbers(one, f"{at}/{number}")
    elif isinstance(table, int | float) and not isinstance(table, bool):
        yield at, table
