"""The AUC where a stratum cannot help: within strata, without one site, and score against stratum among the healthy.

Sources: Obuchowski 1997 (clusters); van der Vaart 1998, chapter 12 (a ratio of two U-statistics by its projection);
Janes and Pepe 2008 (the covariate-adjusted ROC curve; here each level weighs by its pairs).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from nccid_eval.records import Estimate, Measure, NotEstimable
from nccid_eval.scoring.auc import Area, area, auc_measure, clustered, doubled_placements, interval
from nccid_eval.scoring.cells import Cell
from nccid_eval.scoring.estimates import with_counts
from nccid_eval.scoring.sample import Indices, Sample, count, distinct, subset
from nccid_eval.scoring.signature import signed


def by_attribute(cells: Iterable[Cell]) -> dict[str, tuple[Cell, ...]]:
    found: dict[str, tuple[Cell, ...]] = {}
    for cell in cells:
        found[cell.attribute] = (*found.get(cell.attribute, ()), cell)
    return found


def within_measure(sample: Sample, cells: tuple[Cell, ...], level: float) -> Measure:
    """P(a diseased case scores above a healthy one of the same level), all such pairs weighing alike.

    `cells` are the levels of one attribute. Counts are of the cases in levels that hold both kinds.
    """
    codes = np.zeros(len(sample.score), dtype=np.intp)
    for at, cell in enumerate(cells):
        codes[cell.inside] = at
    mixed = np.array([bool(cell.group.label.any() and not cell.group.label.all()) for cell in cells])
    if not mixed.any():
        return NotEstimable(reason="no level holds both diseased and healthy cases")
    kept = subset(sample, mixed[codes])
    found = within_area(kept, codes[mixed[codes]])
    if isinstance(found, NotEstimable):
        return replace(found, reason=f"{found.reason} in levels that hold both kinds")
    low, high, how = interval(found, level)
    what = "AUC over pairs within a level alone; Obuchowski's variance of the ratio"
    measure = with_counts(found.value, (low, high), count(kept), f"{what}; {how}")
    return signed(measure, "auc-within:obuchowski-logit/1", level=level, ties="half", clusters="patient")


def within_area(sample: Sample, codes: Indices) -> Area | NotEstimable:
    """Within-level area θ = Σ_s Σ_ij ψ_ij / Σ_s m_s n_s, and the variance of its projection over patients.

    X_i = Σ_j (ψ_ij - θ) over the healthy j of i's level, Y_j likewise, in Obuchowski's formula; with one level it is
    his variance. `codes` has one level a case; each level holds both kinds.
    """
    sizes = count(sample)
    for number, kind in ((sizes.diseased_patients, "diseased"), (sizes.healthy_patients, "healthy")):
        if number < 2:
            return NotEstimable(reason=f"fewer than two {kind} patients")
    beaten, opposite = np.zeros(len(codes)), np.zeros(len(codes))
    disjoint = 0
    for code in np.unique(codes):
        inside = codes == code
        label, patient = sample.label[inside], sample.patient[inside]
        beaten[inside] = doubled_placements(sample.score[inside], label) / 2
        opposite[inside] = np.where(label, np.count_nonzero(~label), np.count_nonzero(label))
        disjoint += min(distinct(patient[label]), distinct(patient[~label]))
    pairs = float(opposite[sample.label].sum())
    value = float(beaten[sample.label].sum()) / pairs
    centred = (beaten - value * opposite) / pairs
    x, y = (
        np.bincount(sample.patient[of], weights=centred[of], minlength=sample.patients).astype(np.float64)
        for of in (sample.label, ~sample.label)
    )
    most = min(disjoint, sizes.diseased_patients, sizes.healthy_patients, sizes.patients // 2)
    return Area(
        value=value,
        variance=clustered(x, y, sizes),
        diseased=x,
        healthy=y,
        influence=x + y,
        pairs=most,
    )


def without_level(sample: Sample, cell: Cell, level: float) -> Measure:
    """AUC of all cases outside the cell."""
    if cell.inside.all():
        return NotEstimable(reason=f"no case lies outside: all have {cell.attribute} = {cell.level}")
    return auc_measure(subset(sample, ~cell.inside), level)


def healthy_shift(sample: Sample, cell: Cell, level: float) -> Measure:
    """P(a healthy case of the cell scores above a healthy case outside it); .5 where the score ignores the stratum.

    Answered cases alone: a failure has no score.
    """
    chosen = ~sample.label & ~sample.failed
    inside, healthy = cell.inside[chosen], subset(sample, chosen)
    for part, where in ((inside, "in this level"), (~inside, "outside this level")):
        if distinct(healthy.patient[part]) < 2:
            return NotEstimable(reason=f"fewer than two healthy patients {where}")
    found = area(replace(healthy, label=inside))
    if isinstance(found, NotEstimable):
        return found
    low, high, how = interval(found, level)
    measure = Estimate(
        value=found.value,
        low=low,
        high=high,
        positives=0,
        negatives=len(healthy.score),
        patients=distinct(healthy.patient),
        method=f"healthy cases of this level against healthy cases of all others, by placements; {how}",
    )
    return signed(measure, "healthy-shift:obuchowski-logit/1", level=level, ties="half", clusters="patient")
