"""Which numbers are made of a few patients who were called wrongly, rightly, or failed.

A cell's sensitivity is when fewer than the minimum of its diseased patients were called wrongly, or rightly; and more
cells go by the same attacks as of small cells, on the table of patients by right and wrong call. Likewise specificity
and failure rate.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from nccid_eval.records import Flags, NotEstimable, Predictions, Scorecard, Truth
from nccid_eval.scoring.cell_audit import Cells, Place, describe_cells
from nccid_eval.scoring.cells import Column
from nccid_eval.scoring.sample import Indices, distinct, scored_cases
from nccid_eval.scoring.suppression import all_columns, suppressed_cells

OTHER = "other"  # outcomes of a few patients each, together


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Small:
    """What goes: sensitivity, specificity or failure_rate of the whole study and of cells."""

    whole: frozenset[str]
    cells: Mapping[str, Collection[Place]]
    failed_by_label: bool  # failed diseased or failed healthy patients are few
    outcomes: Mapping[str, int]  # cases of each outcome that may be told
    reason: NotEstimable

    @property
    def calls(self) -> bool:
        return bool(self.whole & {"sensitivity", "specificity"})

    @property
    def failing(self) -> bool:
        return "failure_rate" in self.whole or self.failed_by_label


def small_numerators(
    predictions: Predictions, truth: Truth, card: Scorecard, hidden: Collection[Place], minimum: int
) -> Small:
    """`hidden`: cells that go anyway. Where nobody failed there is nobody to protect."""
    outcomes = _outcomes(predictions, truth, minimum)
    predictions, truth = scored_cases(predictions, truth)
    failed = ~predictions.answered
    wrong = failed | ((predictions.score >= card.threshold) != truth.label)
    tables = {"sensitivity": (truth.label, wrong), "specificity": (~truth.label, wrong)}
    if failed.any():
        tables["failure_rate"] = (np.ones(len(failed), dtype=np.bool_), failed)
    columns = all_columns(truth, card.plan)
    cells = {kind: _cells(columns, truth, *rows) for kind, rows in tables.items() if rows[0].any()}
    whole = frozenset(kind for kind, one in cells.items() if _smaller(one.patient, one.label) < minimum)
    by_label = (len(np.unique(truth.patient[failed & kind])) for kind in (truth.label, ~truth.label))
    return Small(
        whole=whole,
        cells={
            kind: one.places if kind in whole else tuple(suppressed_cells(one, minimum, hidden))
            for kind, one in cells.items()
        },
        failed_by_label=any(0 < number < minimum for number in by_label),
        outcomes={} if "failure_rate" in whole else outcomes,
        reason=NotEstimable(
            reason=f"suppressed (fewer than {minimum} patients called wrongly, rightly or failed)", suppressed=True
        ),
    )


def _cells(columns: Mapping[str, Column], truth: Truth, chosen: Flags, flagged: Flags) -> Cells:
    """Cells of the chosen cases, whose two kinds of patient are those with a flagged case and with another one."""
    part = Truth(case=truth.case[chosen], patient=truth.patient[chosen], label=flagged[chosen], attributes={})
    levels = {name: Column(levels=one.levels[chosen], known=one.known[chosen]) for name, one in columns.items()}
    return replace(describe_cells(levels, part), diseased_alone=frozenset())


def _smaller(patient: Indices, flagged: Flags) -> int:
    return min(distinct(patient[flagged]), distinct(patient[~flagged]))


def _outcomes(predictions: Predictions, truth: Truth, minimum: int) -> dict[str, int]:
    """Cases of each outcome without an answer; those of few patients together, with the next smallest if need be."""
    failed = ~predictions.answered
    names = np.unique(predictions.outcome[failed]).tolist()
    rows = {name: failed & (predictions.outcome == name) for name in names}
    patients = {name: len(np.unique(truth.patient[row])) for name, row in rows.items()}
    merged = {name for name, number in patients.items() if number < minimum}
    for name in sorted(rows, key=patients.__getitem__):
        together = [rows[one] for one in merged]
        if merged and len(np.unique(truth.patient[np.logical_or.reduce(together)])) < minimum:
            merged.add(name)
    counted = {name: int(row.sum()) for name, row in rows.items() if name not in merged}
    return counted | ({OTHER: sum(int(rows[name].sum()) for name in merged)} if merged else {})
