"""What is left to ask, made from the journal alone. Pure.

The batches are fixed by the order of the cases (a shuffle by the seed) and the batch size; neither a resume nor a
retry changes which cases go together. A batch that failed is asked case by case.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from nccid_eval.journal import Answered, Attempted, ContainerEnded, ContainerReady, Entry, Failed, SandboxApplied
from nccid_eval.records import Outcome

POISON_AFTER = 5  # the harness died so often with the same cases outstanding
LOST = "the container was lost"  # see outcome.decide

Unit = tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class History:
    """What a journal says of each case and request."""

    answered: set[str] = field(default_factory=set)
    unusable: int = 0  # of these, without a usable answer
    failures: Counter[str] = field(default_factory=Counter)  # the vendor's failed attempts, by case
    deaths: Counter[Unit] = field(default_factory=Counter)  # attempts that neither were answered nor failed
    lost: set[Unit] = field(default_factory=set)  # requests during which a container was lost; () between requests
    max_batch: int = 0
    containers: int = 0  # that failed by the vendor's doing
    unready: int = 0  # of these, the latest ones in a row that failed before they were asked anything
    asked: bool = False  # whether the latest container was
    spent_s: float = 0.0  # getting ready, waiting for answers
    sandbox_noted: bool = False


def read_history(entries: Sequence[Entry]) -> History:
    history = History()
    for entry in entries:
        note(history, entry)
    return history


def note(history: History, entry: Entry) -> None:
    """Bring the history up to date with one more entry."""
    match entry:
        case SandboxApplied():
            history.sandbox_noted = True
        case ContainerReady():
            history.spent_s += entry.ready_s
            history.max_batch = history.max_batch or entry.max_batch
        case Attempted():
            history.asked = True
            history.deaths[entry.cases] += 1
        case Failed():
            history.deaths[entry.cases] = max(0, history.deaths[entry.cases] - 1)  # it may come without an attempt
            if entry.outcome.is_vendors:
                history.failures.update(entry.cases)
            elif entry.reason == LOST:
                history.lost.add(entry.cases)
        case ContainerEnded():
            if entry.outcome is not None and entry.outcome.is_vendors:
                history.containers += 1
                history.unready = 0 if history.asked else history.unready + 1
            history.asked = False
            history.spent_s += entry.spent_s
        case Answered():
            history.spent_s += entry.latency_s
            unit = tuple(result.case for result in entry.results)
            history.answered.update(unit)
            history.unusable += sum(result.outcome is not Outcome.OK for result in entry.results)
            history.deaths.pop(unit, None)
        case _:
            pass


def batches(cases: Sequence[str], seed: int, size: int) -> list[Unit]:
    """All batches of a run, in the order of asking."""
    order = sorted(cases)
    random.Random(seed).shuffle(order)
    return [tuple(order[start : start + size]) for start in range(0, len(order), size)]


def remaining(cases: Sequence[str], seed: int, history: History) -> deque[Unit]:
    """The requests still to be sent; those that failed or killed the harness as a batch, case by case."""
    work: deque[Unit] = deque()
    for batch in batches(cases, seed, history.max_batch):
        left = tuple(case for case in batch if case not in history.answered)
        broken = any(history.failures[case] for case in batch) or history.deaths[batch] >= POISON_AFTER
        if left == batch and not broken:
            work.append(batch)
        else:
            work.extend((case,) for case in left)
    return work


def next_list(cases: Sequence[str], seed: int, history: History) -> Unit:
    """All that is left, for a container that is given a list; of a list that killed the harness so often, a half."""
    deadly = [unit for unit, deaths in history.deaths.items() if deaths >= POISON_AFTER]
    suspects = min((unit for unit in deadly if not history.answered.issuperset(unit)), key=len, default=None)
    asked = suspects or (case for batch in batches(cases, seed, len(cases)) for case in batch)
    left = tuple(case for case in asked if case not in history.answered)
    return left[: len(left) // 2] if left == suspects and len(left) > 1 else left


def is_poison(unit: Unit, history: History) -> bool:
    return len(unit) == 1 and history.deaths[unit] >= POISON_AFTER


def is_final(unit: Unit, outcome: Outcome, history: History, attempts_per_case: int) -> bool:
    """Whether one more failure of this request, not yet in the history, ends the matter for its case."""
    if len(unit) > 1 or not outcome.is_vendors:
        return False
    return outcome is Outcome.MALFORMED or history.failures[unit[0]] + 1 >= attempts_per_case
