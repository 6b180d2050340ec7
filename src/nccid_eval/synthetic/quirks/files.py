"""Which clinical files a patient has, what is laid over what, and where they contradict one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from nccid_eval.synthetic.cohort import SITES
from nccid_eval.synthetic.draft import ClinicalFile, Draft
from nccid_eval.synthetic.quirks.row import (
    Change,
    Quirk,
    edit,
    full_positive,
    negative,
    positive,
    single_swab,
    with_images,
)


def segmentation_data(draft: Draft, _rng: np.random.Generator) -> Draft:
    """Demographics in a nested object, which counts over the top level."""
    patient = draft.patient
    inner = {
        "Ethnicity": patient.ethnicity,
        "Sex": "0" if patient.sex == "F" else "1",
        "Age": str(int(patient.age_years)),
    }
    return edit(draft, lambda _f: {"OtherDataSources": {"SegmentationData": inner}})


def _beside(other: object) -> Change:
    """OtherDataSources without anything that could be laid over the fields."""

    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return edit(draft, lambda _f: {"OtherDataSources": other})

    return change


def swab_dates_list(draft: Draft, rng: np.random.Generator) -> Draft:
    """The newer form of a negative: a list of swabs."""
    swabs = [{"SwabDate": draft.patient.swab, "SwabStatus": 0}]
    if rng.random() < 0.3:
        swabs.append({"SwabDate": draft.patient.swab + timedelta(days=2), "SwabStatus": 0})
    return edit(draft, lambda _f: {"SwabDates": swabs}, drop=("SwabDate", "SwabStatus"))


def swab_dates_spoilt(draft: Draft, _rng: np.random.Generator) -> Draft:
    """A list of swabs with rows that are none."""
    swabs = [None, "none", {}, {"SwabDate": draft.patient.swab, "SwabStatus": "0"}]
    return edit(draft, lambda _f: {"SwabDates": swabs}, drop=("SwabDate", "SwabStatus"))


def thin_positive(draft: Draft, _rng: np.random.Generator) -> Draft:
    """A positive with nothing but the swab, as one site's uploader wrote them."""
    patient = draft.patient
    fields = {
        "Date of Positive Covid Swab": patient.swab,
        "SpecialFormatTimestamp": f"{patient.swab - timedelta(days=1170):%Y%m%d}-",
        "Pseudonym": patient.pseudonym,
        "SubmittingCentre": patient.site.name,
    }
    return replace(draft, clinical=tuple(replace(file, fields=fields) for file in draft.clinical), cleaned={})


def status_of_positive(draft: Draft, _rng: np.random.Generator) -> Draft:
    """A positive swab in a status file, which is the negatives' form."""
    latest = draft.clinical[-1]
    fields = _status(draft, positive=True)
    status = ClinicalFile(kind="status", uploaded=latest.uploaded, fields=fields)
    return replace(draft, clinical=(status,), cleaned={})


def _contradicts(fields: Mapping[str, Any]) -> Change:
    """A form whose final status and tests disagree: no reference standard."""

    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return replace(edit(draft, lambda _f: fields, drop=("Date of Positive Covid Swab",)), labelled=False)

    return change


def negative_tests(draft: Draft, rng: np.random.Generator) -> Draft:
    """Two negative PCRs and a positive final status, as the FAQ tells of."""
    second = draft.patient.swab + timedelta(days=2)
    fields = {
        "1st RT-PCR result": "0",
        "Date of acquisition of 2nd RT-PCR": second,
        "2nd RT-PCR result": "0",
        "Final COVID Status": "1",
    }
    return _contradicts(fields)(draft, rng)


def older_data_file(draft: Draft, _rng: np.random.Generator) -> Draft:
    """An earlier submission with less in it; the latest counts."""
    latest = draft.clinical[-1]
    known = {k: v for k, v in latest.fields.items() if k not in ("Death", "Date of death", "Final COVID Status")}
    return _with_older(draft, replace(latest, uploaded=latest.uploaded - timedelta(days=20), fields=known))


def status_beside_data(draft: Draft, _rng: np.random.Generator) -> Draft:
    """A negative swab's file from before the positive one."""
    latest = draft.clinical[-1]
    fields = _status(draft, positive=False) | {"SwabDate": draft.patient.swab - timedelta(days=90)}
    return _with_older(
        draft, ClinicalFile(kind="status", uploaded=latest.uploaded - timedelta(days=60), fields=fields)
    )


def older_status_file(draft: Draft, _rng: np.random.Generator) -> Draft:
    latest = draft.clinical[-1]
    return _with_older(draft, replace(latest, uploaded=latest.uploaded - timedelta(days=14)))


def centre_changes(draft: Draft, _rng: np.random.Generator) -> Draft:
    """An older file of another centre: the patient was moved."""
    latest = draft.clinical[-1]
    other = next(site.name for site in SITES if site.name != draft.patient.site.name)
    older = replace(
        latest, uploaded=latest.uploaded - timedelta(days=20), fields={**latest.fields, "SubmittingCentre": other}
    )
    return _with_older(draft, older)


def patient_group(draft: Draft, _rng: np.random.Generator) -> Draft:
    """The record names its part, against the split rule, and the warehouse obeys."""
    other = {"training": "validation", "validation": "training"}[draft.patient.group]
    return replace(edit(draft, lambda _f: {"PatientGroup": other}), group=other)


def no_record(draft: Draft, _rng: np.random.Generator) -> Draft:
    return replace(draft, clinical=())


def no_images(draft: Draft, _rng: np.random.Generator) -> Draft:
    return replace(draft, images=(), series=())


def _spoilt(content: str, *, labelled: bool = False) -> Change:
    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        files = tuple(replace(file, content=content) for file in draft.clinical)
        return replace(draft, clinical=files, labelled=draft.labelled and labelled)

    return change


def other_name(draft: Draft, _rng: np.random.Generator) -> Draft:
    """A file that names another patient than its folder."""
    return replace(edit(draft, lambda _f: {"Pseudonym": "Covid00"}), labelled=False)


def _named(spelt: Callable[[str], str]) -> Change:
    """The pseudonym in the JSON spelt otherwise than in the images."""

    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return edit(draft, lambda _f: {"Pseudonym": spelt(draft.patient.pseudonym)})

    return change


def _status(draft: Draft, *, positive: bool) -> dict[str, Any]:
    return {
        "SwabStatus": int(positive),
        "SwabDate": draft.patient.swab,
        "Pseudonym": draft.patient.pseudonym,
        "SubmittingCentre": draft.patient.site.name,
    }


def _with_older(draft: Draft, older: ClinicalFile) -> Draft:
    return replace(draft, clinical=(older, *draft.clinical))


def _quirk(name: str, what: str, applies: Callable[[Draft], bool], change: Change, probability: float = 0.0) -> Quirk:
    return Quirk(name=name, what=what, probability=probability, applies=applies, change=change)


ROWS = (
    _quirk("segmentation_data", "demographics in SegmentationData", with_images, segmentation_data, 0.05),
    _quirk("swab_dates_list", "SwabDates: a list of swabs", negative, swab_dates_list, 0.15),
    _quirk("thin_positive", "a positive with nothing but the swab", positive, thin_positive, 0.04),
    _quirk("older_data_file", "an earlier data file with less in it", positive, older_data_file, 0.05),
    _quirk("status_beside_data", "a negative swab's file beside the data", positive, status_beside_data, 0.04),
    _quirk("older_status_file", "two status files", negative, older_status_file, 0.04),
    _quirk("no_clinical_record", "images without a clinical record", with_images, no_record, 0.012),
    _quirk("segmentation_null", "SegmentationData: null", with_images, _beside({"SegmentationData": None}), 0.01),
    _quirk("other_sources_text", "OtherDataSources: a text", with_images, _beside("none"), 0.01),
    _quirk("swab_dates_spoilt", "SwabDates with rows that are no swabs", single_swab, swab_dates_spoilt, 0.01),
    _quirk("file_marked", "a byte order mark before the JSON", with_images, _spoilt("marked", labelled=True), 0.01),
    _quirk("pseudonym_case", "the JSON spells the pseudonym in capitals", with_images, _named(str.upper), 0.01),
    _quirk("pseudonym_spaced", "blanks around the JSON's pseudonym", with_images, _named(" {} ".format), 0.01),
    _quirk("centre_changes", "an older file of another centre", full_positive, centre_changes),
    _quirk("status_of_positive", "SwabStatus 1 in a status file", full_positive, status_of_positive),
    _quirk(
        "final_status_negative",
        "a data file with final status 0 and a positive PCR",
        full_positive,
        _contradicts({"Final COVID Status": "0"}),
    ),
    _quirk("negative_tests", "two negative PCRs, final status 1", full_positive, negative_tests),
    _quirk("patient_group", "PatientGroup against the split rule", with_images, patient_group),
    _quirk("no_images", "a clinical record without images", with_images, no_images),
    _quirk("file_empty", "a clinical file of zero bytes", with_images, _spoilt("empty")),
    _quirk("file_cut", "a clinical file that ends in the middle", with_images, _spoilt("cut")),
    _quirk("file_list", "a clinical file that holds a list", with_images, _spoilt("list")),
    _quirk("file_of_another", "a clinical file that names another patient", with_images, other_name),
)
