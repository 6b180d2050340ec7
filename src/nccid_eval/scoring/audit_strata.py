"""Who is in each stratum, and which strata hold patients of one kind alone, or nearly.

Source: Wilson 1927 (interval of a prevalence); the exact binomial tail (nearly one-sided beyond chance).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from nccid_eval.records import Counts, Plan, Stratum
from nccid_eval.scoring.cells import Cell
from nccid_eval.scoring.multiplicity import is_planned
from nccid_eval.scoring.proportions import Tally, proportion_measure
from nccid_eval.scoring.sample import Sample, count

Strata = Mapping[str, Mapping[str, Stratum]]
ONE_SIDED_FEW = 0.10  # a stratum is nearly one-sided where at most this share of its patients is of the other kind …
ONE_SIDED_CHANCE = 0.01  # … and where as few would come by chance more rarely than this
WORDS = {True: ("only diseased", "nearly only diseased"), False: ("only healthy", "nearly only healthy")}


def audited(cells: Iterable[Cell], plan: Plan) -> tuple[Cell, ...]:
    """Cells of planned attributes and of those that the baseline knows; all cells where the plan names neither.

    An attribute that is recorded for the diseased alone is passed over: its levels are one-sided by the way it was
    asked, not by the way the images came together.
    """
    every = tuple(one for one in cells if not one.diseased_alone)
    chosen = tuple(one for one in every if is_planned(one.attribute, (*plan.attributes, *plan.baseline)))
    return chosen or every


def strata_of(cells: Iterable[Cell], level: float) -> dict[str, dict[str, Stratum]]:
    """Patients of each cell and the share of them that have a diseased case."""
    found: dict[str, dict[str, Stratum]] = {}
    for cell in cells:
        sizes = count(cell.group)
        found.setdefault(cell.attribute, {})[cell.level] = Stratum(
            diseased_patients=sizes.diseased_patients,
            healthy_patients=sizes.healthy_patients,
            prevalence=proportion_measure(_diseased(cell.group), cell.group, level),
        )
    return found


def one_sided(strata: Strata, whole: Counts) -> tuple[str, ...]:
    """Strata without healthy or without diseased patients, or nearly: 'site: Kestrel Quay (only diseased)'."""
    named = []
    for attribute, levels in strata.items():
        for level, stratum in levels.items():
            diseased, healthy = stratum.diseased_patients, stratum.healthy_patients
            if diseased is None or healthy is None or len(levels) == 1:
                continue
            if is_one_sided(diseased, healthy, whole):
                words = WORDS[diseased > healthy][min(diseased, healthy) > 0]
                named.append(f"{attribute}: {level} ({words})")
    return tuple(named)


def is_one_sided(diseased: int, healthy: int, whole: Counts) -> bool:
    few = min(diseased, healthy)
    return few == 0 or (few <= ONE_SIDED_FEW * (diseased + healthy) and is_beyond_chance(diseased, healthy, whole))


def is_beyond_chance(diseased: int, healthy: int, whole: Counts) -> bool:
    """So few of one kind are rare where each patient is of it with the study's own share."""
    from scipy.stats import binom

    few, of_kind = (healthy, whole.healthy_patients) if healthy < diseased else (diseased, whole.diseased_patients)
    share = of_kind / (whole.diseased_patients + whole.healthy_patients)
    return bool(binom.cdf(few, diseased + healthy, share) < ONE_SIDED_CHANCE)


def one_sided_share(cells: Iterable[Cell], attributes: Iterable[str], whole: Counts) -> tuple[float, str]:
    """The largest share of cases that lie in one-sided levels of one of the attributes, beyond chance; and which."""
    shares = dict.fromkeys(attributes, 0.0)
    for cell in cells:
        sizes = count(cell.group)
        given = sizes.diseased_patients, sizes.healthy_patients
        if cell.attribute in shares and is_one_sided(*given, whole) and is_beyond_chance(*given, whole):
            shares[cell.attribute] += sizes.cases / whole.cases
    return max(((share, name) for name, share in shares.items()), default=(0.0, ""), key=lambda one: one[0])


def _diseased(group: Sample) -> Tally:
    """One entry a patient of the group: has it a diseased case?"""
    present = np.bincount(group.patient, minlength=group.patients) > 0
    diseased = np.bincount(group.patient[group.label], minlength=group.patients) > 0
    return Tally(hits=diseased.astype(np.float64), cases=present.astype(np.float64), kind="")
