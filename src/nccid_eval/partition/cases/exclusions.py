"""What was left out, as it is told: in the flow, in warnings, and as an error where nothing may be left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from nccid_eval.errors import NoClinicalRecord, UnreadableImage, WarehouseError
from nccid_eval.partition.cases.flow import Stage, count_flow, tally
from nccid_eval.partition.cases.selection import Candidate, LeftOut
from nccid_eval.partition.clinical import Cohort
from nccid_eval.partition.dicom.kinds import SLICED
from nccid_eval.partition.warehouse import FOLDERS, Layout
from nccid_eval.records import FlowStep

_UNREADABLE = ("file", "pixels", "decoding")
_STAGES = (  # key, name on the exclusions, box of what goes on
    ("folder", "folder", "images in {folders}"),
    ("file", "file", "DICOM files that can be read"),
    ("modality", "modality", "{kind}"),
    ("view", "view and body part", "{chest}"),
    ("pixels", "pixel description", "sound pixel descriptions"),
    ("series", "series", "slices of whole series"),
    ("clinical", "clinical record", "with a clinical record"),
    ("standard", "reference standard", "with a reference standard"),
    ("decoding", "decoding", "decoded"),
    ("duplicates", "duplicates", "without copies"),
    ("cases", "cases", "of cases with one label"),
    ("index", "index study", "images of the cases"),
)
FAULTS = ("file", "pixel description", "decoding", "clinical record")  # as the flow names what --strict forbids


def flow_of(
    layout: Layout, left_out: Sequence[LeftOut], kept: Sequence[Candidate], modalities: Sequence[str]
) -> tuple[FlowStep, ...]:
    sliced = set(modalities) <= set(SLICED)
    words = {
        "folders": " or ".join(f"{one}/" for one in sorted({FOLDERS[modality] for modality in modalities})),
        "kind": "slices" if sliced else "radiographs",
        "chest": "chest slices" if sliced else "frontal chest radiographs",
    }
    stages = []
    for key, name, box in _STAGES:
        reasons = tally((one.reason, one.source.where) for one in left_out if one.stage == key)
        if key == "folder":
            reasons = {f"in {folder}/": here for folder, here in layout.elsewhere.items() if here}
        stages.append(Stage(name=name, kept=box.format(**words), reasons=reasons))
    return count_flow("images in validation/", stages, Counter(image.source.where for image in kept))


def be_strict(left_out: Sequence[LeftOut], strict: bool) -> None:
    for one in left_out:
        if strict and one.stage in _UNREADABLE:
            raise UnreadableImage(
                f"an image cannot be used: {one.reason}",
                where=one.source.name,
                mend="mend or remove the file, or build without --strict to leave it out",
            )
        if strict and one.stage == "clinical":
            raise NoClinicalRecord(
                "a patient has images and no clinical record",
                where=one.source.name,
                mend="add the patient's file under data/, or build without --strict to leave the images out",
            )


def warn_of(left_out: Sequence[LeftOut], cohort: Cohort, warn: Callable[[str], None]) -> None:
    """A line for each reason that speaks of a fault in the data; the reference standard's reasons are no faults."""
    faults = [(one.reason, one.source.name) for one in left_out if one.stage in (*_UNREADABLE, "clinical")]
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for reason, name in [*faults, *cohort.problems]:
        first.setdefault(reason, name)
        counts[reason] += 1
    for reason, name in first.items():
        warn(f"{reason}: {counts[reason]}, first {name}")


def no_case(warehouse: str | Path, left_out: Sequence[LeftOut]) -> WarehouseError:
    common = Counter(one.reason for one in left_out).most_common(3)
    reasons = "; ".join(f"{reason} ({count})" for reason, count in common)
    mend = f"see why they were left out: {reasons}"
    return WarehouseError("no image became a case", where=str(warehouse), mend=mend)
