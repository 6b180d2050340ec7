"""The stages of an evaluation that take their time, as a person calls them, in their order."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    CANARY = "canary"
    SYNTHETIC = "synthetic cases"
    CASES = "cases"
    AGAIN = "order check"
    SCORING = "scoring"
