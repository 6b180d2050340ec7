"""Phrases of the method signatures, so that two numbers are comparable or visibly not."""

from __future__ import annotations


def percent(level: float) -> str:
    return f"{100 * level:g}%"
