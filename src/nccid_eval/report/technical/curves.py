"""The ROC curve with its pointwise band, a description in words and its data as CSV."""

from __future__ import annotations

from typing import Any

from nccid_eval.records import Estimate, RocPoint, Scorecard
from nccid_eval.report.parts import svg, tables, wording
from nccid_eval.report.parts.charts import BAND, BLUE, GREY, INK, Chart, blank_figure, percent_axes, thinned

COLUMNS = (
    *("threshold", "sensitivity", "specificity"),
    *("sensitivity_low", "sensitivity_high", "sensitivity_interval_borrowed"),
    *("specificity_low", "specificity_high", "specificity_interval_borrowed"),
)


def roc(card: Scorecard) -> Chart | None:
    """The ROC curve with the declared operating point; None where there is no curve."""
    if not card.roc:
        return None
    points = thinned(sorted(card.roc, key=lambda one: (-one.specificity, one.sensitivity)))
    banded = [one for one in points if one.sensitivity_low is not None]
    description = _roc_description(card, banded=bool(banded))
    with svg.drawing():
        figure = blank_figure(3.9, 3.8)
        axes = figure.add_axes((0.17, 0.13, 0.77, 0.845))
        _band(axes, banded)
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (4, 3)))
        x, y = [1 - one.specificity for one in points], [one.sensitivity for one in points]
        axes.plot([0, *x, 1], [0, *y, 1], color=BLUE, linewidth=2)  # failures keep the points from the corners
        axes.annotate("chance", (0.44, 0.42), color=GREY, rotation=44, va="top", ha="center")
        _operating_point(axes, card)
        percent_axes(axes)
        drawn = svg.to_svg(figure, "roc", description)
    data = tables.data_uri([COLUMNS, *map(_row, points)])
    caption = "ROC curve: from the highest threshold, lower left, to the lowest."
    if _is_told(card):
        caption += " The marked point is the declared threshold."
    if banded:
        caption += f" The band is the pointwise {wording.percent(card.plan.level)} interval of sensitivity."
    return Chart(name="roc", svg=drawn, caption=caption, description=description, data=data, wide=False)


def _is_told(card: Scorecard) -> bool:
    """Whether sensitivity and specificity at the declared threshold are."""
    return all(isinstance(card.overall.get(name), Estimate) for name in ("sensitivity", "specificity"))


def _row(point: RocPoint) -> tuple[str | float | None, ...]:
    return (
        *(point.threshold, point.sensitivity, point.specificity),
        *(point.sensitivity_low, point.sensitivity_high, "yes" if point.sensitivity_borrowed else "no"),
        *(point.specificity_low, point.specificity_high, "yes" if point.specificity_borrowed else "no"),
    )


def _band(axes: Any, points: list[RocPoint]) -> None:
    limits = [(1 - one.specificity, one.sensitivity_low, one.sensitivity_high) for one in points]
    if limits:
        x, low, high = zip(*limits, strict=True)
        axes.fill_between(x, low, high, color=BAND, linewidth=0)


def _roc_description(card: Scorecard, *, banded: bool) -> str:
    auc = wording.in_full("auc", card.overall["auc"]) if "auc" in card.overall else "not given"
    found, cleared = card.overall.get("sensitivity"), card.overall.get("specificity")
    text = f"The curve rises from the lower left to the upper right corner. Area under it: {auc}."
    if isinstance(found, Estimate) and isinstance(cleared, Estimate):
        text += (
            f" At the declared threshold of {wording.threshold(card.threshold)}, with failures counted as wrong, "
            f"sensitivity is {wording.value('sensitivity', found.value)} and specificity"
            f" {wording.value('specificity', cleared.value)}."
        )
    if banded:
        text += " The band around the curve holds the interval of sensitivity at each threshold by itself."
    return text


def _operating_point(axes: Any, card: Scorecard) -> None:
    found, cleared = card.overall.get("sensitivity"), card.overall.get("specificity")
    if not isinstance(found, Estimate) or not isinstance(cleared, Estimate):
        return
    x, y = 1 - cleared.value, found.value
    axes.plot([1 - cleared.high, 1 - cleared.low], [y, y], color=INK, linewidth=1.2)
    axes.plot([x, x], [found.low, found.high], color=INK, linewidth=1.2)
    axes.plot([x], [y], marker="o", markersize=7, color="white", markeredgecolor=INK, markeredgewidth=1.6)
    text = f"○  declared threshold {wording.threshold(card.threshold)}"
    text += f"\nsensitivity {y:.1%}\nspecificity {cleared.value:.1%}"
    # Below the line of chance no curve worth a report comes by.
    axes.annotate(text, (0.98, 0.04), va="bottom", ha="right", linespacing=1.5)
