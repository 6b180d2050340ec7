"""Sensitivity, specificity and AUC over sites: their mean, how far sites differ, where a new site would lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nccid_eval.records import BetweenSites, Estimate, NotEstimable, Plan
from nccid_eval.scoring.auc import area
from nccid_eval.scoring.cells import Cell
from nccid_eval.scoring.differences import off_the_edge
from nccid_eval.scoring.proportions import Tally, effective_cases, unestimable
from nccid_eval.scoring.random_effects import Summary, summarise
from nccid_eval.scoring.sample import count
from nccid_eval.scoring.signature import signed
from nccid_eval.scoring.wording import percent

FEWEST_SITES = 3  # two say nothing of the spread between sites
Point = tuple[float, float]  # logit and its variance
SCALE = "random effects on the logit scale, Paule-Mandel variance, Knapp-Hartung t interval"


def between_sites(sites: Sequence[Cell], plan: Plan) -> dict[str, BetweenSites | NotEstimable]:
    """A summary a measure over the sites that may be shown; each must have the measure."""
    points: dict[str, Callable[[Cell], Point | None]] = {
        "sensitivity": lambda site: _of_share(site.diseased),
        "specificity": lambda site: None if site.diseased_alone else _of_share(site.healthy),
        "auc": _of_area,
    }
    return {name: _summary(name, sites, made, plan) for name, made in points.items()}


def _summary(
    name: str, sites: Sequence[Cell], made: Callable[[Cell], Point | None], plan: Plan
) -> BetweenSites | NotEstimable:
    found = [(site, point) for site in sites for point in [made(site)] if point is not None]
    if len(found) < FEWEST_SITES:
        return NotEstimable(reason=f"fewer than {FEWEST_SITES} levels of '{plan.site}' can be shown")
    points = np.array([point for _, point in found])
    summary = summarise(points[:, 0], points[:, 1])
    low, high = _back(summary, summary.half_width(plan.level, predicted=True))
    return BetweenSites(
        mean=_mean(name, summary, [site for site, _ in found], plan),
        prediction_low=low,
        prediction_high=high,
        tau=summary.tau,
        i_squared=summary.i_squared,
        sites=summary.sites,
        method=f"{SCALE}; {percent(plan.level)} prediction interval, t with {summary.sites - 1} degrees of freedom",
    )


def _mean(name: str, summary: Summary, sites: Sequence[Cell], plan: Plan) -> Estimate:
    """Counts are sums over the sites: a patient of two sites counts in both."""
    low, high = _back(summary, summary.half_width(plan.level))
    sizes = [count(site.group) for site in sites]
    used = {"sensitivity": (1, 0), "specificity": (0, 1), "auc": (1, 1)}[name]
    patients = {"sensitivity": "diseased_patients", "specificity": "healthy_patients", "auc": "patients"}[name]
    estimate = Estimate(
        value=_expit(summary.mean),
        low=low,
        high=high,
        positives=used[0] * sum(one.positives for one in sizes),
        negatives=used[1] * sum(one.negatives for one in sizes),
        patients=sum(int(getattr(one, patients)) for one in sizes),
        method=f"{percent(plan.level)} interval; {SCALE}",
    )
    return signed(estimate, "between-sites:paule-mandel-knapp-hartung/1", level=plan.level, sites=summary.sites)


def _of_share(tally: Tally) -> Point | None:
    """Logit of a proportion on its effective cases; half a case is added to both sides where one is empty."""
    if unestimable(tally):
        return None
    cases = effective_cases(tally)
    hits = tally.value * cases
    if tally.value in (0.0, 1.0):
        hits, cases = hits + 0.5, cases + 1
    return float(np.log(hits / (cases - hits))), 1 / hits + 1 / (cases - hits)


def _of_area(site: Cell) -> Point | None:
    found = area(site.group)
    if isinstance(found, NotEstimable) or site.diseased_alone:
        return None
    value, variance = off_the_edge(found)
    spread = value * (1 - value)
    return float(np.log(value / (1 - value))), variance / spread**2


def _back(summary: Summary, half: float) -> Point:
    return _expit(summary.mean - half), _expit(summary.mean + half)


def _expit(value: float) -> float:
    from scipy.special import expit

    return float(expit(value))
