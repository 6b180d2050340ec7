"""Where runs stand, as text: columns where they fit, else a block a run; and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from nccid_eval.cli import pace
from nccid_eval.cli.pace import Pace

if TYPE_CHECKING:
    from nccid_eval.listing import Standing

NAME = 40  # characters of a model's name
HEADINGS = ("RUN", "MODEL", "STATE", "DONE", "RATE", "LEFT", "FAILED", "VERDICT")


def listed(found: Sequence[Standing], columns: int | None) -> str:
    """All runs; `columns` of the terminal, None for a file or another program, which gets columns always."""
    if not found:
        return "no runs"
    rows = [_row(one) for one in found]
    widths = [max(len(row[at]) for row in (HEADINGS, *rows)) for at in range(len(HEADINGS))]
    if columns is not None and sum(widths) + 2 * len(widths) > columns + 2:
        return "\n".join(_block(one, columns) for one in found)
    return "\n".join(
        "  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip()
        for row in (HEADINGS, *rows)
    )


def cut(text: str, lines: int) -> str:
    """The first of its lines: what is newest stays in sight while a terminal is redrawn."""
    told = text.splitlines()
    if len(told) <= lines:
        return text
    return "\n".join([*told[: max(1, lines - 1)], f"… {len(told) - max(1, lines - 1)} more lines"])


def _row(one: Standing) -> tuple[str, ...]:
    made = _pace(one)
    return (
        _clean(one.folder.name),
        _model(one),
        _state(one),
        _amount(one, made),
        pace.speed(made) if made else "",
        pace.left(made).removesuffix(" left") if made else "",
        _failed(one),
        one.verdict,
    )


def _block(one: Standing, columns: int) -> str:
    """The run's name on a line of its own, then what is known, as many words a line as fit."""
    made = _pace(one)
    words = [_model(one), _state(one), *([_amount(one, made), *pace.words(made)[1:]] if made else []), one.verdict]
    told = click.wrap_text(" · ".join(word for word in words if word), max(columns, 20), "  ", "  ")
    return f"{_clean(one.folder.name)}\n{told}"


def _state(one: Standing) -> str:
    """With what a person must know to go on: at which stage, or what is wrong."""
    if one.trouble:
        return f"{one.state}: {_clean(one.trouble)}"
    if one.state == "interrupted":
        return f"{one.state}: {one.stage}"
    if one.state == "finished" and one.held:
        return f"{one.state}, in use"
    return str(one.state)


def _amount(one: Standing, made: Pace | None) -> str:
    from nccid_eval.report.technical.standard import counted

    if made is None:
        return "–"
    return f"{pace.amount(made)} {counted(one.units)}" if one.units else pace.amount(made)


def _failed(one: Standing) -> str:
    if one.done is None:
        return "–"
    return "withheld" if one.failed is None else f"{one.failed:,}"


def _model(one: Standing) -> str:
    from nccid_eval.report.parts.wording import shorten

    return shorten(_clean(f"{one.model} {one.version}".strip()), NAME)


def _pace(one: Standing) -> Pace | None:
    if one.done is None:
        return None
    return Pace(done=one.done, total=one.total, fresh=one.done, spent_s=one.spent_s, failed=one.failed or 0)


def _clean(text: str) -> str:
    """A vendor's string must not move a terminal's cursor."""
    from nccid_eval.report.parts.wording import clean

    return clean(text)


def as_table(one: Standing) -> dict[str, Any]:
    """For `--json`: every field but those that the next look goes on from; the rate and the seconds left."""
    made = _pace(one)
    table = {name: value for name, value in asdict(one).items() if name not in ("tally", "release_ns")}
    rates = {"rate_per_s": pace.rate(made) if made else None, "left_s": pace.left_s(made) if made else None}
    return {**table, "folder": str(one.folder), **rates}
