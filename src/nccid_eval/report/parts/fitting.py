"""Strings that must not take more than so much room, whoever chose them."""

from __future__ import annotations

import unicodedata

from nccid_eval.report.parts.wording import clean


def fitted(text: str, room: float) -> str:
    """`text` as it will be shown, cut where it takes more room than so many ordinary letters."""
    shown, left = clean(text), room
    for place, character in enumerate(shown):
        left -= _width(character)
        if left < 0:
            return shown[: max(0, place - 1)].rstrip() + "…"
    return shown


def _width(character: str) -> float:
    """In ordinary letters of Arial, roughly."""
    if character in "MW@%…" or unicodedata.east_asian_width(character) in "WF":
        return 1.9
    return 1.3 if character.isupper() or not character.isascii() else 1.0
