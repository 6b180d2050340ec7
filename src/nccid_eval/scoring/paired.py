"""Two index tests on the same cases: differences of AUC, sensitivity and specificity, with intervals and p.

Sources: DeLong, DeLong, Clarke-Pearson 1988 and Obuchowski 1997 (cross products in place of squares); McNemar 1947;
Fisher 1935 (the exact test by exchanging the two tests within a patient); Newcombe 1998 (paired hybrid score, his
method 10); Efron and Tibshirani 1993.
"""

from __future__ import annotations

import math

import numpy as np

from nccid_eval.records import Counts, Estimate, Measure, NotEstimable, Numbers, Plan
from nccid_eval.scoring.auc import Area, area, clustered, interval
from nccid_eval.scoring.differences import FEWEST_FOR_BOOTSTRAP, NOTHING, Limits, Side, combine, logit_p
from nccid_eval.scoring.proportions import Tally, unestimable, wilson
from nccid_eval.scoring.resampling import percentile_interval, ratio
from nccid_eval.scoring.sample import Sample, count
from nccid_eval.scoring.signature import signed
from nccid_eval.scoring.wording import percent


def paired_variance(first: Area, second: Area, sizes: Counts) -> float:
    """Variance of the difference of two areas over the same cases.

    var1 + var2 - 2 cov, cov = I10/(I10-1) ΣX1X2/m² + I01/(I01-1) ΣY1Y2/n² + I/(I-1) Σ(X1Y2 + X2Y1)/(mn): the
    variance's own formula on X1 - X2 and Y1 - Y2, which loses no digits where the two are alike.
    """
    return clustered(first.diseased - second.diseased, first.healthy - second.healthy, sizes)


def paired_auc_difference(first: Sample, second: Sample, level: float) -> Measure:
    """AUC of the first index test less that of the second, on the same cases of one truth.

    Plain interval and z test, as pROC's paired roc.test; the areas themselves have theirs on the logit scale. Where
    the variance says nothing (both order all cases alike, or both stand at an edge) the limits are conservative.
    """
    one, other = area(first), area(second)
    if isinstance(one, NotEstimable):
        return one
    if isinstance(other, NotEstimable):
        return other
    from scipy.stats import norm

    sizes = count(first)
    variance, value = paired_variance(one, other, sizes), one.value - other.value
    method, test, p = "delong" if sizes.patients == sizes.cases else "obuchowski", "z", 1.0
    if variance >= NOTHING:
        half = float(norm.ppf((1 + level) / 2)) * math.sqrt(variance)
        limits, p = (value - half, value + half), 2 * float(norm.sf(abs(value) / math.sqrt(variance)))
        how = f"{'DeLong' if method == 'delong' else 'Obuchowski'}'s paired variance, z test"
    elif abs(value) < NOTHING:
        method, test = "pairs", "none"
        limits, how = _alike(one, level), f"exact bound: none of {one.pairs} disjoint pairs of patients told apart"
    else:
        method, test = "zou-logit", "welch"
        limits, p, how = *_at_the_edges(one, other, sizes, level), "from the two areas' own intervals, Welch t test"
    measure = Estimate(
        value=value,
        low=max(limits[0], -1.0),
        high=min(limits[1], 1.0),
        positives=sizes.positives,
        negatives=sizes.negatives,
        patients=sizes.patients,
        method=f"{percent(level)} interval, {how}",
        p=p,
    )
    return signed(measure, f"paired-auc:{method}/1", level=level, ties="half", clusters="patient", test=test)


def _alike(found: Area, level: float) -> Limits:
    """No pair of patients is ordered differently: k disjoint ones all agree with a chance of (1 - share)^k."""
    bound = 1 - ((1 - level) / 2) ** (1 / found.pairs)
    return -bound, bound


def _at_the_edges(one: Area, other: Area, sizes: Counts, level: float) -> tuple[Limits, float]:
    sides = [
        Side(value=found.value, low=low, high=high)
        for found in (one, other)
        for low, high, _ in [interval(found, level)]
    ]
    freedom = min(sizes.diseased_patients, sizes.healthy_patients) - 1
    return combine(sides[0], sides[1], 0.0), logit_p(one, other, 0.0, [freedom, freedom])


def paired_proportion_difference(first: Tally, second: Tally, replicates: Numbers, plan: Plan) -> Measure:
    """Proportion of the first index test less that of the second, on the same cases.

    p by the exact test of exchanging the two within a patient: McNemar's exact test at one case a patient. Interval:
    Newcombe's paired one at one case a patient, else the patient bootstrap. `replicates` (replicates × 3): hits of
    the first, hits of the second, cases.
    """
    missing = unestimable(first)
    if missing:
        return missing
    limits, how, method, drawn = _limits(first, second, replicates, plan)
    value = first.value - second.value
    test = "McNemar's exact test" if first.is_single else "exact test, tests exchanged within patients"
    measure = Estimate(
        value=value,
        low=max(min(limits[0], value), -1.0),
        high=min(max(limits[1], value), 1.0),
        positives=0 if first.kind == "healthy" else first.total,
        negatives=0 if first.kind == "diseased" else first.total,
        patients=first.patients,
        method=f"{percent(plan.level)} {how}; {test}",
        p=exchange_p(first.hits - second.hits),
    )
    clusters = "none" if first.is_single else "patient"
    return signed(
        measure, f"paired-difference:{method}/1", level=plan.level, clusters=clusters, test="exchange", **drawn
    )


def exchange_p(differences: Numbers) -> float:
    """Two-sided exact p that the two tests can be exchanged within each patient.

    `differences` (patients,): hits of one less hits of the other, whole numbers. Each patient's sign is a coin: the
    chance that the sum lies as far from 0 as the one seen, or farther.
    """
    from scipy.stats import binom

    sizes, numbers = np.unique(np.abs(differences[differences != 0]).astype(np.int64), return_counts=True)
    chances = np.ones(1)  # of each sum, from -reach to reach in steps of 1
    for size, number in zip(sizes.tolist(), numbers.tolist(), strict=True):
        spread = np.zeros(2 * size * number + 1)
        spread[:: 2 * size] = binom.pmf(np.arange(number + 1), number, 0.5)
        chances = np.convolve(chances, spread)
    seen, reach = abs(round(float(differences.sum()))), len(chances) // 2
    return 1.0 if seen == 0 else min(1.0, 2 * float(chances[reach + seen :].sum()))


def _limits(first: Tally, second: Tally, replicates: Numbers, plan: Plan) -> tuple[Limits, str, str, dict[str, int]]:
    """The interval; with it, how in words and in the signature."""
    if first.is_single:
        return _newcombe(first, second, plan.level), "Newcombe's paired interval", "newcombe-10", {}
    if np.array_equal(first.hits, second.hits):
        # a patient of whom no case is answered differently moves nothing: share of the others × their weight
        share = 1 - ((1 - plan.level) / 2) ** (1 / first.patients)
        bound = share * float(first.cases.max()) * first.patients / first.total
        how = f"exact bound: none of {first.patients} patients answered differently"
        return (-bound, bound), how, "patients", {}
    if {first.value, second.value} & {0.0, 1.0} or first.patients < FEWEST_FOR_BOOTSTRAP:
        how = "interval from the two Wilson intervals on effective cases (clustered)"
        return combine(_side(first, plan.level), _side(second, plan.level), 0.0), how, "newcombe-effective", {}
    drawn = ratio(replicates[:, 0], replicates[:, 2]) - ratio(replicates[:, 1], replicates[:, 2])
    how = f"percentile interval, {plan.replicates} patient bootstraps, seed {plan.seed}"
    made = {"replicates": plan.replicates, "seed": plan.seed}
    return percentile_interval(drawn, plan.level), how, "bootstrap", made


def _newcombe(first: Tally, second: Tally, level: float) -> Limits:
    """Method 10: the two Wilson intervals and the correlation of the two calls, pulled towards 0 where positive."""
    n, both = first.total, float(first.hits @ second.hits)
    mine, others = float(first.hits.sum()) - both, float(second.hits.sum()) - both
    neither = n - both - mine - others
    product = both * neither - mine * others
    if product > 0:
        product = max(product - n / 2, 0.0)
    margins = (both + mine) * (others + neither) * (both + others) * (mine + neither)
    return combine(_side(first, level), _side(second, level), product / math.sqrt(margins) if margins else 0.0)


def _side(tally: Tally, level: float) -> Side:
    low, high = wilson(tally, level)
    return Side(value=tally.value, low=low, high=high)
