"""Forest plots of groups, each with a description in words and its data as CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nccid_eval.records import Estimate, GroupScore, Measure, NotEstimable, Scorecard
from nccid_eval.report.parts import svg, tables, wording
from nccid_eval.report.parts.charts import BAND, BLUE, GREY, INK, LABELS_WIDE, PANELS, RED, Chart, blank_figure

ROW, ABOVE, BELOW, WIDE = 19.4, 23.8, 30.2, 118.0  # points: a row, titles, numbers below, a panel
Point = tuple[float, float]


def forest(card: Scorecard, attribute: str, levels: Mapping[str, GroupScore], name: str) -> Chart:
    """Sensitivity, specificity and AUC of each level of an attribute, beside the overall value as a line."""
    title = wording.attribute_name(attribute)
    description = _forest_description(title, levels)
    with svg.drawing():
        figure, axes = _sheet(len(levels))
        for row, (key, score) in enumerate(levels.items()):
            axes.text(2, _down(row), _label(key, score), va="center_baseline")
        for number, metric in enumerate(PANELS):
            left = (LABELS_WIDE + 2.0 * number) * 72
            _panel(axes, _Panel(card=card, metric=metric, left=left, floor=_floor(card, metric)), levels)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """Where a measure is drawn: `left` in points, from there to 1 on its axis, which begins at `floor`."""

    card: Scorecard
    metric: str
    left: float
    floor: float

    def across(self, value: float) -> float:
        return self.left + WIDE * (value - self.floor) / (1 - self.floor)


def _sheet(rows: int) -> tuple[Any, Any]:
    """A figure and its one set of axes, in points from the upper left: each costs time."""
    height = _down(rows - 0.4) + BELOW
    figure = blank_figure(7.5, height / 72)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, 540), ylim=(height, 0))
    axes.set_axis_off()
    return figure, axes


def _down(row: float) -> float:
    return ABOVE + (row + 0.6) * ROW


def _panel(axes: Any, panel: _Panel, levels: Mapping[str, GroupScore]) -> None:
    top, bottom = _down(-0.6), _down(len(levels) - 0.4)
    _scale(axes, panel, top, bottom)
    axes.text(panel.left, top - 6, wording.metric(panel.metric).label, fontsize=9, fontweight="bold", va="baseline")
    whole = panel.card.overall.get(panel.metric)
    if isinstance(whole, Estimate):
        low, high, value = (panel.across(one) for one in (whole.low, whole.high, whole.value))
        axes.fill([low, high, high, low], [top, top, bottom, bottom], color=BAND, linewidth=0)
        axes.plot([value, value], [bottom, top], color=BLUE, linewidth=1, linestyle=(0, (4, 3)))
    _whiskers(axes, panel, levels)


def _scale(axes: Any, panel: _Panel, top: float, bottom: float) -> None:
    """Grid, line, ticks and their numbers."""
    step = 1 if panel.floor >= 0.6 else 2 if panel.floor >= 0.2 else 5
    tenths = [at for at in range(0, 11, step) if at / 10 >= panel.floor - 1e-9]
    across = [panel.across(at / 10) for at in tenths]
    _lines(axes, [((x, bottom), (x, top)) for x in across], "#e6eaed", 0.8, under=True)
    _lines(axes, [((x, bottom), (x, bottom + 3.5)) for x in across], "#33414c", 0.8)
    _lines(axes, [((panel.left, bottom), (panel.left + WIDE, bottom))], "#5b6770", 0.8)
    percent = wording.metric(panel.metric).percent
    for at, x in zip(tenths, across, strict=True):
        text = f"{at * 10}%" if percent else f"{at / 10:.1f}"
        axes.text(x, bottom + 7, text, ha="center", va="top", color="#33414c")


def _floor(card: Scorecard, metric: str) -> float:
    """The lower end of a panel's axis, the same for all attributes and for both rates: charts can be compared."""
    scores = [score for levels in card.by_group.values() for score in levels.values()]
    shared = ("sensitivity", "specificity") if wording.metric(metric).percent else (metric,)
    given = [score.measures.get(name) for score in scores for name in shared]
    lows = [one.low for one in given if isinstance(one, Estimate)]
    return max(0.0, math.floor((min(lows, default=0.5) - 0.001) * 5) / 5)


def _whiskers(axes: Any, panel: _Panel, levels: Mapping[str, GroupScore]) -> None:
    """All rows, drawn together by direction."""
    from matplotlib.lines import Line2D

    found: dict[int, list[tuple[float, Estimate]]] = {}
    for row, score in enumerate(levels.values()):
        measure = score.measures.get(panel.metric, NotEstimable(reason="not measured"))
        if isinstance(measure, Estimate):
            found.setdefault(direction(score.differences.get(panel.metric)), []).append((_down(row), measure))
        else:
            word = "suppressed" if measure.suppressed else "not estimable"
            axes.text(panel.left + 3.5, _down(row), word, color=GREY, va="center", fontsize=8, style="italic")
    for shift, drawn in sorted(found.items()):
        colour, marker, size = {-1: (RED, "v", 7), 0: (INK, "o", 5), 1: (BLUE, "^", 7)}[shift]
        rows = [row for row, _ in drawn]
        ends = [(panel.across(one.low), panel.across(one.high)) for _, one in drawn]
        _lines(axes, [((x, y), (to, y)) for (x, to), y in zip(ends, rows, strict=True)], colour, 1.5)
        values = [panel.across(one.value) for _, one in drawn]
        axes.add_line(Line2D(values, rows, linestyle="none", marker=marker, markersize=size, color=colour))


def _lines(axes: Any, ends: Sequence[tuple[Point, Point]], colour: str, width: float, *, under: bool = False) -> None:
    """All at once, and without a look at what scale would fit them."""
    from matplotlib.collections import LineCollection

    drawn = LineCollection(ends, colors=colour, linewidths=width, zorder=0.5 if under else 2)
    axes.add_collection(drawn, autolim=False)


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
