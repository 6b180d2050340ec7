"""Where on the page a number stands: the fragments that claims link to. Names of groups never go into one."""

from __future__ import annotations

import re

from nccid_eval.records import Scorecard
from nccid_eval.report.parts import wording


def measure(name: str) -> str:
    """The row of an overall measure; '' for a name that is not one of ours."""
    return f"measure-{name.replace('_', '-')}" if re.fullmatch(r"[a-z][a-z0-9_]*", name) else ""


def attribute(card: Scorecard, name: str) -> str:
    """An attribute's part of the section on fairness, by its place: names may be hostile."""
    return f"group-{list(card.by_group).index(name) + 1}"


def level(card: Scorecard, name: str, key: str) -> str:
    """A group's row in the attribute's table."""
    rows = sorted(card.by_group[name], key=wording.level_order)
    return f"{attribute(card, name)}-row-{rows.index(key) + 1}"
