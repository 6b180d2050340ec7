"""What was planted: the known truth of a synthetic warehouse, and its JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nccid_eval.synthetic import cohort
from nccid_eval.synthetic.cohort import PlantedSubgroup
from nccid_eval.synthetic.draft import Draft, ImageFile, SeriesFile

VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTruth:
    """`diseased` is None outside the window. `eligible`: a readable frontal chest radiograph that is to be found."""

    path: str  # below the warehouse's root
    kind: str
    view: str
    maker: str
    day: str  # ISO, of the acquisition
    days_from_swab: int
    diseased: bool | None
    severity: str
    eligible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesTruth:
    """`stack` names the slices' files from the feet up, `beside` the files that lie there and are none of them."""

    folder: str
    modality: str
    maker: str
    day: str
    days_from_swab: int
    diseased: bool | None
    severity: str
    eligible: bool
    stack: tuple[str, ...]
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesTruth:
    """ISO days; None where it did not happen. What the form says of it is another matter: see the quirks."""

    icu_admission: str | None
    intubation: str | None
    death: str | None
    last_known_alive: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientTruth:
    """`group` is where the files lie. `outcomes` is None for negatives, of whom nothing is told.

    `cleaned` says by header what struck cells mean, None for nothing.
    """

    pseudonym: str
    site: str
    group: str
    positive: bool
    sex: str
    age_years: float
    ethnicity: str
    conditions: tuple[str, ...]
    swab: str  # ISO
    quirks: tuple[str, ...]
    cleaned: Mapping[str, str | float | None]
    outcomes: OutcomesTruth | None
    images: tuple[ImageTruth, ...]
    series: tuple[SeriesTruth, ...]
    planted_beside: str = ""  # the pseudonym of the patient whose images these are, for one that a leak planted


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticTruth:
    seed: int
    version: int
    subgroup: PlantedSubgroup  # its sensitivity is lower
    confounded_site: str  # nearly all its patients are positive, and its maker is its own
    patients: tuple[PatientTruth, ...]


def truth_of(draft: Draft) -> PatientTruth:
    patient = draft.patient
    return PatientTruth(
        pseudonym=patient.pseudonym,
        site=patient.site.name,
        group=draft.part,
        positive=patient.positive,
        sex=patient.sex,
        age_years=patient.age_years,
        ethnicity=patient.ethnicity,
        conditions=patient.conditions,
        swab=patient.swab.isoformat(),
        quirks=draft.quirks,
        cleaned=draft.cleaned,
        outcomes=_outcomes_truth(draft),
        images=tuple(_image_truth(draft, file) for file in draft.images),
        series=tuple(_series_truth(draft, file) for file in draft.series),
        planted_beside=draft.planted_beside,
    )


def image_path(draft: Draft, file: ImageFile, beside: str = "") -> str:
    """Where an image lies below its part."""
    plan = file.plan
    place = "" if file.misplaced else f"/{plan.study_uid}/{file.series_uid}"
    return f"{file.folder}{beside}/{draft.owner}{place}/{plan.sop_uid}{file.suffix}"


def series_folder(draft: Draft, series: SeriesFile, beside: str = "") -> str:
    return f"{series.folder}{beside}/{draft.owner}/{series.plan.study_uid}/{series.series_uid}"


def truth_text(truth: SyntheticTruth) -> str:
    """`synthetic-truth.json`."""
    content: dict[str, Any] = {
        "seed": truth.seed,
        "version": truth.version,
        "window": {
            "positive_days_before": cohort.POSITIVE_DAYS_BEFORE,
            "positive_days_after": cohort.POSITIVE_DAYS_AFTER,
            "negative_days": cohort.NEGATIVE_DAYS,
        },
        "planted": {"subgroup": asdict(truth.subgroup), "confounded_site": truth.confounded_site},
        "sites": [asdict(site) for site in cohort.SITES],
        "patients": [asdict(patient) for patient in truth.patients],
    }
    return json.dumps(content, indent=1) + "\n"


def _image_truth(draft: Draft, file: ImageFile) -> ImageTruth:
    plan = file.plan
    whole = _is_sound(file) and _is_first_copy(draft, file)
    return ImageTruth(
        path=f"{draft.part}/{image_path(draft, file)}",
        kind=plan.kind,
        view=plan.view,
        maker=plan.maker,
        day=plan.day.isoformat(),
        days_from_swab=plan.days_from_swab,
        diseased=plan.diseased,
        severity=plan.severity,
        eligible=whole and plan.diseased is not None and _has_standard(draft),
    )


def _is_sound(file: ImageFile) -> bool:
    return file.usable and file.folder == "xray" and file.plan.kind == "chest"


def _is_first_copy(draft: Draft, file: ImageFile) -> bool:
    """Of the files with one picture the first in path order counts; a re-encoded one is another picture."""
    same = (file.plan.number, file.encoding.recoded)
    copies = [one for one in draft.images if _is_sound(one) and (one.plan.number, one.encoding.recoded) == same]
    paths = sorted((image_path(draft, one) for one in copies), key=lambda path: path.split("/"))
    return image_path(draft, file) == paths[0]


def _series_truth(draft: Draft, file: SeriesFile) -> SeriesTruth:
    plan = file.plan
    stack = sorted((one for one in file.slices if one.stacked), key=lambda one: one.plane)
    return SeriesTruth(
        folder=f"{draft.part}/{series_folder(draft, file)}",
        modality=plan.modality,
        maker=plan.maker,
        day=plan.day.isoformat(),
        days_from_swab=plan.days_from_swab,
        diseased=plan.diseased,
        severity=plan.severity,
        eligible=file.usable and plan.diseased is not None and _has_standard(draft),
        stack=tuple(f"{one.sop_uid}.dcm" for one in stack),
        beside=tuple(f"{one.sop_uid}.dcm" for one in file.slices if not one.stacked),
    )


def _has_standard(draft: Draft) -> bool:
    return bool(draft.clinical) and draft.labelled


def _outcomes_truth(draft: Draft) -> OutcomesTruth | None:
    known = draft.outcomes
    if known is None:
        return None
    days = (known.icu_admission, known.intubation, known.death)
    icu, tube, death = (day.isoformat() if day else None for day in days)
    return OutcomesTruth(
        icu_admission=icu, intubation=tube, death=death, last_known_alive=known.last_known_alive.isoformat()
    )
