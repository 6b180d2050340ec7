"""Tables of what lies between groups: gaps beside what chance alone makes, and the spread between sites."""

from __future__ import annotations

from collections.abc import Mapping

from nccid_eval.records import BetweenSites, Gap, NotEstimable
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.tables import Cell, Table, measure_cell
from nccid_eval.report.technical import methods


def gaps(given: Mapping[str, Mapping[str, Gap | NotEstimable]]) -> Table:
    """One row an attribute and measure; attributes of which nothing can be said have one row."""
    rows: list[tuple[Cell, ...]] = []
    for attribute, measures in given.items():
        title = wording.attribute_name(attribute)
        reason = _shared_reason(measures)
        if reason is not None:
            rows.append((Cell(text=title), Cell(text=reason, kind="missing", span=6)))
            continue
        rows += [_gap_row(f"{title}: {wording.metric(name).label}", name, one) for name, one in measures.items()]
    headings = ("Gap of", "Size", "Worst group", "Best group", "By chance, on average", "By chance, 95 in 100", "p")
    caption = "Largest gap between groups, beside the gaps that chance alone makes"
    return Table(caption=caption, headings=headings, rows=tuple(rows), methods=methods.links("gap"))


def _shared_reason(measures: Mapping[str, Gap | NotEstimable]) -> str | None:
    reasons = {wording.not_estimable(one) if isinstance(one, NotEstimable) else "" for one in measures.values()}
    return reasons.pop() or None if len(reasons) == 1 else None


def _gap_row(label: str, name: str, gap: Gap | NotEstimable) -> tuple[Cell, ...]:
    if isinstance(gap, NotEstimable):
        return (Cell(text=label), Cell(text=wording.not_estimable(gap), kind="missing", span=6))
    worst, best = (gap.worst or "not recorded", gap.best or "not recorded") if gap.value > 0 else ("–", "–")
    return (
        Cell(text=label),
        Cell(text=wording.size_of_gap(name, gap.value), kind="number"),
        Cell(text=worst),
        Cell(text=best),
        Cell(text=wording.size_of_gap(name, gap.null_mean), kind="number"),
        Cell(text=f"up to {wording.size_of_gap(name, gap.null_high)}", kind="number"),
        Cell(text=wording.p_value(gap.p), kind="number"),
    )


def between_sites(given: Mapping[str, BetweenSites | NotEstimable], level: str) -> Table:
    """Mean over sites, where a new site would lie, and how far sites differ."""
    headings = (
        "Measure",
        "Sites",
        f"Mean over sites ({level} interval)",
        f"A new site would lie between ({level} prediction interval)",
        "Spread between sites (τ, log-odds)",
        "Share of the differences that is not chance (I²)",
    )
    rows = tuple((Cell(text=wording.metric(name).label), *_site_cells(name, one)) for name, one in given.items())
    how = methods.links("between-sites")
    return Table(caption="Summary over sites, random effects", headings=headings, rows=rows, methods=how)


def _site_cells(name: str, one: BetweenSites | NotEstimable) -> tuple[Cell, ...]:
    if isinstance(one, NotEstimable):
        return (Cell(text=wording.not_estimable(one), kind="missing", span=5),)
    return (
        Cell(text=wording.count(one.sites), kind="number"),
        measure_cell(name, one.mean),
        Cell(text=wording.span(name, one.prediction_low, one.prediction_high), kind="number"),
        Cell(text=f"{one.tau:.2f}", kind="number"),
        Cell(text=f"{one.i_squared:.0%}", kind="number"),
    )
