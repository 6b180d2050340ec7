"""What was planted: the known truth of a synthetic warehouse, and its JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from nccid_eval.synthetic import cohort
from nccid_eval.synthetic.cohort import PlantedSubgroup

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTruth:
    """`diseased` is None outside the window. `eligible`: a readable frontal chest radiograph that is to be found."""

    path: str  # below the warehouse's root
    kind: str
    view: str
    maker: str
    days_from_swab: int
    diseased: bool | None
    severity: str
    eligible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientTruth:
    pseudonym: str
    site: str
    group: str
    positive: bool
    sex: str
    age_years: float
    ethnicity: str
    conditions: tuple[str, ...]
    quirks: tuple[str, ...]
    images: tuple[ImageTruth, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticTruth:
    seed: int
    version: int
    subgroup: PlantedSubgroup  # its sensitivity is lower
    confounded_site: str  # nearly all its patients are positive, and its maker is its own
    patients: tuple[PatientTruth, ...]


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
