"""Charts of a comparison: the ROC curves over one another, and a heat map of the groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nccid_eval.records import ComparedRun, Comparison, Estimate, Measure
from nccid_eval.report.compared.tables import Place, group_measure, place_name, places
from nccid_eval.report.parts import svg, tables, wording
from nccid_eval.report.parts.charts import GREY, INK, Chart, blank_figure, percent_axes, thinned
from nccid_eval.report.parts.fitting import fitted

Names = Mapping[str, str]
# Okabe and Ito's colours, and line styles that tell the curves apart without colour.
COLOURS = ("#0072b2", "#d55e00", "#007a5a", "#a8467f", "#5b6770", "#8a6d00")
STYLES: tuple[Any, ...] = ("solid", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)), (0, (1, 1)), (0, (8, 3)))
LABELS_WIDE, COLUMN_WIDE, ROW_HIGH = 2.3, 1.3, 0.27  # inches
MANY, NARROW = 4, 0.46  # above so many runs titles stand upright, so that twelve still fit a printed page
ROC_HIGH = 3.43
PRINTED, TALLEST, LOWEST = 7.0, 6.0, 0.16  # a page's width, the rows together, a row
WIDEST = 18  # ordinary letters, the room for each line of a column's title
LOW, HIGH = (0.98, 0.93, 0.85), (0.09, 0.32, 0.52)  # colours of the heat map's ends
DARK = 0.6  # of the way to HIGH: there the number is written in white


def rocs(given: Comparison, names: Names) -> Chart | None:
    """The released curves of all runs; None where no run has one."""
    runs = [run for run in given.runs if run.roc]
    if not runs:
        return None
    description = " ".join(
        f"{names[run.run_id]}: area {_on(given, run)}{wording.in_full('auc', run.measures['auc'])}." for run in runs
    )
    with svg.drawing():
        below = 0.75 + 0.2 * len(runs)
        figure = blank_figure(4.4, ROC_HIGH + below + 0.1)
        axes = figure.add_axes((0.15, below / (ROC_HIGH + below + 0.1), 0.8, ROC_HIGH / (ROC_HIGH + below + 0.1)))
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (4, 3)))
        for number, run in enumerate(runs):
            _curve(axes, run, number, fitted(names[run.run_id], 40))
        percent_axes(axes)
        axes.legend(loc="upper left", bbox_to_anchor=(-0.15, -0.14), frameon=False)
        drawn = svg.to_svg(figure, "rocs", wording.clean(description))
    caption = "ROC curves of all runs, as released. The marked points are the declared thresholds."
    return Chart(
        name="rocs", svg=drawn, caption=caption, description=description, data=_roc_data(runs, names), wide=False
    )


def _on(given: Comparison, run: ComparedRun) -> str:
    """The area is of the compared cases, the curve of all that the run was asked."""
    return "" if run.cases == given.counts.cases else "on what all were asked "


def _curve(axes: Any, run: ComparedRun, number: int, label: str) -> None:
    points = thinned(sorted(run.roc, key=lambda one: (-one.specificity, one.sensitivity)))
    lap, at = divmod(number, len(COLOURS))  # past the sixth run the colours come again, with other lines and marks
    colour, style = COLOURS[at], STYLES[(at + lap) % len(STYLES)]
    x, y = [1 - one.specificity for one in points], [one.sensitivity for one in points]
    axes.plot(x, y, color=colour, linestyle=style, linewidth=1.8, label=label)
    chosen = [place for place, one in enumerate(points) if one.threshold == run.threshold]
    axes.plot(
        [x[place] for place in chosen],
        [y[place] for place in chosen],
        linestyle="none",
        marker="osD^vP"[(at + lap) % 6],
        markersize=6.5,
        color="white",
        markeredgecolor=colour,
        markeredgewidth=1.6,
    )


def _roc_data(runs: list[ComparedRun], names: Names) -> str:
    rows: list[tuple[str | float, ...]] = [("run", "threshold", "sensitivity", "specificity")]
    for run in runs:
        rows += [(names[run.run_id], one.threshold, one.sensitivity, one.specificity) for one in run.roc]
    return tables.data_uri(rows)


def heat(given: Comparison, names: Names, name: str) -> Chart:
    """One measure: a row a group, a column a run, the number in each field and its size as the field's colour."""
    rows = _known_places(given, name)
    label = wording.metric(name).label
    shown = [[group_measure(run, place, name) for run in given.runs] for place in rows]
    description = _heat_description(label, rows, given, names, shown)
    is_crowded = len(given.runs) > MANY
    spread = (PRINTED - LABELS_WIDE) / len(given.runs)
    wide, head = (max(NARROW, spread), 1.5) if is_crowded else (COLUMN_WIDE, 0.65)
    high = max(LOWEST, min(ROW_HIGH, TALLEST / len(rows))) if is_crowded else ROW_HIGH
    width, height = LABELS_WIDE + wide * len(given.runs) + 0.1, high * len(rows) + head
    with svg.drawing():
        figure = blank_figure(width, height)
        box = (LABELS_WIDE / width, 0.05 / height, (width - LABELS_WIDE - 0.1) / width, high * len(rows) / height)
        axes = figure.add_axes(box)
        _fields(axes, name, shown)
        axes.set_yticks(range(len(rows)), [fitted(place_name(one), 34) for one in rows])
        columns = [_split(names[run.run_id]) for run in given.runs]
        axes.set_xticks(range(len(given.runs)), columns, rotation=90 if is_crowded else 0)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
        drawn = svg.to_svg(figure, f"heat-{name}", wording.clean(description))
    caption = (
        f"{label} of each group and run: the darker the higher. A dash: not shown. All groups stand in the table."
    )
    return Chart(
        name=f"heat-{name}",
        svg=drawn,
        caption=caption,
        description=description,
        data=_heat_data(rows, given, names, shown),
        wide=len(given.runs) > 3,
    )


def _known_places(given: Comparison, name: str) -> list[Place]:
    """Those that a run has a number for; all of them where none has."""
    rows = places(given)
    known = [one for one in rows if any(isinstance(group_measure(run, one, name), Estimate) for run in given.runs)]
    return known or rows


def _split(title: str) -> str:
    """A title on two lines that have room for WIDEST letters each."""
    shown = wording.clean(title)
    first = fitted(shown, WIDEST)
    if first == shown:
        return shown
    held = len(first) - 1  # its last character says that there is more
    at = shown.rfind(" ", 0, held + 1)
    end, rest = (at, at + 1) if at > 0 else (held, held)
    return f"{shown[:end]}\n{fitted(shown[rest:], WIDEST)}"


def _fields(axes: Any, name: str, shown: list[list[Measure]]) -> None:
    from matplotlib.patches import Rectangle

    values = [one.value for row in shown for one in row if isinstance(one, Estimate)]
    low, high = min(values, default=0.0), max(values, default=1.0)
    for y, row in enumerate(shown):
        for x, one in enumerate(row):
            known = isinstance(one, Estimate)
            share = (one.value - low) / (high - low) if isinstance(one, Estimate) and high > low else 0.0
            colour = tuple(a + share * (b - a) for a, b in zip(LOW, HIGH, strict=True)) if known else "white"
            axes.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=colour, edgecolor="#d5dce1"))
            text = wording.value(name, one.value) if isinstance(one, Estimate) else "–"
            axes.text(x, y, text, ha="center", va="center", color="white" if known and share > DARK else INK)
    axes.set(xlim=(-0.5, len(shown[0]) - 0.5), ylim=(len(shown) - 0.5, -0.5))


def _heat_description(
    label: str, rows: list[Place], given: Comparison, names: Names, shown: list[list[Measure]]
) -> str:
    parts = []
    for column, run in enumerate(given.runs):
        cells = zip((row[column] for row in shown), rows, strict=True)
        known = [(one.value, place_name(place)) for one, place in cells if isinstance(one, Estimate)]
        if known:
            (low, worst), (high, best) = min(known), max(known)
            parts.append(f"{names[run.run_id]}: from {low:.3f} ({worst}) to {high:.3f} ({best}).")
    return f"{label} by group. {' '.join(parts)} The numbers stand in the table below."


def _heat_data(rows: list[Place], given: Comparison, names: Names, shown: list[list[Measure]]) -> str:
    table: list[tuple[str | float | None, ...]] = [("attribute", "level", "run", "value", "low", "high", "note")]
    for (attribute, level), row in zip(rows, shown, strict=True):
        for run, one in zip(given.runs, row, strict=True):
            numbers = (
                (one.value, one.low, one.high, "") if isinstance(one, Estimate) else (None, None, None, one.reason)
            )
            table.append((attribute, level, names[run.run_id], *numbers))
    return tables.data_uri(table)
