"""The largest difference between an attribute's groups, beside what chance alone puts between them.

Sources: Hardt, Price, Srebro 2016 (equalised odds); Seyyed-Kalantari et al. 2021 (underdiagnosis); Phipson and Smyth
2010 (p of a permutation test: one is added to both sides).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nccid_eval.records import Flags, Gap, NotEstimable, Numbers, Plan
from nccid_eval.scoring.cells import Cell
from nccid_eval.scoring.gap_rates import MOST_BINS, Rates, binned, rates_of
from nccid_eval.scoring.multiplicity import planned_attributes
from nccid_eval.scoring.permutation import deals, dealt
from nccid_eval.scoring.sample import Indices, Sample, count, subset
from nccid_eval.scoring.subgroups import sensitivity_only

OF_DISEASED = ("sensitivity", "failure_rate", "underdiagnosis")
MEASURES = ("sensitivity", "specificity", "auc", "failure_rate", "equalised_odds", "underdiagnosis")
HIGH_IS_BAD = ("failure_rate", "underdiagnosis")
ROUNDING = 1e-12  # gaps so near are equal
MOST = 200_000  # numbers held at a time: they stay in the processor's cache
Gaps = dict[str, Gap | NotEstimable]


def gaps(sample: Sample, cells: Sequence[Cell], shown: Sequence[Cell], plan: Plan) -> dict[str, Gaps]:
    """By planned attribute and measure. Of `cells` those enter that are `shown`, known and can be estimated."""
    attributes = planned_attributes(list(dict.fromkeys(one.attribute for one in cells)), plan.attributes)
    return {name: _of_attribute(sample, [one for one in shown if one.attribute == name], plan) for name in attributes}


def _of_attribute(sample: Sample, levels: Sequence[Cell], plan: Plan) -> Gaps:
    fewest = max(plan.minimum_patients, 2)
    groups = [one for one in levels if _patients(one) >= fewest]
    alone = any(one.diseased_alone for one in levels)
    kinds = "diseased" if alone else "diseased and healthy"
    if len(groups) < 2:
        few = NotEstimable(reason=f"fewer than two groups of {fewest} {kinds} patients or more")
        return dict.fromkeys(MEASURES, few)
    only = sensitivity_only(groups[0]) if alone else None
    found = _found(sample, groups, plan, diseased_alone=alone, rule=f"groups of {fewest} {kinds} patients or more")
    return {name: only if only and name not in OF_DISEASED else found[name] for name in MEASURES}


def _patients(cell: Cell) -> int:
    sizes = count(cell.group)
    return sizes.diseased_patients if cell.diseased_alone else min(sizes.diseased_patients, sizes.healthy_patients)


def _found(sample: Sample, groups: Sequence[Cell], plan: Plan, *, diseased_alone: bool, rule: str) -> dict[str, Gap]:
    keep: Flags = np.logical_or.reduce([one.inside for one in groups])
    keep = keep & sample.label if diseased_alone else keep
    kept, code = subset(sample, keep), _codes(groups)[keep]
    bins = binned(kept, MOST_BINS)
    deal, rng = dealt(code, kept.patient, kept.label, kept.score), _generator(plan, groups[0].attribute)
    rows = max(1, MOST // max(len(code), 2 * bins.number * len(groups)))
    drawn = [_spread(rates_of(one, bins, len(groups))) for one in deals(deal, plan.permutations, rows, rng)]
    dealt_once = _spread(rates_of(code[None, :], bins, len(groups)))
    exact = rates_of(code[None, :], binned(kept, len(code)), len(groups))
    steps = f", AUC there on scores in {bins.number} steps" if bins.rounded else ""
    blank = Gap(
        measure="",
        value=0.0,
        worst="",
        best="",
        groups=len(groups),
        patients=sum(_everybody(one) for one in groups),
        null_mean=0.0,
        null_high=0.0,
        p=1.0,
        method=f"largest less smallest of {rule}; null: {plan.permutations} permutations of patients' groups inside "
        f"disease strata, seed {plan.seed}{steps}",
    )
    return {
        name: _gap(
            replace(blank, measure=name, value=float(_spread(exact)[name][0])),
            _values(name, exact),
            [one.level for one in groups],
            null=np.concatenate([one[name] for one in drawn]),
            reached=float(dealt_once[name][0]),
        )
        for name in MEASURES
    }


def _gap(blank: Gap, values: Numbers, groups: list[str], null: Numbers, reached: float) -> Gap:
    """`reached` is the gap on the null's own scores, which `null` is held against."""
    low, high = groups[int(values.argmin())], groups[int(values.argmax())]
    return replace(
        blank,
        worst=high if blank.measure in HIGH_IS_BAD else low,
        best=low if blank.measure in HIGH_IS_BAD else high,
        null_mean=float(null.mean()),
        null_high=float(np.quantile(null, 0.95)),
        p=(1 + int((null >= reached - ROUNDING).sum())) / (1 + len(null)),
    )


def _values(name: str, observed: Rates) -> Numbers:
    """One value a group; of equalised odds, of the share with the larger gap."""
    given = observed.by_name()
    if name == "equalised_odds":
        spread = _spread(observed)
        name = "sensitivity" if spread["sensitivity"][0] >= spread["specificity"][0] else "specificity"
    row: Numbers = given[name][0]
    return row


def _spread(rates: Rates) -> dict[str, Numbers]:
    """Largest less smallest over groups, one a permutation."""
    spread = {name: values.max(axis=1) - values.min(axis=1) for name, values in rates.by_name().items()}
    return spread | {"equalised_odds": np.maximum(spread["sensitivity"], spread["specificity"])}


def _everybody(cell: Cell) -> int:
    sizes = count(cell.group)
    return sizes.diseased_patients if cell.diseased_alone else sizes.patients


def _codes(groups: Sequence[Cell]) -> Indices:
    code = np.zeros(len(groups[0].inside), dtype=np.intp)
    for at, one in enumerate(groups):
        code[one.inside] = at
    return code


def _generator(plan: Plan, attribute: str) -> np.random.Generator:
    """Its own stream an attribute, so that one more attribute moves no other's null."""
    return np.random.default_rng([plan.seed, zlib.crc32(attribute.encode())])
