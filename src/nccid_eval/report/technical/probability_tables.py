"""Tables of an output that claims to be a probability."""

from __future__ import annotations

from nccid_eval.records import Calibration, DecisionCurve, DecisionPoint
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.tables import Cell, Table, measure_cell
from nccid_eval.report.technical import methods

ROWS = {
    "intercept": ("Intercept, slope held at 1", "0"),
    "slope": ("Slope", "1"),
    "observed_expected": ("Observed over expected diseased cases", "1"),
    "brier": ("Brier score", "0"),
    "ece": ("Expected calibration error (ECE)", ""),
}
MOST_ROWS = 10  # of a decision curve; all points are in its download


def calibration(given: Calibration, level: str) -> Table:
    """Each summary beside its ideal; the error beside that of a model whose probabilities are exactly right."""
    null = f"a perfect model: {given.ece_null_mean:.3f} on average, up to {given.ece_null_high:.3f} in 95 of 100"
    rows = tuple(
        (Cell(text=label), measure_cell(name, getattr(given, name)), Cell(text=ideal or null))
        for name, (label, ideal) in ROWS.items()
    )
    headings = ("Summary", f"Value ({level} interval)", "Ideal, or what chance makes")
    how = methods.links("calibration", "calibration-error")
    return Table(caption="Calibration in numbers, answered cases alone", headings=headings, rows=rows, methods=how)


def decisions(curves: tuple[DecisionCurve, ...], level: str) -> Table:
    """Some points of the decision curves, a column a prevalence; all are of the same thresholds."""
    shown = [[*one.points[:: -(-len(one.points) // MOST_ROWS)]] for one in curves if one.points]
    prevalences = [f"At a prevalence of {wording.percent_of(one.prevalence)}" for one in curves if one.points]
    return Table(
        caption=f"Net benefit of the model ({level} interval), beside that of treating everybody",
        headings=("Threshold", *prevalences),
        rows=tuple(
            (Cell(text=wording.percent(row[0].threshold)), *(_benefit(one) for one in row))
            for row in zip(*shown, strict=True)
        ),
        methods=methods.links("decision", "bootstrap"),
    )


def _benefit(one: DecisionPoint) -> Cell:
    return Cell(
        text=wording.benefit(one.model.y),
        interval=f"{wording.benefit(one.model.low)} to {wording.benefit(one.model.high)}".replace(
            " ", wording.NO_BREAK
        ),
        note=f"everybody {wording.benefit(one.treat_all)}".replace(" ", wording.NO_BREAK),
        kind="number",
    )
