"""What of the confounding audit may leave: nothing of a suppressed cell, and no sum that holds one apart.

A stratum goes with its cell. Within-stratum AUCs are made anew from the cells that are shown, so that they tell
nothing that those do not. One-sided strata keep their names in words that give no count, and only where they are
large.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from nccid_eval.records import Audit, Counts, Estimate, GroupScore, Measure, NotEstimable, Scorecard, Stratum, Truth
from nccid_eval.scoring.audit_strata import is_one_sided
from nccid_eval.scoring.cells import named
from nccid_eval.scoring.sample import distinct
from nccid_eval.scoring.signature import signed
from nccid_eval.scoring.wording import percent

Reasons = Mapping[tuple[str, str], str]  # attribute, level -> why it is suppressed
RELEASED = {True: "all or nearly all diseased", False: "all or nearly all healthy"}


def gated_audit(given: Audit, scorecard: Scorecard, truth: Truth, hidden: Reasons, minimum: int) -> Audit:
    """The scorecard's audit without what `hidden` cells tell; it may have been through the gate before."""
    site = scorecard.plan.site
    return replace(
        given,
        strata={
            name: {level: _stratum(one, hidden.get((name, level))) for level, one in levels.items()}
            for name, levels in given.strata.items()
        },
        one_sided=released_names(given, scorecard.counts, minimum),
        within={
            name: _within(name, one, scorecard, truth, [level for at, level in hidden if at == name])
            for name, one in given.within.items()
        },
        without_site=_blanked(site, given.without_site, hidden),
        healthy_shift={name: _blanked(name, levels, hidden) for name, levels in given.healthy_shift.items()},
    )


def released_names(given: Audit, whole: Counts, minimum: int) -> tuple[str, ...]:
    """One-sided strata of `minimum` patients of their one kind; 'nearly' hides whether the other count is zero."""
    named_so = []
    for attribute, levels in given.strata.items():
        for level, one in levels.items():
            diseased, healthy = one.diseased_patients, one.healthy_patients
            if diseased is None or healthy is None:  # through the gate before: the name stays as it was
                old = (f"{attribute}: {level} ({words})" for words in RELEASED.values())
                named_so += [text for text in old if text in given.one_sided]
            elif len(levels) > 1 and max(diseased, healthy) >= minimum and is_one_sided(diseased, healthy, whole):
                named_so.append(f"{attribute}: {level} ({RELEASED[diseased > healthy]})")
    return tuple(named_so)


def _stratum(one: Stratum, reason: str | None) -> Stratum:
    if reason is None or one.diseased_patients is None:  # shown, or through the gate before
        return one
    gone = NotEstimable(reason=reason, suppressed=True)
    return Stratum(diseased_patients=None, healthy_patients=None, prevalence=gone)


def _blanked(attribute: str, measures: Mapping[str, Measure], hidden: Reasons) -> dict[str, Measure]:
    return {level: _blank(one, hidden.get((attribute, level))) for level, one in measures.items()}


def _blank(one: Measure, reason: str | None) -> Measure:
    if reason is None or (isinstance(one, NotEstimable) and one.suppressed):
        return one
    return NotEstimable(reason=reason, suppressed=True)


def _within(attribute: str, own: Measure, scorecard: Scorecard, truth: Truth, gone: Collection[str]) -> Measure:
    if not gone:
        return own
    shown = {level: one for level, one in scorecard.by_group[attribute].items() if level not in gone}
    values = named(truth.attributes[attribute])
    inside = np.isin(values, list(shown))
    codes, level_codes = (np.unique(one, return_inverse=True)[1] for one in (truth.patient, values))
    places = np.unique(np.column_stack((codes, level_codes))[inside], axis=0)
    patients = distinct(places[:, 0]) if len(places) else 0
    return within_shown(shown, patients, shared=len(places) > patients, level=scorecard.plan.level)


def within_shown(shown: Mapping[str, GroupScore], patients: int, *, shared: bool, level: float) -> Measure:
    """The within-level AUC from released cells alone: their AUCs, each weighing by its pairs.

    Limits from the cells' own (Zou and Donner 2008); where patients are in several levels (`shared`), as if all were
    fully correlated, which is never too narrow.
    """
    cells = [(one.counts, one.measures.get("auc")) for one in shown.values()]
    known = [(counts, auc) for counts, auc in cells if counts is not None and isinstance(auc, Estimate)]
    if not known:
        return NotEstimable(reason="suppressed (no level with enough patients)", suppressed=True)
    pairs = np.array([counts.positives * counts.negatives for counts, _ in known], dtype=np.float64)
    weights = pairs / pairs.sum()
    values, lows, highs = (np.array([getattr(auc, name) for _, auc in known]) for name in ("value", "low", "high"))
    value = float(weights @ values)
    below, above = (
        float(parts.sum()) if shared else math.sqrt(float(parts @ parts))
        for parts in (weights * (values - lows), weights * (highs - values))
    )
    measure = Estimate(
        value=value,
        low=max(value - below, 0.0),
        high=min(value + above, 1.0),
        positives=sum(counts.positives for counts, _ in known),
        negatives=sum(counts.negatives for counts, _ in known),
        patients=patients,
        method=f"AUC over pairs within a shown level; {percent(level)} interval from the levels' own (Zou-Donner)",
    )
    return signed(measure, "auc-within:zou-donner/1", level=level, ties="half", clusters="patient", levels="shown")
