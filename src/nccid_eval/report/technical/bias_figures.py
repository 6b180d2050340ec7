"""Charts of what lies between groups: gaps over their nulls, and the summary over sites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nccid_eval.records import BetweenSites, Gap, NotEstimable
from nccid_eval.report.parts import svg, tables, wording
from nccid_eval.report.parts.charts import BLUE, GREY, INK, LABELS_WIDE, PANELS, RED, Chart, blank_figure

NULL = "#dfe5ea"
SURE = 0.05  # a gap whose p lies below it is drawn as a filled diamond
Gaps = Mapping[str, Mapping[str, Gap | NotEstimable]]
Sites = Mapping[str, BetweenSites | NotEstimable]


def gaps(given: Gaps) -> Chart | None:
    """Gaps of sensitivity, specificity and AUC by attribute; None where there is not one."""
    rows = {name: one for name, one in given.items() if any(isinstance(one.get(key), Gap) for key in PANELS)}
    if not rows:
        return None
    description = _gap_description(rows)
    height = 0.27 * len(rows) + 0.75
    with svg.drawing():
        figure = blank_figure(7.5, height)
        for number, metric in enumerate(PANELS):
            left = LABELS_WIDE + 2.0 * number
            axes = figure.add_axes((left / 7.5, 0.42 / height, 1.64 / 7.5, (height - 0.75) / height))
            _gap_panel(axes, rows, metric, labelled=number == 0)
        drawn = svg.to_svg(figure, "gaps", wording.clean(description))
    return Chart(
        name="gaps",
        svg=drawn,
        caption="Largest gap between an attribute's groups. Grey bar: gaps that chance alone makes in 95 of 100 "
        f"shuffles, the tick their mean. Filled diamond: p below {SURE:g}, not adjusted; open circle: no more "
        "than chance may make.",
        description=description,
        data=_gap_data(given),
        wide=True,
    )


def _gap_panel(axes: Any, rows: Gaps, metric: str, *, labelled: bool) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    for row, measures in enumerate(rows.values()):
        gap = measures.get(metric)
        if not isinstance(gap, Gap):
            axes.text(0.01, row, "not estimable", color=GREY, va="center", fontsize=8, style="italic")
            continue
        axes.barh([row], [gap.null_high], height=0.5, color=NULL)
        axes.plot([gap.null_mean] * 2, [row - 0.25, row + 0.25], color=GREY, linewidth=1.2)
        sure = gap.p < SURE
        colour = RED if sure else INK
        axes.plot([gap.value], [row], marker="D" if sure else "o", markersize=6, color=colour if sure else "white")
        axes.lines[-1].set(markeredgecolor=colour, markeredgewidth=1.5)
    axes.set(ylim=(len(rows) - 0.4, -0.6))
    axes.set_xlim(0, max(_largest(rows), 0.05) * 1.08)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    if wording.metric(metric).percent:
        axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0, symbol=" pp"))
    axes.set_title(wording.metric(metric).label, loc="left", fontsize=9, fontweight="bold", pad=6)
    names = [wording.shorten(wording.clean(wording.attribute_name(one)), 22) for one in rows]
    axes.set_yticks(range(len(rows)), names if labelled else [""] * len(rows), ha="left")
    axes.tick_params(axis="y", length=0, pad=LABELS_WIDE * 72 - 2)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color="#e6eaed", linewidth=0.8)
    axes.set_axisbelow(True)


def _largest(rows: Gaps) -> float:
    given = [one[name] for one in rows.values() for name in PANELS if name in one]
    return max((max(one.value, one.null_high) for one in given if isinstance(one, Gap)), default=0.0)


def _gap_description(rows: Gaps) -> str:
    sure = [
        f"{wording.attribute_name(attribute)}, {wording.metric(name).label} ({wording.size_of_gap(name, one.value)})"
        for attribute, measures in rows.items()
        for name, one in measures.items()
        if name in PANELS and isinstance(one, Gap) and one.p < SURE
    ]
    listed = "; ".join(wording.shorten(one, 80) for one in sure) or "none"
    return f"Gaps wider than chance makes them in 95 of 100 shuffles: {listed}. The numbers stand in the table below."


def _gap_data(given: Gaps) -> str:
    rows: list[tuple[str | float | None, ...]] = [
        ("attribute", "measure", "gap", "worst", "best", "null mean", "null 95th percentile", "p", "note")
    ]
    for attribute, measures in given.items():
        for name, one in measures.items():
            if isinstance(one, Gap):
                numbers = (one.value, one.worst, one.best, one.null_mean, one.null_high, one.p)
                rows.append((attribute, name, *numbers, one.method))
            else:
                rows.append((attribute, name, *[None] * 6, wording.not_estimable(one)))
    return tables.data_uri(rows)


def between_sites(given: Sites) -> Chart | None:
    """Mean over sites with its interval, and the wider one in which a new site would lie."""
    shown = {name: one for name, one in given.items() if isinstance(one, BetweenSites)}
    if not shown:
        return None
    description = " ".join(
        f"{wording.metric(name).label}: mean over {one.sites} sites {wording.in_full(name, one.mean)}; a new site "
        f"would lie between {wording.span(name, one.prediction_low, one.prediction_high)}."
        for name, one in shown.items()
    )
    height = 0.34 * len(shown) + 0.45
    with svg.drawing():
        figure = blank_figure(3.9, height)
        axes = figure.add_axes((0.95 / 3.9, 0.3 / height, 2.85 / 3.9, (height - 0.4) / height))
        for row, one in enumerate(shown.values()):
            axes.plot([one.prediction_low, one.prediction_high], [row] * 2, color=GREY, linewidth=1.2, marker="|")
            axes.plot([one.mean.low, one.mean.high], [row] * 2, color=BLUE, linewidth=5, solid_capstyle="butt")
            axes.plot([one.mean.value], [row], marker="o", markersize=5, color=INK)
        axes.set(xlim=(-0.01, 1.01), ylim=(len(shown) - 0.5, -0.5))
        axes.set_yticks(range(len(shown)), [wording.metric(one).label for one in shown])
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color="#e6eaed", linewidth=0.8)
        axes.set_axisbelow(True)
        drawn = svg.to_svg(figure, "between-sites", wording.clean(description))
    return Chart(
        name="between-sites",
        svg=drawn,
        caption="Dot: mean over sites. Thick bar: its interval. Thin line: where a new site would lie. From 0 to 1.",
        description=description,
        data=_site_data(given),
        wide=False,
    )


def _site_data(given: Sites) -> str:
    head = (
        "measure",
        "sites",
        "mean",
        "low",
        "high",
        "prediction low",
        "prediction high",
        "tau",
        "I squared",
        "note",
    )
    rows: list[tuple[str | float | None, ...]] = [head]
    for name, one in given.items():
        if isinstance(one, NotEstimable):
            rows.append((name, *[None] * 8, wording.not_estimable(one)))
            continue
        mean, ahead = one.mean, (one.prediction_low, one.prediction_high)
        rows.append((name, one.sites, mean.value, mean.low, mean.high, *ahead, one.tau, one.i_squared, one.method))
    return tables.data_uri(rows)
