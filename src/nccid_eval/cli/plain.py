"""Results as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nccid_eval.pipeline import Finished
from nccid_eval.records import Estimate, Measure, Scorecard

HEADLINE = ("auc", "sensitivity", "specificity", "failure_rate")


def outline(table: Any, indent: int = 0) -> str:
    """Nested tables and lists as an indented outline, one fact a line."""
    pad = "  " * indent
    if isinstance(table, Mapping):
        return "\n".join(_entry(pad, str(key), value, indent) for key, value in table.items())
    if isinstance(table, Sequence) and not isinstance(table, str):
        return "\n".join(_item(pad, one) for one in table)
    return f"{pad}{table}"


def _entry(pad: str, key: str, value: Any, indent: int) -> str:
    nested = isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str))
    return f"{pad}{key}:\n{outline(value, indent + 1)}" if nested and value else f"{pad}{key}: {value}"


def _item(pad: str, one: Any) -> str:
    if isinstance(one, Mapping):
        return f"{pad}- " + ", ".join(f"{key} {value}" for key, value in one.items())
    return f"{pad}- {one}"


def finished(done: Finished) -> str:
    """The headline numbers and where everything lies."""
    card, report = done.run.release / "scorecard.json", done.report
    return f"{headline(done.evaluation.scorecard)}\nscorecard: {card}\nreport:    {report}"


def headline(card: Scorecard) -> str:
    """The numbers that a person looks for first, each with its interval, then the verdicts."""
    counts = card.counts
    rows = [f"{counts.cases} cases ({counts.positives} positive) of {counts.patients} patients"]
    rows += [f"  {name:<13} {measure(card.overall[name])}" for name in HEADLINE if name in card.overall]
    rows += [
        f"  {one.verdict:<13} {one.criterion.metric} above {one.criterion.bar:g}: {measure(one.measure)}"
        for one in card.verdicts
    ]
    return "\n".join(rows)


def measure(one: Measure) -> str:
    if isinstance(one, Estimate):
        return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
    return f"– {one.reason}"
