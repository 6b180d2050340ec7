"""What the stages of an evaluation get from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from nccid_eval import sandbox
from nccid_eval.engine import Engine


class Progress(Protocol):
    """Told of a stage: how much is done of how much, and how many of these cases have no usable answer."""

    def __call__(self, stage: str, done: int, total: int, failed: int = 0, /) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The engine, what tells a person how it goes, and where MLflow is."""

    engine: Engine
    say: Callable[[str], None]
    progress: Progress
    tracking_uri: str  # "" for none
    experiment: str
    workers: int
    commit: str
    seccomp: Callable[[], str] = sandbox.load_profile  # the profile of the host's containers
