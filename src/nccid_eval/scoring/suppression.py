"""Which cells may not be shown. It hangs on the truth alone, never on a prediction, so scoring and gate agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from nccid_eval.records import Plan, Truth
from nccid_eval.scoring.cell_audit import (
    Cells,
    Place,
    attacks,
    describe_cells,
    exposed_by_parts,
    exposed_by_sums,
)
from nccid_eval.scoring.cell_bounds import bounded_by_margins
from nccid_eval.scoring.cell_unions import parted_unions
from nccid_eval.scoring.cells import Column, columns_of, crossed_columns

Reasons = dict[Place, str]
_ATTACKS = (exposed_by_parts, exposed_by_sums, parted_unions, bounded_by_margins)


def hidden_in(truth: Truth, plan: Plan, minimum: int) -> Reasons:
    """The cells of all attributes and of the plan's pairs that go at this minimum; none where it is 0."""
    return suppressed_cells(describe_cells(all_columns(truth, plan), truth), minimum) if minimum > 0 else {}


def unspoken(cells: Cells, hidden: Mapping[Place, str]) -> Reasons:
    """Cells of whose healthy patients nothing may be told: the suppressed ones, and those of the diseased alone."""
    alone = [place for place in cells.places if place[0] in cells.diseased_alone]
    reasons = {place: f"sensitivity only: {place[0]} is not recorded for healthy patients" for place in alone}
    return reasons | dict(hidden)


def all_columns(truth: Truth, plan: Plan) -> Mapping[str, Column]:
    return {**columns_of(truth, plan), **crossed_columns(truth, plan)}


def suppressed_cells(cells: Cells, minimum: int, gone: Collection[Place] = ()) -> Reasons:
    """Which cells go, with the reason that stands in their place; settled when no attack asks for another.

    `gone` went before.
    """
    hidden = dict.fromkeys(
        (place for place in cells.places if place in gone or cells.size(place) < minimum),
        f"suppressed (fewer than {minimum} patients)",
    )
    while True:
        row = _next(cells, hidden, minimum)
        if row is None:
            return hidden
        hidden[cells.places[row]] = f"suppressed (protects a cell of fewer than {minimum} patients)"


def _next(cells: Cells, hidden: Reasons, minimum: int) -> int | None:
    for attack in attacks(cells, hidden):
        for exposed in _ATTACKS:
            found = exposed(cells, attack, minimum)
            if found is not None:
                return found
    return None
