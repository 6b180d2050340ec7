"""Cells, headers and pseudonyms as they are compared: white space collapsed, case folded."""

from __future__ import annotations


def collapse(value: object) -> str:
    """A value as text, with single spaces and none at the ends; '' for nothing."""
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return " ".join(str(value).split())


def fold(value: object) -> str:
    """A pseudonym or a header as it is compared: case and white space do not count."""
    return collapse(value).casefold()
