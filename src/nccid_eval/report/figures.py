"""Charts: the ROC curve and the forest plots, each with a description in words and its data as CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nccid_eval.records import Estimate, GroupScore, Measure, NotEstimable, RocPoint, Scorecard
from nccid_eval.report import svg, tables, wording

INK, BLUE, RED, GREY, BAND = "#1a2630", "#1f5f8b", "#9b1c1c", "#5b6770", "#d9e6ef"
PANELS = ("sensitivity", "specificity", "auc")
LABELS_WIDE = 1.65  # inches left of the first panel
MOST_POINTS = 1000  # of a ROC curve that are drawn and offered: more do not show, and the page stays small


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    name: str
    svg: str
    caption: str
    description: str
    data: str  # a data: address
    wide: bool


def roc(card: Scorecard) -> Chart | None:
    """The ROC curve with the declared operating point; None where there is no curve."""
    if not card.roc:
        return None
    points = thinned(sorted(card.roc, key=lambda one: (-one.specificity, one.sensitivity)))
    description = _roc_description(card)
    with svg.drawing():
        figure = blank_figure(3.9, 3.8)
        axes = figure.add_axes((0.17, 0.13, 0.77, 0.845))
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (4, 3)))
        axes.plot(
            [1 - one.specificity for one in points], [one.sensitivity for one in points], color=BLUE, linewidth=2
        )
        axes.annotate("chance", (0.44, 0.42), color=GREY, rotation=44, va="top", ha="center")
        _operating_point(axes, card)
        percent_axes(axes)
        drawn = svg.to_svg(figure, "roc", description)
    rows = [("threshold", "sensitivity", "specificity")]
    data = tables.data_uri([*rows, *((one.threshold, one.sensitivity, one.specificity) for one in points)])
    caption = "ROC curve: every threshold at once. The marked point is the declared threshold."
    return Chart(name="roc", svg=drawn, caption=caption, description=description, data=data, wide=False)


def thinned(points: list[RocPoint]) -> list[RocPoint]:
    step = math.ceil(len(points) / MOST_POINTS)
    return points[:-1:step] + points[-1:]


def _roc_description(card: Scorecard) -> str:
    auc = wording.in_full("auc", card.overall["auc"]) if "auc" in card.overall else "not given"
    found, cleared = card.overall.get("sensitivity"), card.overall.get("specificity")
    text = f"The curve rises from the lower left to the upper right corner. Area under it: {auc}."
    if isinstance(found, Estimate) and isinstance(cleared, Estimate):
        text += (
            f" At the declared threshold of {card.threshold:g}, with failures counted as wrong, sensitivity is"
            f" {wording.value('sensitivity', found.value)} and specificity"
            f" {wording.value('specificity', cleared.value)}."
        )
    return text


def _operating_point(axes: Any, card: Scorecard) -> None:
    found, cleared = card.overall.get("sensitivity"), card.overall.get("specificity")
    if not isinstance(found, Estimate) or not isinstance(cleared, Estimate):
        return
    x, y = 1 - cleared.value, found.value
    axes.plot([1 - cleared.high, 1 - cleared.low], [y, y], color=INK, linewidth=1.2)
    axes.plot([x, x], [found.low, found.high], color=INK, linewidth=1.2)
    axes.plot([x], [y], marker="o", markersize=7, color="white", markeredgecolor=INK, markeredgewidth=1.6)
    text = f"○  declared threshold {card.threshold:g}\nsensitivity {y:.1%}\nspecificity {cleared.value:.1%}"
    # Below the line of chance no curve worth a report comes by.
    axes.annotate(text, (0.98, 0.04), va="bottom", ha="right", linespacing=1.5)


def percent_axes(axes: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    axes.set(xlabel="1 − specificity (healthy cases flagged)", ylabel="Sensitivity (diseased cases found)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.grid(color="#e6eaed", linewidth=0.8)
    axes.set_axisbelow(True)


def forest(card: Scorecard, attribute: str, levels: Mapping[str, GroupScore], name: str) -> Chart:
    """Sensitivity, specificity and AUC of each level of an attribute, beside the overall value as a line."""
    title = wording.attribute_name(attribute)
    description = _forest_description(title, levels)
    with svg.drawing():
        height = 0.27 * len(levels) + 0.75
        figure = blank_figure(7.5, height)
        for number, metric in enumerate(PANELS):
            left = LABELS_WIDE + 2.0 * number
            axes = figure.add_axes((left / 7.5, 0.42 / height, 1.64 / 7.5, (height - 0.75) / height))
            _panel(axes, card, metric, levels, labelled=number == 0)
        drawn = svg.to_svg(figure, name, wording.clean(description))
    caption = (
        f"{title}: sensitivity, specificity and AUC with intervals. Dashed line and band: all cases. "
        "Triangle: lower (pointing down) or higher (pointing up) than all other cases; the interval of the "
        "difference excludes zero. In brackets: cases."
    )
    return Chart(
        name=name,
        svg=drawn,
        caption=caption,
        description=description,
        data=_forest_data(attribute, levels),
        wide=True,
    )


def blank_figure(width: float, height: float) -> Any:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=72)
    figure.patch.set_visible(False)
    FigureCanvasSVG(figure)
    return figure


def _panel(axes: Any, card: Scorecard, metric: str, levels: Mapping[str, GroupScore], *, labelled: bool) -> None:
    floor = _floor(card, metric)
    rows = range(len(levels))
    whole = card.overall.get(metric)
    if isinstance(whole, Estimate):
        axes.axvspan(whole.low, whole.high, color=BAND, linewidth=0)
        axes.axvline(whole.value, color=BLUE, linewidth=1, linestyle=(0, (4, 3)))
    for row, score in zip(rows, levels.values(), strict=True):
        measure = score.measures.get(metric, NotEstimable(reason="not measured"))
        _whisker(axes, row, measure, direction(score.differences.get(metric)), floor)
    axes.set(xlim=(floor, 1.0), ylim=(len(levels) - 0.4, -0.6))
    axes.set_title(wording.metric(metric).label, loc="left", fontsize=9, fontweight="bold", pad=6)
    labels = [_label(key, score) for key, score in levels.items()] if labelled else [""] * len(levels)
    axes.set_yticks(list(rows), labels, ha="left")
    axes.tick_params(axis="y", length=0, pad=LABELS_WIDE * 72 - 2)
    axes.spines["left"].set_visible(False)
    _scale(axes, metric, floor)


def _scale(axes: Any, metric: str, floor: float) -> None:
    from matplotlib.ticker import MultipleLocator, PercentFormatter

    axes.xaxis.set_major_locator(MultipleLocator(0.1 if floor >= 0.6 else 0.2 if floor >= 0.2 else 0.5))
    if wording.metric(metric).percent:
        axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.grid(axis="x", color="#e6eaed", linewidth=0.8)
    axes.set_axisbelow(True)


def _floor(card: Scorecard, metric: str) -> float:
    """The lower end of a panel's axis, the same for all attributes and for both rates: charts can be compared."""
    scores = [score for levels in card.by_group.values() for score in levels.values()]
    shared = ("sensitivity", "specificity") if wording.metric(metric).percent else (metric,)
    given = [score.measures.get(name) for score in scores for name in shared]
    lows = [one.low for one in given if isinstance(one, Estimate)]
    return max(0.0, math.floor((min(lows, default=0.5) - 0.001) * 5) / 5)


def _whisker(axes: Any, row: int, measure: Measure, shift: int, floor: float) -> None:
    if isinstance(measure, NotEstimable):
        word = "suppressed" if measure.suppressed else "not estimable"
        axes.text(floor + (1 - floor) * 0.03, row, word, color=GREY, va="center", fontsize=8, style="italic")
        return
    colour, marker, size = {-1: (RED, "v", 7), 0: (INK, "o", 5), 1: (BLUE, "^", 7)}[shift]
    axes.plot([measure.low, measure.high], [row, row], color=colour, linewidth=1.5, solid_capstyle="butt")
    axes.plot([measure.value], [row], marker=marker, markersize=size, color=colour)


def direction(difference: Measure | None) -> int:
    """-1 or 1 where the interval of a difference lies wholly below or above zero, else 0."""
    if not isinstance(difference, Estimate):
        return 0
    return -1 if difference.high < 0 else int(difference.low > 0)


def _label(key: str, score: GroupScore) -> str:
    """A level and its number of cases, the level shortened until both fit left of the first panel."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    name = wording.clean(key or "not recorded")
    count = f" ({wording.count(score.counts.cases)})" if score.counts else ""
    font = FontProperties(family=["DejaVu Sans"], size=8.5)
    for length in range(min(len(name), 24), 0, -1):
        label = wording.shorten(name, length) + count
        if text_to_path.get_text_width_height_descent(label, font, ismath=False)[0] < LABELS_WIDE * 72 - 8:
            return label
    return f"…{count}"


def _forest_description(title: str, levels: Mapping[str, GroupScore]) -> str:
    hidden = sum(score.counts is None for score in levels.values())
    seen = [key or "not recorded" for key, score in levels.items() if direction(score.differences.get("sensitivity"))]
    listed = ", ".join(wording.shorten(key, 60) for key in seen) or "none"
    text = f"{title}: {len(levels)} groups. Sensitivity differs from that of all other cases in: {listed}."
    text += f" {hidden} suppressed." if hidden else ""
    return f"{text} The numbers stand in the tables below."


def _forest_data(attribute: str, levels: Mapping[str, GroupScore]) -> str:
    rows: list[tuple[str | float | None, ...]] = [(attribute, "measure", "value", "low", "high", "note")]
    for key, score in levels.items():
        for name, one in score.measures.items():
            if isinstance(one, Estimate):
                rows.append((key, name, one.value, one.low, one.high, one.method))
            else:
                rows.append((key, name, None, None, None, wording.not_estimable(one)))
    return tables.data_uri(rows)
