"""The cases of one analysis in ascending order of score: sorted once, subset by mask, never sorted again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nccid_eval.errors import PredictionsError
from nccid_eval.records import Counts, Flags, Numbers, Outcome, Predictions, Truth

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Arrays of one entry a case, ascending by score. `patient` holds codes from 0 to `patients` - 1.

    The codes stay those of the whole study in each subset, so that per-patient sums of two subsets line up.
    """

    score: Numbers
    label: Flags
    called: Flags  # called positive; means nothing where the case failed
    right: Flags  # the call agrees with the label; never where the case failed
    failed: Flags
    patient: Indices
    patients: int
    source: Indices  # the place of each case in the truth


def scored_cases(predictions: Predictions, truth: Truth) -> tuple[Predictions, Truth]:
    """Check the order, and leave out what failed on our side: it says nothing about the model."""
    if not np.array_equal(predictions.case, truth.case):
        raise PredictionsError(
            "predictions and truth do not name the same cases in the same order", mend="align the predictions first"
        )
    ours = [one.value for one in Outcome if not one.is_vendors]
    keep: Flags = ~np.isin(predictions.outcome, ours)
    if not keep.any():
        raise PredictionsError("there is no case to score", mend="resume the run, or give a truth with cases")
    return (
        Predictions(
            case=predictions.case[keep],
            score=predictions.score[keep],
            answered=predictions.answered[keep],
            outcome=predictions.outcome[keep],
        ),
        Truth(
            case=truth.case[keep],
            patient=truth.patient[keep],
            label=truth.label[keep],
            attributes={name: values[keep] for name, values in truth.attributes.items()},
            unit=None if truth.unit is None else truth.unit[keep],
        ),
    )


def intention_to_diagnose(predictions: Predictions, truth: Truth, threshold: float) -> Sample:
    """A failure is wrong: failed diseased cases stand below all others, failed healthy ones above.

    A case is called positive when its score is at or above the threshold.
    """
    wrong_end = np.where(truth.label, -np.inf, np.inf)
    ranked = np.where(predictions.answered, predictions.score, wrong_end)
    called = np.where(predictions.answered, predictions.score >= threshold, ~truth.label)
    return _sorted(ranked, called, truth, ~predictions.answered)


def failures_called(predictions: Predictions, truth: Truth, threshold: float, *, positive: bool) -> Sample:
    """Failures as if the index test had called them all positive (above all others), or all negative (below)."""
    ranked = np.where(predictions.answered, predictions.score, np.inf if positive else -np.inf)
    called = np.where(predictions.answered, predictions.score >= threshold, positive)
    return _sorted(ranked, called, truth, np.zeros(len(truth.case), dtype=np.bool_))


def subset(sample: Sample, keep: Flags) -> Sample:
    """The cases where `keep` is true, in the same order, with the same patient codes."""
    return Sample(
        score=sample.score[keep],
        label=sample.label[keep],
        called=sample.called[keep],
        right=sample.right[keep],
        failed=sample.failed[keep],
        patient=sample.patient[keep],
        patients=sample.patients,
        source=sample.source[keep],
    )


def count(sample: Sample) -> Counts:
    """Cases and patients; a patient with both kinds of case counts as diseased and as healthy."""
    positives = int(sample.label.sum())
    return Counts(
        cases=len(sample.label),
        positives=positives,
        negatives=len(sample.label) - positives,
        patients=distinct(sample.patient),
        diseased_patients=distinct(sample.patient[sample.label]),
        healthy_patients=distinct(sample.patient[~sample.label]),
        failures=int(sample.failed.sum()),
    )


def distinct(patient: Indices) -> int:
    return int(np.count_nonzero(np.bincount(patient)))


def _sorted(ranked: Numbers, called: Flags, truth: Truth, failed: Flags) -> Sample:
    order = np.argsort(ranked, kind="stable")
    names, codes = np.unique(truth.patient, return_inverse=True)
    right = (called == truth.label) & ~failed
    return Sample(
        score=ranked[order],
        label=truth.label[order],
        called=called[order],
        right=right[order],
        failed=failed[order],
        patient=codes[order],
        patients=len(names),
        source=order,
    )
