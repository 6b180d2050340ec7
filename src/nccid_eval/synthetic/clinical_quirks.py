"""What sites did to clinical files. Each function gives a changed draft; none changes the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from nccid_eval.synthetic.draft import ClinicalFile, Draft

Change = Callable[[Draft, np.random.Generator], Draft]

_ETHNICITY_TEXTS = {
    "A": "White - British",
    "B": "White - Irish",
    "C": "White - Any other White background",
    "F": "Mixed - White and Asian",
    "H": "Asian or Asian British - Indian",
    "J": "Asian or Asian British - Pakistani",
    "K": "Asian or Asian British - Bangladeshi",
    "L": "Asian or Asian British - Any other Asian background",
    "M": "Black or Black British - Caribbean",
    "N": "Black or Black British - African",
    "P": "Black or Black British - Any other Black background",
    "R": "Other Ethnic Groups - Chinese",
    "S": "Other Ethnic Groups - Any other ethnic group",
    "Z": "Not stated",
}


def dates(style: str) -> Change:
    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return replace(draft, clinical=tuple(replace(file, date_style=style) for file in draft.clinical))

    return change


def code_cvcx(draft: Draft, _rng: np.random.Generator) -> Draft:
    """`COVID CODE` as CVCX1."""
    return _edit(draft, lambda f: {k: f"CVCX{v}" for k, v in f.items() if k.startswith("COVID CODE") and v})


def legacy_hypertension(draft: Draft, _rng: np.random.Generator) -> Draft:
    """The old header `PMH h1pertension`, with 1es for yes."""

    def change(fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"PMH h1pertension": "1es" if fields["PMH hypertension"] == "1" else "2"}

    return _edit(draft, change, drop=("PMH hypertension",))


def whole_numbers(draft: Draft, _rng: np.random.Generator) -> Draft:
    """Codes as JSON numbers in place of texts."""
    return _edit(draft, lambda f: {k: int(v) for k, v in f.items() if isinstance(v, str) and v.isdigit()})


def sex_as_letter(draft: Draft, _rng: np.random.Generator) -> Draft:
    return _edit(draft, lambda _f: {"Sex": draft.patient.sex})


def sex_unknown_code(draft: Draft, rng: np.random.Generator) -> Draft:
    """2 and 3 mean nothing in NCCID: the sex is then in the DICOM header alone."""
    code = str(rng.choice(["2", "3"]))
    return _edit(draft, lambda _f: {"Sex": code})


def ethnicity_as_text(draft: Draft, _rng: np.random.Generator) -> Draft:
    return _edit(draft, lambda f: {"Ethnicity": _ETHNICITY_TEXTS[f["Ethnicity"]]})


def segmentation_data(draft: Draft, _rng: np.random.Generator) -> Draft:
    """Demographics in a nested object, which counts over the top level."""
    patient = draft.patient
    inner = {
        "Ethnicity": patient.ethnicity,
        "Sex": "0" if patient.sex == "F" else "1",
        "Age": str(int(patient.age_years)),
    }
    return _edit(draft, lambda _f: {"OtherDataSources": {"SegmentationData": inner}})


def swab_dates_list(draft: Draft, rng: np.random.Generator) -> Draft:
    """The newer form of a negative: a list of swabs."""
    swabs = [{"SwabDate": draft.patient.swab, "SwabStatus": 0}]
    if rng.random() < 0.3:
        swabs.append({"SwabDate": draft.patient.swab + timedelta(days=2), "SwabStatus": 0})
    return _edit(draft, lambda _f: {"SwabDates": swabs}, drop=("SwabDate", "SwabStatus"))


def thin_positive(draft: Draft, _rng: np.random.Generator) -> Draft:
    """A positive with nothing but the swab, as one site's uploader wrote them."""
    patient = draft.patient
    fields = {
        "Date of Positive Covid Swab": patient.swab,
        "SpecialFormatTimestamp": f"{patient.swab - timedelta(days=1170):%Y%m%d}-",
        "Pseudonym": patient.pseudonym,
        "SubmittingCentre": patient.site.name,
    }
    return replace(draft, clinical=tuple(replace(file, fields=fields) for file in draft.clinical))


def older_data_file(draft: Draft, _rng: np.random.Generator) -> Draft:
    """An earlier submission with less in it; the latest counts."""
    latest = draft.clinical[-1]
    known = {k: v for k, v in latest.fields.items() if k not in ("Death", "Date of death", "Final COVID Status")}
    return _with_older(draft, replace(latest, uploaded=latest.uploaded - timedelta(days=20), fields=known))


def status_beside_data(draft: Draft, _rng: np.random.Generator) -> Draft:
    """A negative swab's file from before the positive one."""
    patient, latest = draft.patient, draft.clinical[-1]
    fields = {
        "SwabStatus": 0,
        "SwabDate": patient.swab - timedelta(days=90),
        "Pseudonym": patient.pseudonym,
        "SubmittingCentre": patient.site.name,
    }
    return _with_older(
        draft, ClinicalFile(kind="status", uploaded=latest.uploaded - timedelta(days=60), fields=fields)
    )


def older_status_file(draft: Draft, _rng: np.random.Generator) -> Draft:
    latest = draft.clinical[-1]
    return _with_older(draft, replace(latest, uploaded=latest.uploaded - timedelta(days=14)))


def no_record(draft: Draft, _rng: np.random.Generator) -> Draft:
    return replace(draft, clinical=())


def _with_older(draft: Draft, older: ClinicalFile) -> Draft:
    return replace(draft, clinical=(older, *draft.clinical))


def _edit(
    draft: Draft, change: Callable[[Mapping[str, Any]], Mapping[str, Any]], drop: tuple[str, ...] = ()
) -> Draft:
    def edited(file: ClinicalFile) -> ClinicalFile:
        fields = dict(file.fields) | dict(change(file.fields))
        return replace(file, fields={k: v for k, v in fields.items() if k not in drop})

    return replace(draft, clinical=tuple(edited(file) for file in draft.clinical))
