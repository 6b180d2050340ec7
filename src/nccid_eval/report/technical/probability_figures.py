"""Charts of an output that claims to be a probability: the calibration curve and decision curves."""

from __future__ import annotations

from typing import Any

from nccid_eval.records import Calibration, CurvePoint, DecisionCurve
from nccid_eval.report.parts import svg, tables, wording
from nccid_eval.report.parts.charts import BAND, BLUE, GREY, INK, Chart, blank_figure

TOLD = (0.1, 0.25, 0.5, 0.75, 0.9)  # predicted shares that the description reads the curve at
PANEL_WIDE = 1.85  # inches, with the space to the next


def calibration(given: Calibration) -> Chart | None:
    """Observed share against the predicted one, with its band; None where no curve could be fitted."""
    if not given.curve:
        return None
    description = _calibration_description(given.curve)
    with svg.drawing():
        figure = blank_figure(3.9, 3.8)
        axes = figure.add_axes((0.17, 0.13, 0.77, 0.845))
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (4, 3)))
        _banded(axes, given.curve)
        _percent(axes.xaxis, axes.yaxis)
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
        axes.set(xlabel="Predicted probability of disease", ylabel="Observed share of diseased cases")
        _ground(axes)
        drawn = svg.to_svg(figure, "calibration", description)
    rows: list[tuple[str | float, ...]] = [("predicted", "observed", "low", "high")]
    rows += [(one.x, one.y, one.low, one.high) for one in given.curve]
    return Chart(
        name="calibration",
        svg=drawn,
        caption="Calibration: how many cases were diseased of those with a predicted probability. Dashed line: as "
        "many as predicted. Band: interval of the curve, point by point.",
        description=description,
        data=tables.data_uri(rows),
        wide=False,
    )


def _calibration_description(curve: tuple[CurvePoint, ...]) -> str:
    told = dict.fromkeys(min(curve, key=lambda one: abs(one.x - at)) for at in TOLD)
    parts = (f"{one.x:.0%} predicted, {one.y:.0%} observed ({one.low:.0%} to {one.high:.0%})" for one in told)
    return f"The curve read at a few points: {'; '.join(parts)}. On the dashed line both are the same."


def _banded(axes: Any, curve: tuple[CurvePoint, ...]) -> None:
    x = [one.x for one in curve]
    axes.fill_between(x, [one.low for one in curve], [one.high for one in curve], color=BAND, linewidth=0)
    axes.plot(x, [one.y for one in curve], color=BLUE, linewidth=2)


def _percent(*scales: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    for one in scales:
        one.set_major_formatter(PercentFormatter(xmax=1, decimals=0))


def _ground(axes: Any) -> None:
    axes.grid(color="#e6eaed", linewidth=0.8)
    axes.set_axisbelow(True)


def decisions(given: tuple[DecisionCurve, ...]) -> Chart | None:
    """Net benefit over the threshold probability, a panel a prevalence; None where no point is left."""
    curves = [one for one in given if one.points]
    if not curves:
        return None
    description = _decision_description(curves)
    wide = PANEL_WIDE * len(curves) + 0.3
    with svg.drawing():
        figure = blank_figure(wide, 2.75)
        for number, curve in enumerate(curves):
            left = (0.62 + PANEL_WIDE * number) / wide
            axes = figure.add_axes((left, 0.2, (PANEL_WIDE - 0.52) / wide, 0.67))
            _decision_panel(axes, curve, first=number == 0)
        drawn = svg.to_svg(figure, "decisions", description)
    return Chart(
        name="decisions",
        svg=drawn,
        caption="Decision curves. Solid, with band: acting on the model. Dashed: treating everybody. Dotted, at 0: "
        "treating nobody. The higher the better, at the threshold that a decision uses.",
        description=description,
        data=_decision_data(curves),
        wide=len(curves) > 2,
    )


def _decision_panel(axes: Any, curve: DecisionCurve, *, first: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    x = [one.threshold for one in curve.points]
    _banded(axes, tuple(one.model for one in curve.points))
    axes.plot(x, [one.treat_all for one in curve.points], color=INK, linewidth=1.2, linestyle=(0, (5, 2)))
    axes.axhline(0, color=GREY, linewidth=1.2, linestyle=(0, (1, 1.5)))
    top = max(0.02, *(max(one.model.high, one.treat_all) for one in curve.points))
    bottom = min(-0.25 * top, *(one.model.low for one in curve.points))
    axes.set(xlim=(0, 1), ylim=(1.1 * bottom, 1.1 * top))
    axes.set_title(f"Prevalence {wording.percent_of(curve.prevalence)}", loc="left", fontsize=9, fontweight="bold")
    axes.set_xlabel("Threshold probability")
    if first:
        axes.set_ylabel("Net benefit a case")
    axes.set_xticks([0, 0.5, 1])
    axes.yaxis.set_major_locator(MaxNLocator(4))
    _percent(axes.xaxis)
    _ground(axes)


def _decision_description(curves: list[DecisionCurve]) -> str:
    parts = []
    for curve in curves:
        better = [one.threshold for one in curve.points if one.model.low > max(one.treat_all, 0.0)]
        where = (
            f"at {len(better)} of {len(curve.points)} thresholds, between {min(better):.0%} and {max(better):.0%}"
            if better
            else "at no threshold"
        )
        parts.append(f"prevalence {wording.percent_of(curve.prevalence)}: {where}")
    return f"The model's whole band lies above treating everybody and treating nobody: {'; '.join(parts)}."


def _decision_data(curves: list[DecisionCurve]) -> str:
    rows: list[tuple[str | float, ...]] = [("prevalence", "threshold", "net benefit", "low", "high", "treat all")]
    for curve in curves:
        for one in curve.points:
            model = one.model
            rows.append((curve.prevalence, one.threshold, model.y, model.low, model.high, one.treat_all))
    return tables.data_uri(rows)
