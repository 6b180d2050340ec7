"""What all charts share: the record, the colours, the blank figure, axes in percent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Point = TypeVar("Point")
INK, BLUE, RED, GREY, BAND = "#1a2630", "#1f5f8b", "#9b1c1c", "#5b6770", "#d9e6ef"
PANELS = ("sensitivity", "specificity", "auc")
LABELS_WIDE = 1.65  # inches left of the first panel
MOST_POINTS = 1000  # of a curve that are drawn and offered: more do not show, and the page stays small


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    name: str
    svg: str
    caption: str
    description: str
    data: str  # a data: address
    wide: bool


def blank_figure(width: float, height: float) -> Any:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=72)
    figure.patch.set_visible(False)
    FigureCanvasSVG(figure)
    return figure


def percent_axes(axes: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    axes.set(xlabel="1 − specificity (healthy cases flagged)", ylabel="Sensitivity (diseased cases found)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.grid(color="#e6eaed", linewidth=0.8)
    axes.set_axisbelow(True)


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most about 1,000 of the points, evenly, with both ends."""
    step = math.ceil(len(points) / MOST_POINTS)
    return [*points[:-1:step], *points[-1:]]
