"""Counting what was left out, so that every box of the flow diagram adds up.

An image has one reason for being out. An exclusion counts all its images, but only those studies and patients of
which it took the last image: so images, studies and patients each add up from the first box to the last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nccid_eval.partition.warehouse import Study
from nccid_eval.records import FlowStep

Reasons = Mapping[str, Counter[Study]]  # reason -> images left out, by study


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """`name` stands on the exclusions, `kept` on the box of what goes on."""

    name: str
    kept: str
    reasons: Reasons


def count_flow(start: str, stages: Sequence[Stage], remaining: Counter[Study]) -> tuple[FlowStep, ...]:
    """The steps from all images to `remaining`, which are the images that no stage left out.

    Stages that left nothing out have no box; the last box bears the last stage's name.
    """
    here = Counter(remaining)
    for stage in stages:
        for left_out in stage.reasons.values():
            here.update(left_out)
    steps = [_box(start, "", here)]
    striking = [stage for stage in stages if stage.reasons]
    for stage in striking:
        steps += [_exclude(stage.name, reason, stage.reasons[reason], here) for reason in sorted(stage.reasons)]
        if stage is not striking[-1]:
            steps.append(_box(stage.kept, "", here))
    steps.append(_box(stages[-1].kept, "", here))
    return tuple(steps)


def tally(entries: Iterable[tuple[str, Study]]) -> dict[str, Counter[Study]]:
    """(reason, study) of each image left out -> images by reason and study."""
    reasons: dict[str, Counter[Study]] = {}
    for reason, study in entries:
        reasons.setdefault(reason, Counter())[study] += 1
    return reasons


def _box(stage: str, reason: str, here: Counter[Study]) -> FlowStep:
    patients = {patient for patient, _ in here}
    return FlowStep(
        stage=stage, reason=reason, kept=True, images=here.total(), studies=len(here), patients=len(patients)
    )


def _exclude(stage: str, reason: str, left_out: Counter[Study], here: Counter[Study]) -> FlowStep:
    before = _box("", "", here)
    here.subtract(left_out)
    for study in left_out:
        if not here[study]:
            del here[study]
    after = _box("", "", here)
    return FlowStep(
        stage=stage,
        reason=reason,
        kept=False,
        images=before.images - after.images,
        studies=before.studies - after.studies,
        patients=before.patients - after.patients,
    )
