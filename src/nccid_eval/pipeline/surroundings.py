"""What the stages of an evaluation get from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nccid_eval import sandbox
from nccid_eval.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The engine, what tells a person how it goes, and where MLflow is."""

    engine: Engine
    say: Callable[[str], None]
    progress: Callable[[str, int, int], None]  # stage, done, total
    tracking_uri: str  # "" for none
    experiment: str
    workers: int
    commit: str
    seccomp: Callable[[], str] = sandbox.load_profile  # the profile of the host's containers
