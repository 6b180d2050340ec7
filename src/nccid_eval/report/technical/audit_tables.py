"""Tables of the confounding audit and of power: what stands in which cell."""

from __future__ import annotations

from collections.abc import Mapping

from nccid_eval.records import Audit, Measure, NotEstimable, Power, PowerRow, Scorecard, Stratum
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.tables import Cell, Table, measure_cell
from nccid_eval.report.technical import methods

MEASURED = "shift"  # P(scored above), a share


def comparison(card: Scorecard, audit: Audit, level: str) -> Table:
    """The model beside the baseline that sees no image, then within the strata of each attribute."""
    whole = card.overall.get("auc", NotEstimable(reason="not computed"))
    rows = [
        _row("The model, all pairs of cases", whole),
        _row("A baseline that sees no image", audit.baseline),
        _difference_row(audit.baseline_difference),
        *(
            _row(f"The model, pairs of the same {wording.attribute_name(name).lower()} only", one)
            for name, one in audit.within.items()
        ),
    ]
    return Table(
        caption="How well the diagnosis is told: by the model, without the images, and within strata",
        headings=("AUC of", f"Value ({level} interval)", "Method"),
        rows=tuple(rows),
        methods=methods.links("auc", "baseline", "within", "alarm"),
    )


def strata(attribute: str, audit: Audit, level: str, *, is_site: bool) -> Table:
    """Who is in each level; how healthy cases of it score; for sites, the AUC of all the others."""
    title = wording.attribute_name(attribute)
    shifts = audit.healthy_shift.get(attribute, {})
    headings = [title, "Diseased patients", "Healthy patients", f"Prevalence ({level} interval)"]
    headings.append(f"Chance that a healthy case scores above the others' ({level} interval)")
    if is_site:
        headings.append(f"AUC without this site ({level} interval)")
    rows = []
    for key in sorted(audit.strata[attribute], key=wording.level_order):
        cells = _stratum(audit.strata[attribute][key], shifts.get(key))
        rows.append((Cell(text=key or "not recorded"), *cells, *((_without(audit, key),) if is_site else ())))
    return Table(
        caption=f"{title}: who is in it, and healthy cases' scores",
        headings=tuple(headings),
        rows=tuple(rows),
        methods=methods.links("prevalence", "healthy-shift", *(("within",) if is_site else ())),
    )


def power(given: Power, measure: str) -> Table:
    """What each group can show of one measure."""
    rows = [one for one in given.rows if one.measure == measure]
    truth = wording.value(measure, rows[0].assumed)
    label = wording.metric(measure).label
    headings = ("Group", "Patients", "Cases", "Design effect", "Interval", "Smallest difference that would be found")
    return Table(
        caption=f"{label}, if its true value is {truth}",
        headings=headings,
        rows=tuple((Cell(text=_group_name(one.group)), *_power_cells(one)) for one in rows),
        methods=methods.links("power"),
    )


def _group_name(group: str) -> str:
    attribute, colon, level = group.partition(": ")
    return f"{wording.attribute_name(attribute)}: {level}" if colon else "All cases"


def _power_cells(row: PowerRow) -> tuple[Cell, ...]:
    if row.half_width is None:
        return (Cell(text=row.reason, kind="missing", span=5),)
    counts = tuple(Cell(text=wording.count(one or 0), kind="number") for one in (row.patients, row.cases))
    effect = Cell(text=f"{row.design_effect or 1:.2f}", kind="number")
    width = Cell(text=f"± {_points(row.half_width)}", kind="number")
    return (*counts, effect, width, _found(row))


def _found(row: PowerRow) -> Cell:
    if row.detectable_difference is not None:
        return Cell(text=_points(row.detectable_difference), kind="number")
    return Cell(text=row.reason or "–", kind="missing")


def _points(share: float) -> str:
    return f"{share * 100:.1f}{wording.NO_BREAK}pp"


def _row(label: str, measure: Measure) -> tuple[Cell, ...]:
    return (Cell(text=label), measure_cell("auc", measure), _method(measure))


def _method(measure: Measure) -> Cell:
    return Cell(text="–", kind="missing") if isinstance(measure, NotEstimable) else Cell(text=measure.method)


def _difference_row(measure: Measure) -> tuple[Cell, ...]:
    return (Cell(text="The model less the baseline"), _difference(measure), _method(measure))


def _difference(measure: Measure) -> Cell:
    if isinstance(measure, NotEstimable):
        return Cell(text=wording.not_estimable(measure), kind="missing")
    span = wording.difference_interval("auc", measure)
    note = f"p {wording.p_value(measure.p)}" if measure.p is not None else ""
    return Cell(text=wording.difference("auc", measure), interval=span, note=note, kind="number")


def _stratum(one: Stratum, shift: Measure | None) -> tuple[Cell, ...]:
    if one.diseased_patients is None or one.healthy_patients is None:
        reason = one.prevalence.reason if isinstance(one.prevalence, NotEstimable) else "suppressed"
        return (Cell(text=reason, kind="missing", span=4),)
    counts = (Cell(text=wording.count(n), kind="number") for n in (one.diseased_patients, one.healthy_patients))
    shown = Cell(text="–", kind="missing") if shift is None else measure_cell(MEASURED, shift)
    return (*counts, measure_cell("prevalence", one.prevalence), shown)


def _without(audit: Audit, key: str) -> Cell:
    given: Mapping[str, Measure] = audit.without_site
    return measure_cell("auc", given[key]) if key in given else Cell(text="–", kind="missing")
