"""Forest plots of paired differences: one run less another, with the line where they are alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nccid_eval.records import Comparison, Estimate, Measure, NotEstimable
from nccid_eval.report.compared.summary import is_sure
from nccid_eval.report.parts import svg, tables, wording
from nccid_eval.report.parts.charts import BLUE, GREY, INK, PANELS, RED, Chart, blank_figure
from nccid_eval.report.parts.fitting import fitted

Names = Mapping[str, str]
LABELS_WIDE, PANEL_WIDE, APART, ROW_HIGH, AROUND = 2.2, 1.5, 0.3, 0.4, 0.85  # inches
MOST_ROWS = 21  # of a chart: it stands on one printed page
IN_TABLE = "The numbers stand in the table below."
LONGEST = 30  # ordinary letters: the room for a name beside a row
SHOWN = {-1: (RED, "v"), 0: (INK, "o"), 1: (BLUE, "^")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One pair: `measures` of the first less the second; those of `sure` stay so after correction."""

    first: str
    second: str
    measures: Mapping[str, Measure]
    sure: frozenset[str] = frozenset()


def paired(given: Comparison, names: Names) -> tuple[Chart, ...]:
    """All pairs, sensitivity, specificity and AUC side by side; as many charts as fit a printed page each."""
    found: dict[tuple[str, str], dict[str, Measure]] = {}
    sure: dict[tuple[str, str], set[str]] = {}
    for one in given.differences:
        pair = (one.first, one.second)
        found.setdefault(pair, {})[one.measure] = one.difference
        sure.setdefault(pair, set()).update([one.measure] if is_sure(given, one) else [])
    rows = [
        Row(first=names[first], second=names[second], measures=measures, sure=frozenset(sure[first, second]))
        for (first, second), measures in found.items()
    ]
    caption = (
        "Each row: the first run less the second, with intervals; rates in percentage points. On the line at "
        "zero both are alike. Filled triangle (up: the first run is ahead; down: behind): stays sure after "
        "correction for the number of differences. Open circle: does not."
    )
    return _charts(rows, "paired", caption, [_in_words(some) for some in _pieces(rows)], {})


def against(given: Comparison, names: Names) -> tuple[Chart, ...]:
    """New versions less their predecessor, with the margin by which they may be worse; one chart a printed page."""
    found: dict[tuple[str, str], dict[str, Measure]] = {}
    for one in given.non_inferiority:
        found.setdefault((one.run, one.predecessor), {})[one.measure] = one.difference
    rows = [Row(first=names[run], second=names[old], measures=some) for (run, old), some in found.items()]
    margins = {one.measure: one.margin for one in given.non_inferiority}
    verdicts: dict[str, list[str]] = {}
    for one in given.non_inferiority:
        verdicts.setdefault(names[one.run], []).append(f"{wording.metric(one.measure).label} {one.verdict}")
    told = [
        " ".join(f"{row.first}: {', '.join(verdicts[row.first])}." for row in some) + " " + IN_TABLE
        for some in _pieces(rows)
    ]
    caption = (
        "The new version less its predecessor, with intervals. Dashed line: minus the margin. Where the whole "
        "interval lies right of it, the new version is non-inferior; left of it, inferior."
    )
    return _charts(rows, "against", caption, told, margins)


def _pieces(rows: Sequence[Row]) -> list[Sequence[Row]]:
    return [rows[at : at + MOST_ROWS] for at in range(0, len(rows), MOST_ROWS)]


def _charts(
    rows: Sequence[Row], name: str, caption: str, described: Sequence[str], margins: Mapping[str, float]
) -> tuple[Chart, ...]:
    """One chart a piece, all on the same axes; `described` says each in words."""
    reach = _reaches(rows, margins)
    pieces = enumerate(zip(_pieces(rows), described, strict=True), start=1)
    return tuple(
        _chart(some, name if at == 1 else f"{name}-{at}", caption, words, margins, reach)
        for at, (some, words) in pieces
    )


def _chart(
    rows: Sequence[Row],
    name: str,
    caption: str,
    description: str,
    margins: Mapping[str, float],
    reach: Mapping[str, float],
) -> Chart:
    width = LABELS_WIDE + 3 * PANEL_WIDE + 2 * APART + 0.1
    height = ROW_HIGH * len(rows) + AROUND
    with svg.drawing():
        figure = blank_figure(width, height)
        for number, metric in enumerate(PANELS):
            left = LABELS_WIDE + (PANEL_WIDE + APART) * number
            axes = figure.add_axes((left / width, 0.45 / height, PANEL_WIDE / width, ROW_HIGH * len(rows) / height))
            _panel(axes, metric, rows, reach[metric], margins.get(metric))
            labels = [_label(row) for row in rows] if number == 0 else [""] * len(rows)
            axes.set_yticks(range(len(rows)), labels, ha="left", fontsize=8)
            axes.tick_params(axis="y", length=0, pad=LABELS_WIDE * 72 - 2)
        drawn = svg.to_svg(figure, name, wording.clean(description))
    return Chart(name=name, svg=drawn, caption=caption, description=description, data=_data(rows), wide=True)


def _label(row: Row) -> str:
    first, second = (fitted(one, LONGEST) for one in (row.first, row.second))
    return f"{first}\nless {second}"


def _reaches(rows: Sequence[Row], margins: Mapping[str, float]) -> dict[str, float]:
    """How far each panel's axis goes to both sides of zero; the two rates share one, so that they can be compared."""
    found = {}
    for group in (("sensitivity", "specificity"), ("auc",)):
        known = [one for row in rows for name in group if isinstance(one := row.measures.get(name), Estimate)]
        ends = [abs(end) for one in known for end in (one.low, one.high)] + [margins.get(name, 0.0) for name in group]
        furthest = max(0.02, *ends) * 1.08
        found.update(dict.fromkeys(group, min(1.0, math.ceil(furthest * 50) / 50)))
    return found


def _panel(axes: Any, metric: str, rows: Sequence[Row], reach: float, margin: float | None) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    percent = wording.metric(metric).percent
    axes.axvline(0, color=GREY, linewidth=1.2)
    if margin is not None:
        axes.axvline(-margin, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    for at, row in enumerate(rows):
        _whisker(axes, at, row.measures.get(metric, NotEstimable(reason="not measured")), metric in row.sure)
    axes.set(xlim=(-reach, reach), ylim=(len(rows) - 0.5, -0.5))
    unit = ", in points" if percent else ""
    axes.set_title(f"{wording.metric(metric).label}{unit}", loc="left", fontsize=9, fontweight="bold", pad=6)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, symmetric=True, prune="both", steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value * 100 if percent else value)))
    axes.grid(axis="x", color="#e6eaed", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)


def _tick(value: float) -> str:
    return f"{value:+.3g}".replace("-", "−") if abs(value) > 1e-9 else "0"


def _whisker(axes: Any, at: int, measure: Measure, is_sure: bool) -> None:
    if isinstance(measure, NotEstimable):
        word = "suppressed" if measure.suppressed else "not estimable"
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        axes.text(0, at, word, color=GREY, va="center", ha="center", fontsize=8, style="italic", bbox=box)
        return
    direction = (measure.value > 0) - (measure.value < 0) if is_sure else 0
    colour, marker = SHOWN[direction]
    axes.plot([measure.low, measure.high], [at, at], color=colour, linewidth=1.5, solid_capstyle="butt")
    axes.plot(
        [measure.value],
        [at],
        marker=marker,
        markersize=7 if is_sure else 5.5,
        color=colour if is_sure else "white",
        markeredgecolor=colour,
        markeredgewidth=1.4,
    )


def _in_words(rows: Sequence[Row]) -> str:
    sure = sum(len(row.sure) for row in rows)
    every = sum(len(row.measures) for row in rows)
    pairs = "1 pair" if len(rows) == 1 else f"{len(rows)} pairs"
    return f"{pairs} of runs; {sure} of {every} differences stay sure. {IN_TABLE}"


def _data(rows: Sequence[Row]) -> str:
    table: list[tuple[str | float | None, ...]] = [("first", "second", "measure", "value", "low", "high", "note")]
    for row in rows:
        for name, one in row.measures.items():
            numbers = (
                (one.value, one.low, one.high, "") if isinstance(one, Estimate) else (None, None, None, one.reason)
            )
            table.append((row.first, row.second, name, *numbers))
    return tables.data_uri(table)
