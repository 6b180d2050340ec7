"""What a study can show: precision, the smallest difference that it would find, and the cases that its bars ask for.

The same numbers before a run, with a stated correlation of a patient's cases, and after it, with the one estimated.
Sources: Donner and Klar 2000 (design effect 1 + (m-1) ICC, m weighted by size); Fleiss, Levin, Paik 2003 (ICC by
analysis of variance).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from nccid_eval.records import Plan, Power, PowerRow, Predictions, Truth
from nccid_eval.scoring import power_sizes as sizes
from nccid_eval.scoring.cells import Cell, cells_of
from nccid_eval.scoring.multiplicity import is_planned
from nccid_eval.scoring.power_bars import Kind, assumed_value, needed
from nccid_eval.scoring.proportions import Tally, sensitivity_tally, specificity_tally
from nccid_eval.scoring.sample import Sample, intention_to_diagnose
from nccid_eval.scoring.wording import percent

DEFAULT_ICC = 0.5  # of a patient's right and wrong answers, where there are none to estimate it from
WHOLE = "all"
MEASURES = ("sensitivity", "specificity")


def power(sample: Sample, cells: Iterable[Cell], plan: Plan) -> Power:
    """Of a scored sample; the correlation of a patient's cases is estimated from right and wrong answers."""
    tallies = dict(zip(MEASURES, (sensitivity_tally(sample), specificity_tally(sample)), strict=True))
    found = {name: answers_icc(tally) for name, tally in tallies.items()}
    icc = {name: DEFAULT_ICC if one is None else one for name, one in found.items()}
    how = ", ".join(f"{icc[name]:.2f} for {name} ({_origin(found[name])})" for name in MEASURES)
    return _power(tallies, cells, plan, icc, how)


def power_before(truth: Truth, plan: Plan) -> Power:
    """Before a run: the same, with the stated correlation."""
    everyone = np.ones(len(truth.case), dtype=np.bool_)
    none = Predictions(
        case=truth.case, score=np.zeros(len(truth.case)), answered=everyone, outcome=np.full(len(truth.case), "ok")
    )
    sample = intention_to_diagnose(none, truth, 0.0)
    tallies = dict(zip(MEASURES, (sensitivity_tally(sample), specificity_tally(sample)), strict=True))
    how = f"{DEFAULT_ICC:g} (stated: nothing is answered yet)"
    return _power(tallies, cells_of(sample, truth, plan), plan, dict.fromkeys(MEASURES, DEFAULT_ICC), how)


def answers_icc(tally: Tally) -> float | None:
    """Intraclass correlation of right and wrong within patients, at least 0; None where nothing can be told.

    By the analysis of variance: (MSB - MSW) / (MSB + (n0 - 1) MSW), n0 = (N - Σn²/N) / (J - 1).
    """
    n = tally.cases[tally.cases > 0]
    hits = tally.hits[tally.cases > 0]
    patients, total = len(n), float(n.sum())
    if patients < 2 or total == patients or hits.sum() in (0, total):
        return None
    between = float((n * (hits / n - tally.value) ** 2).sum()) / (patients - 1)
    inside = float((hits - hits**2 / n).sum()) / (total - patients)
    size = (total - float(n @ n) / total) / (patients - 1)
    return max(0.0, (between - inside) / (between + (size - 1) * inside))


def design_effect(tally: Tally, icc: float) -> float:
    """1 + (m - 1) ICC with m = Σn²/Σn, the size of the cluster that a case is in, on average."""
    return 1 + (float(tally.cases @ tally.cases) / tally.total - 1) * icc


def gated_power(given: Power, hidden: Mapping[tuple[str, str], str]) -> Power:
    """The rows of suppressed cells keep their names alone."""
    reasons = {f"{attribute}: {level}": reason for (attribute, level), reason in hidden.items()}
    return replace(given, rows=tuple(_blank(one, reasons.get(one.group)) for one in given.rows))


def _power(
    whole: Mapping[str, Tally], cells: Iterable[Cell], plan: Plan, icc: Mapping[str, float], how: str
) -> Power:
    every = tuple(cells)
    chosen = [one for one in every if is_planned(one.attribute, plan.attributes)] or every
    rows = [_row(WHOLE, name, whole[name], None, plan, icc[name]) for name in MEASURES]
    for cell in chosen:
        own = dict(zip(MEASURES, (cell.diseased, cell.healthy), strict=True))
        group = f"{cell.attribute}: {cell.level}"
        rows += [_row(group, name, own[name], _less(whole[name], own[name]), plan, icc[name]) for name in MEASURES]
        if cell.diseased_alone:
            rows[-1] = _blank(rows[-1], f"sensitivity only: {cell.attribute} is not recorded for healthy patients")
    return Power(
        power=plan.power,
        rows=tuple(rows),
        needed=needed(_kinds(whole, icc), plan),
        method=f"effective cases = cases / (1 + (m-1) ICC), ICC {how}; half width of Wilson's {percent(plan.level)} "
        f"interval; difference to the complement by a two-sided z test of two proportions with a power of "
        f"{percent(plan.power)}, not adjusted for the number of groups",
    )


def _row(group: str, measure: str, tally: Tally, rest: Tally | None, plan: Plan, icc: float) -> PowerRow:
    assumed = assumed_value(measure, plan)
    blank = PowerRow(group=group, measure=measure, patients=tally.patients, cases=tally.total, assumed=assumed)
    if not tally.total:
        return replace(blank, reason=f"no {tally.kind} case")
    effect = design_effect(tally, icc)
    cases = tally.total / effect
    found = replace(blank, design_effect=effect, half_width=sizes.half_width(assumed, cases, plan.level))
    if rest is None:
        return found
    if not rest.total:
        return replace(found, reason=f"no {tally.kind} case outside this group")
    others = rest.total / design_effect(rest, icc)
    difference = sizes.detectable_difference(assumed, cases, others, plan.level, plan.power)
    reason = "" if difference is not None else "no difference is so large that it would be found"
    return replace(found, detectable_difference=difference, reason=reason)


def _kinds(whole: Mapping[str, Tally], icc: Mapping[str, float]) -> dict[str, Kind]:
    return {
        tally.kind: Kind(cases=tally.total, design_effect=design_effect(tally, icc[name]) if tally.total else 1.0)
        for name, tally in whole.items()
    }


def _less(whole: Tally, part: Tally) -> Tally:
    return Tally(hits=whole.hits - part.hits, cases=whole.cases - part.cases, kind=whole.kind)


def _origin(icc: float | None) -> str:
    return "stated: nothing to estimate it from" if icc is None else "estimated"


def _blank(row: PowerRow, reason: str | None) -> PowerRow:
    if reason is None or row.cases is None:
        return row
    return PowerRow(group=row.group, measure=row.measure, assumed=row.assumed, reason=reason)
