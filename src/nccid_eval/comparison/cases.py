"""Which cases are compared: the same partition, target and cases for all runs, or it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nccid_eval.comparison.entries import Entry
from nccid_eval.errors import ComparisonError
from nccid_eval.records import Flags, Plan, Predictions, Truth
from nccid_eval.report.technical.standard import counted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SameCases:
    """One truth, each run's predictions in its order, and which cases these are, in words."""

    truth: Truth
    predictions: tuple[Predictions, ...]
    said: str


def refuse_unlike(entries: Sequence[Entry]) -> None:
    """Raises ComparisonError where partitions or targets differ."""
    _same("partition", {one.run_id: one.released.partition_digest or "made elsewhere" for one in entries})
    _same("target", {one.run_id: one.released.target for one in entries})


def same_cases(entries: Sequence[Entry], plan: Plan, *, common: bool) -> SameCases:
    """Raises ComparisonError where cases or their truth differ; `common`: cases may differ."""
    units = counted(entries[0].origin.units)
    shared = set.intersection(*(set(one.truth.case.tolist()) for one in entries))
    if all(len(one.truth.case) == len(shared) for one in entries):
        return _restricted(entries, shared, f"all runs were asked the same {units}")
    asked = ", ".join(f"{one.run_id}: {len(one.truth.case)}" for one in entries)
    if not common or not shared:
        raise ComparisonError(
            f"the runs were not asked the same cases: {len(shared)} in common ({asked})",
            where="indications of use",
            mend="compare runs of the same indications"
            + (", or compare the common cases alone with --common" if shared else ""),
        )
    if is_strict(entries, plan):
        raise ComparisonError(
            "with strict_numerators the common cases cannot be compared: they may hold few errors",
            where="--common",
            mend="compare runs of the same indications",
        )
    _refuse_small_remainders(entries, shared, plan.minimum_patients)
    said = (
        f"the {len(shared)} {units} that all were asked, of more ({asked}); charts and groups are on each run's own"
    )
    return _restricted(entries, shared, said)


def is_strict(entries: Sequence[Entry], plan: Plan) -> bool:
    """Whether the comparison's plan or a run's own suppresses numbers made of few errors."""
    return any(one.strict_numerators for one in (plan, *(entry.released.plan for entry in entries)))


def _same(what: str, given: dict[str, str]) -> None:
    if len(set(given.values())) > 1:
        told = ", ".join(f"{run}: {value[:19]}" for run, value in given.items())
        raise ComparisonError(
            f"the runs are not of one {what}", where=told, mend=f"compare runs of the same {what} alone"
        )


def _restricted(entries: Sequence[Entry], shared: set[str], said: str) -> SameCases:
    """All in ascending order of case, so that the order in which runs are named moves no number."""
    places = [_places(one.truth, shared) for one in entries]
    truths = [_truth(one.truth, at) for one, at in zip(entries, places, strict=True)]
    for entry, truth in zip(entries[1:], truths[1:], strict=True):
        if not (np.array_equal(truths[0].label, truth.label) and np.array_equal(truths[0].patient, truth.patient)):
            raise ComparisonError(
                f"'{entries[0].run_id}' and '{entry.run_id}' have different labels or patients for the same cases",
                where="private/truth.csv",
                mend="score both against one truth",
            )
    answers = (_predictions(one.predictions, at) for one, at in zip(entries, places, strict=True))
    return SameCases(truth=truths[0], predictions=tuple(answers), said=said)


def _places(truth: Truth, shared: set[str]) -> np.ndarray:
    order = np.argsort(truth.case, kind="stable")
    return order[_within(truth, shared)[order]]


def _within(truth: Truth, shared: set[str]) -> Flags:
    return np.array([case in shared for case in truth.case.tolist()], dtype=np.bool_)


def _truth(truth: Truth, at: np.ndarray) -> Truth:
    return Truth(case=truth.case[at], patient=truth.patient[at], label=truth.label[at], attributes={})


def _predictions(given: Predictions, at: np.ndarray) -> Predictions:
    return Predictions(
        case=given.case[at], score=given.score[at], answered=given.answered[at], outcome=given.outcome[at]
    )


def _refuse_small_remainders(entries: Sequence[Entry], shared: set[str], minimum: int) -> None:
    """A run's released numbers less those on the common cases are those of the cases left out: one more cell."""
    for one in entries:
        out = ~_within(one.truth, shared)
        patients = (one.truth.patient[out & one.truth.label], one.truth.patient[out & ~one.truth.label])
        if out.any() and min(len(set(some.tolist())) for some in patients) < minimum:
            raise ComparisonError(
                f"the cases of '{one.run_id}' that are not common are of fewer than {minimum} diseased or {minimum} "
                "healthy patients: their results could be computed from the two reports",
                where="--common",
                mend="compare runs of the same indications",
            )
