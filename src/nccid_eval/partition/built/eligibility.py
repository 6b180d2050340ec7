"""What a submission's indications of use cover, and what a partition holds in numbers."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nccid_eval.errors import SubmissionError
from nccid_eval.partition.built.manifest import load_case_table, load_sources
from nccid_eval.partition.built.shown import refuse_unlike, what_is_shown
from nccid_eval.partition.cases.flow import Stage, count_flow
from nccid_eval.partition.warehouse import Study
from nccid_eval.records import CaseTable, FlowStep, Indications, Partition, Truth

_DESCRIBED = ("site", "view", "maker", "modality", "sex", "age_band", "ethnicity")


def eligible(partition: Partition, indications: Indications) -> tuple[CaseTable, tuple[FlowStep, ...]]:
    """The cases that the indications cover, and the flow steps that go on from the partition's own.

    A case of unknown view or age stays, and the last step's reason counts them. Raises SubmissionError for another
    target than the partition's, for another use of age and sex than it shows, and where no case is covered.
    """
    if indications.target != partition.rules.target:
        raise SubmissionError(
            f"the target '{indications.target}' is not what this partition can judge",
            where="submission.toml: [indications] target",
            mend=f"give '{partition.rules.target}', or ask for a partition of the other target",
        )
    refuse_unlike(partition.rules, indications)
    truth = load_case_table(partition.folder)
    exclusion = _exclusions(truth, indications)
    kept = [index for index, reason in enumerate(exclusion) if not reason]
    if not kept:
        raise SubmissionError(
            "the indications of use cover no case of the partition",
            where="submission.toml: [indications]",
            mend="see that modalities, views and min_age_years are what the model is for",
        )
    cases, files = partition.cases.case, partition.cases.files
    table = CaseTable(case=tuple(cases[i] for i in kept), files=tuple(files[i] for i in kept))
    return table, _steps(partition, truth, exclusion)


def describe(partition: Partition) -> dict[str, Any]:
    """A summary in JSON's types: counts of cases by label and attribute, and the flow."""
    truth = load_case_table(partition.folder)
    return {
        "digest": partition.digest,
        "warehouse": partition.warehouse,
        "built_with": partition.built_with,
        "target": partition.rules.target,
        "case": partition.rules.case,
        "unit": partition.rules.unit or partition.rules.case,
        "index": partition.rules.index,
        "aggregation": partition.rules.aggregation,
        "shown": what_is_shown(partition.rules),
        "cases": len(partition.cases.case),
        "images": sum(partition.cases.files),
        "patients": len(set(truth.patient.tolist())),
        "units": len(set((truth.case if truth.unit is None else truth.unit).tolist())),
        "labels": _by_label(truth, np.ones(len(truth.case), dtype=np.bool_)),
        "by": {name: _by_level(truth, name) for name in _DESCRIBED},
        "flow": [
            {
                "stage": step.stage,
                "reason": step.reason,
                "kept": step.kept,
                "images": step.images,
                "studies": step.studies,
                "patients": step.patients,
            }
            for step in partition.flow
        ],
    }


def _exclusions(truth: Truth, indications: Indications) -> list[str]:
    """Why each case is not covered; '' where it is."""
    attributes = truth.attributes
    columns = (attributes["modality"].tolist(), attributes["view"].tolist(), attributes["age"].tolist())
    return [_exclusion(*values, indications) for values in zip(*columns, strict=True)]


def _exclusion(modality: str, view: str, age: str, indications: Indications) -> str:
    # A study's images may differ: all of them have to be covered.
    if not set(modality.split("+")) <= set(indications.modalities):
        return f"modality not covered: {modality}"
    if view and not set(view.split("+")) <= set(indications.views):
        return f"view not covered: {view}"
    if age and float(age) < indications.min_age_years:
        return f"younger than {indications.min_age_years:g} years"
    return ""


def _steps(partition: Partition, truth: Truth, exclusion: list[str]) -> tuple[FlowStep, ...]:
    reason_of = dict(zip(truth.case.tolist(), exclusion, strict=True))
    patient_of = dict(zip(truth.case.tolist(), truth.patient.tolist(), strict=True))
    remaining: Counter[Study] = Counter()
    reasons: dict[str, Counter[Study]] = {}
    for row in load_sources(partition.folder):
        reason = reason_of[row.case]
        counter = reasons.setdefault(reason, Counter()) if reason else remaining
        counter[patient_of[row.case], row.study] += 1
    stage = Stage(name="indications of use", kept="covered by the indications of use", reasons=reasons)
    _, *excluded, kept = count_flow("", [stage], remaining)
    told = ("age",) if partition.rules.case == "series" else ("view", "age")  # volumes have no view
    note = _unknowns(truth, exclusion, told)
    final = FlowStep(
        stage=kept.stage, reason=note, kept=True, images=kept.images, studies=kept.studies, patients=kept.patients
    )
    return (*excluded, final)


def _unknowns(truth: Truth, exclusion: list[str], names: tuple[str, ...]) -> str:
    covered = np.array([not reason for reason in exclusion], dtype=np.bool_)
    unknown = {name: int(((truth.attributes[name] == "") & covered).sum()) for name in names}
    said = [f"{count} of unknown {name}" for name, count in unknown.items() if count]
    return f"cases kept: {', '.join(said)}" if said else ""


def _by_level(truth: Truth, name: str) -> dict[str, dict[str, int]]:
    values = truth.attributes[name]
    return {level: _by_label(truth, values == level) for level in sorted(set(values.tolist()))}


def _by_label(truth: Truth, where: NDArray[np.bool_]) -> dict[str, int]:
    positive = int((truth.label & where).sum())
    return {"positive": positive, "negative": int(where.sum()) - positive}
