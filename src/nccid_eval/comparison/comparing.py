"""Entries -> Comparison: each run's measures, every pair's differences, ranks, and a new version's verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from nccid_eval import scoring
from nccid_eval.comparison.cases import is_strict, refuse_unlike, same_cases
from nccid_eval.comparison.entries import Entry
from nccid_eval.comparison.versions import Unsaid, non_inferiority
from nccid_eval.comparison.withheld import released_measures, withheld_differences
from nccid_eval.errors import ComparisonError
from nccid_eval.records import (
    ComparedRun,
    Comparison,
    Estimate,
    Measure,
    NotEstimable,
    PairedDifference,
    Plan,
    Predictions,
    Rank,
)
from nccid_eval.scoring import Sample

Ranks = Sequence[Rank | NotEstimable]
Names = tuple[str, str]
LIBRARIES = ("nccid-eval", "numpy", "scipy", "statsmodels")


def compare(
    entries: Sequence[Entry], *, plan: Plan | None = None, predecessor: str = "", common: bool = False
) -> Comparison:
    """Two or more runs on the same cases, each at its own declared threshold, failures counted as wrong.

    `plan` is that of the runs where it is None. `predecessor` is a run's id, or empty. Raises ComparisonError where
    the runs are not of one partition, target or plan; or not of the same cases, unless `common` asks for those that
    all were asked.
    """
    _refuse_duplicates(entries, predecessor)
    refuse_unlike(entries)
    plan = plan or _shared_plan(entries)
    same = same_cases(entries, plan, common=common)
    samples = [
        scoring.intention_to_diagnose(answers, same.truth, entry.released.threshold)
        for answers, entry in zip(same.predictions, entries, strict=True)
    ]
    full = [scoring.headline(sample, plan) for sample in samples]
    measures = [released_measures(*given) for given in zip(entries, full, strict=True)]
    runs = [_run(*given) for given in zip(entries, measures, _ranks(samples, full, plan), strict=True)]
    order = sorted(range(len(runs)), key=lambda at: _place(runs[at]))
    found = scoring.paired_differences([samples[at] for at in order], plan)
    gone = withheld_differences(
        [measures[at] for at in order],
        [samples[at] for at in order],
        same.truth,
        list(found),
        strict=is_strict(entries, plan),
        minimum=plan.minimum_patients,
    )
    names = [entries[at].run_id for at in order]
    pairs = {(names[i], names[j]): differences for (i, j), differences in found.items()}
    unsaid = {(names[i], names[j], name): reason for ((i, j), name), reason in gone.items()}
    made = Comparison(
        target=entries[0].released.target,
        partition_digest=entries[0].released.partition_digest,
        plan=plan,
        cases=same.said,
        counts=replace(scoring.count(samples[0]), failures=_failed_by_any(entries, same.predictions)),
        runs=tuple(runs[at] for at in order),
        differences=_adjusted(pairs, unsaid),
        non_inferiority=non_inferiority(pairs, predecessor, plan.margins, unsaid) if predecessor else (),
        rank_method=f"by AUC; interval from {plan.replicates} patient bootstraps, seed {plan.seed}",
        versions={name: version(name) for name in LIBRARIES},
        units=entries[0].origin.units,
    )
    return scoring.steady(made)


def _failed_by_any(entries: Sequence[Entry], answers: Sequence[Predictions]) -> int | None:
    """None where a run's release does not tell how many failed."""
    if any(one.released.counts.failures is None for one in entries):
        return None
    return int((~np.logical_and.reduce([one.answered for one in answers])).sum())


def _refuse_duplicates(entries: Sequence[Entry], predecessor: str) -> None:
    names = [one.run_id for one in entries]
    if len(names) < 2 or len(set(names)) < len(names):
        raise ComparisonError(
            "two or more different runs are wanted",
            where=", ".join(names),
            mend="name each run once; a comparison of two scorings needs two folders of different names",
        )
    if predecessor and predecessor not in names:
        raise ComparisonError(f"the predecessor '{predecessor}' is not among the runs", mend="name it as a run too")


def _shared_plan(entries: Sequence[Entry]) -> Plan:
    plans = {one.released.plan.digest: one.released.plan for one in entries}
    if len(plans) > 1:
        raise ComparisonError(
            "the runs were scored by different plans",
            where=", ".join(f"{one.run_id}: {one.released.plan.digest[:19]}" for one in entries),
            mend="say with --plan by which one to compare, or score them again by one plan",
        )
    return next(iter(plans.values()))


def _run(entry: Entry, measures: dict[str, Measure], rank: Rank | NotEstimable) -> ComparedRun:
    card, whence = entry.released, entry.origin
    return ComparedRun(
        run_id=whence.run_id,
        vendor=whence.vendor,
        model=whence.model,
        version=whence.version,
        threshold=card.threshold,
        cases=len(entry.truth.case),
        measures=measures,
        rank=rank,
        roc=card.roc,
        by_group=card.by_group,
        gate=card.gate,
        failed=card.counts.failures,
        failures=card.failures,
        conclusion=card.conclusion,
        alarm=card.audit.alarm if card.audit else "",
        plan_digest=card.plan.digest,
        tested=whence.tested,
    )


def _place(run: ComparedRun) -> tuple[float, str]:
    auc = run.measures["auc"]
    return (-auc.value if isinstance(auc, Estimate) else 0.0, run.run_id)


def _ranks(samples: Sequence[Sample], measures: Sequence[dict[str, Measure]], plan: Plan) -> Ranks:
    areas = [one["auc"] for one in measures]
    values = [one.value for one in areas if isinstance(one, Estimate)]
    if len(values) < len(areas):
        return [
            one if isinstance(one, NotEstimable) else NotEstimable(reason="no rank among others") for one in areas
        ]
    return scoring.rank_intervals(samples, values, plan)


def _adjusted(pairs: Mapping[Names, Mapping[str, Measure]], unsaid: Unsaid) -> tuple[PairedDifference, ...]:
    """Every pair and measure that may be told is one family (Holm 1979)."""
    found = {
        (*pair, name): unsaid.get((*pair, name), one)
        for pair, differences in pairs.items()
        for name, one in differences.items()
    }
    tests = {place: one.p for place, one in found.items() if isinstance(one, Estimate) and one.p is not None}
    adjusted = dict(zip(tests, scoring.holm(list(tests.values())), strict=True))
    return tuple(
        PairedDifference(
            first=place[0],
            second=place[1],
            measure=place[2],
            difference=replace(one, p_adjusted=adjusted.get(place)) if isinstance(one, Estimate) else one,
        )
        for place, one in found.items()
    )
