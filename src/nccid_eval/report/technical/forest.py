"""Forest plots of groups, each with a description in words and its data as CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from nccid_eval.records import Estimate, GroupScore, Measure, NotEstimable, Scorecard
from nccid_eval.report.parts import svg, tables, wording
from nccid_eval.report.parts.charts import BAND, BLUE, GREY, INK, LABELS_WIDE, PANELS, RED, Chart, blank_figure


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


def _panel(axes: Any, card: Scorecard, metric: str, levels: Mapping[str, GroupScore], *, labelled: bool) -> None:
    floor = _floor(card, metric)
    whole = card.overall.get(metric)
    if isinstance(whole, Estimate):
        axes.axvspan(whole.low, whole.high, color=BAND, linewidth=0)
        axes.axvline(whole.value, color=BLUE, linewidth=1, linestyle=(0, (4, 3)))
    _whiskers(axes, metric, levels, floor)
    axes.set(xlim=(floor, 1.0), ylim=(len(levels) - 0.4, -0.6))
    axes.set_title(wording.metric(metric).label, loc="left", fontsize=9, fontweight="bold", pad=6, y=1.0)
    if labelled:
        axes.set_yticks(range(len(levels)), [_label(key, score) for key, score in levels.items()], ha="left")
        axes.tick_params(axis="y", length=0, pad=LABELS_WIDE * 72 - 2)
    else:
        axes.yaxis.set_visible(False)
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


def _whiskers(axes: Any, metric: str, levels: Mapping[str, GroupScore], floor: float) -> None:
    """All rows, drawn together by direction: matplotlib takes its time over each line, not over its length."""
    found: dict[int, list[tuple[int, Estimate]]] = {}
    for row, score in enumerate(levels.values()):
        measure = score.measures.get(metric, NotEstimable(reason="not measured"))
        if isinstance(measure, Estimate):
            found.setdefault(direction(score.differences.get(metric)), []).append((row, measure))
        else:
            word = "suppressed" if measure.suppressed else "not estimable"
            axes.text(floor + (1 - floor) * 0.03, row, word, color=GREY, va="center", fontsize=8, style="italic")
    for shift, drawn in sorted(found.items()):
        colour, marker, size = {-1: (RED, "v", 7), 0: (INK, "o", 5), 1: (BLUE, "^", 7)}[shift]
        rows = [row for row, _ in drawn]
        axes.hlines(rows, [one.low for _, one in drawn], [one.high for _, one in drawn], color=colour, linewidth=1.5)
        axes.plot([one.value for _, one in drawn], rows, linestyle="none", marker=marker, ms=size, color=colour)


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
