"""What stands in the headers of images, and which images lie among a patient's radiographs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nccid_eval.synthetic.draft import Draft, ImageFile
from nccid_eval.synthetic.quirks.row import (
    Applies,
    Change,
    Quirk,
    change_images,
    change_last,
    full_positive,
    several_images,
    with_images,
)

_OPPOSITE = {"F": "M", "M": "F"}
_IDENTIFYING = {
    "InstitutionName": "Secret Infirmary",
    "InstitutionAddress": "1 Hospital Road",
    "ReferringPhysicianName": "Doe^Jane",
    "OperatorsName": "Roe^Richard",
    "StationName": "XR-ROOM-7",
    "AccessionNumber": "ACC0012345",
    "StudyDescription": "Portable for Dr Doe, ward 7",
    "PatientComments": "NHS 943 476 5919",
    "PatientAddress": "2 Patient Lane",
    "ImageComments": "repeat film, known COVID contact",
    "StudyTime": "101112",
    "DeviceSerialNumber": "SN-4711",
}


def _everywhere(header: Mapping[str, Any], **changes: Any) -> Change:
    """The same elements in every image of the patient."""

    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return change_images(draft, header, **changes)

    return change


def _costly(header: Mapping[str, Any], **changes: Any) -> Change:
    """Elements of the last image that cost it."""

    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return change_last(draft, header, usable=False, **changes)

    return change


def age_without_unit(draft: Draft, _rng: np.random.Generator) -> Draft:
    return change_images(draft, {"PatientAge": str(int(draft.patient.age_years))})


def opposite_sex(draft: Draft, _rng: np.random.Generator) -> Draft:
    return change_images(draft, {"PatientSex": _OPPOSITE[draft.patient.sex]})


def voi_lut(draft: Draft, _rng: np.random.Generator) -> Draft:
    return change_last(draft, voi_lut=True)


def folder_in_capitals(draft: Draft, _rng: np.random.Generator) -> Draft:
    """PatientID, and so the image folders, in capitals, while the record is not."""
    name = draft.patient.pseudonym.upper()
    return replace(change_images(draft, {"PatientID": name, "PatientName": name}), image_folder=name)


def spaced_id(draft: Draft, _rng: np.random.Generator) -> Draft:
    return change_images(draft, {"PatientID": f" {draft.patient.pseudonym} "})


def study_date_alone(draft: Draft, _rng: np.random.Generator) -> Draft:
    return _without(draft, "AcquisitionDate")


def acquisition_date_alone(draft: Draft, _rng: np.random.Generator) -> Draft:
    """StudyDate gone; the dates that de-identification moved stay, and are not to be used."""
    images = tuple(
        replace(file, header={**file.header, "AcquisitionDate": file.header["StudyDate"]}) for file in draft.images
    )
    return _without(replace(draft, images=images), "StudyDate")


def no_true_date(draft: Draft, _rng: np.random.Generator) -> Draft:
    """Neither AcquisitionDate nor StudyDate, and the moved ones the swab's own day: a trap."""
    swab = f"{draft.patient.swab:%Y%m%d}"
    moved = dict.fromkeys(("SeriesDate", "ContentDate", "InstanceCreationDate"), swab)
    return _without(change_images(draft, moved, usable=False), "AcquisitionDate", "StudyDate")


def other_patient(draft: Draft, _rng: np.random.Generator) -> Draft:
    return change_last(draft, {"PatientID": "Covid00"}, usable=False)


def free_text_view(draft: Draft, _rng: np.random.Generator) -> Draft:
    """The view in words that hold the other view's letters: PAED holds PA, LANDSCAPE holds AP."""
    words = {"AP": "AP Paed Fuji", "PA": "PA Landscape"}
    images = tuple(
        replace(file, header={**file.header, "ViewPosition": "", "SeriesDescription": words.get(file.plan.view, "")})
        for file in draft.images
    )
    return replace(draft, images=images)


def lateral(draft: Draft, rng: np.random.Generator) -> Draft:
    text = str(rng.choice(["Chest LAT", "LATERAL", "W Chest Lat"]))
    return _other_kind(draft, "lateral", {"ViewPosition": str(rng.choice(["LL", ""])), "SeriesDescription": text})


def decubitus(draft: Draft, _rng: np.random.Generator) -> Draft:
    return _other_kind(draft, "lateral", {"ViewPosition": "", "SeriesDescription": "Lateral Decub"})


def abdomen(draft: Draft, rng: np.random.Generator) -> Draft:
    text = str(rng.choice(["T Abdomen Supine", "ADDOMEN, AP", "RENAL"]))
    part = str(rng.choice(["ABDOMEN", ""]))
    return _other_kind(draft, "abdomen", {"SeriesDescription": text, "BodyPartExamined": part, "ViewPosition": "AP"})


def secondary_capture(draft: Draft, _rng: np.random.Generator) -> Draft:
    """A saved screen: its Modality routes it to unknown/, though a radiograph is on it."""
    changed = {"Modality": "OT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "SeriesDescription": "SAVED IMAGES"}
    return change_last(draft, changed, folder="unknown")


def ultrasound(draft: Draft, _rng: np.random.Generator) -> Draft:
    return change_last(draft, {"Modality": "US", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.6.1"}, folder="unknown")


def _without(draft: Draft, *keywords: str) -> Draft:
    def kept(file: ImageFile) -> ImageFile:
        return replace(file, header={key: value for key, value in file.header.items() if key not in keywords})

    return replace(draft, images=tuple(kept(file) for file in draft.images))


def _other_kind(draft: Draft, kind: str, changed: Mapping[str, Any]) -> Draft:
    plan = replace(draft.images[-1].plan, kind=kind, view="LL" if kind == "lateral" else "AP")
    return change_last(draft, changed, plan=plan)


def _quirk(name: str, what: str, change: Change, probability: float = 0.0, applies: Applies = with_images) -> Quirk:
    return Quirk(name=name, what=what, probability=probability, applies=applies, change=change)


ROWS = (
    _quirk("blank_view_position", "nothing in ViewPosition", _everywhere({"ViewPosition": ""}), 0.10),
    _quirk("missing_age", "no PatientAge", _everywhere({"PatientAge": ""}), 0.03),
    _quirk("age_without_unit", "PatientAge: 81", age_without_unit, 0.03),
    _quirk("private_binary", "a private binary element", _everywhere({}, private_binary=True), 0.05),
    _quirk("voi_lut", "a display LUT", voi_lut, 0.03),
    _quirk("lateral", "a lateral among the radiographs", lateral, 0.045, several_images),
    _quirk("abdomen", "an abdomen among the radiographs", abdomen, 0.045, several_images),
    _quirk("secondary_capture", "a saved screen in unknown/", secondary_capture, 0.045, several_images),
    _quirk("decubitus", "Lateral Decub", decubitus, 0.0, several_images),
    _quirk("ultrasound", "an ultrasound image in unknown/", ultrasound, 0.0, several_images),
    _quirk("view_free_text", "AP Paed Fuji, PA Landscape", free_text_view),
    _quirk("missing_sex", "no PatientSex", _everywhere({"PatientSex": ""}), 0.0, full_positive),
    _quirk("sex_conflict", "PatientSex against the record", opposite_sex, 0.0, full_positive),
    _quirk("missing_maker", "no Manufacturer", _everywhere({"Manufacturer": ""})),
    _quirk("identifying_text", "names, addresses and times in the header", _everywhere(_IDENTIFYING)),
    _quirk("private_text", "a name in a private element", _everywhere({}, private_text=True)),
    _quirk("images_in_capitals", "image folders and PatientID in capitals", folder_in_capitals),
    _quirk("patient_id_spaced", "blanks around PatientID", spaced_id),
    _quirk("study_date_alone", "no AcquisitionDate", study_date_alone),
    _quirk("acquisition_date_alone", "no StudyDate", acquisition_date_alone),
    _quirk("no_true_date", "neither date, and the moved ones near the swab", no_true_date),
    _quirk("other_patient", "PatientID of another patient", other_patient),
    _quirk("window_broken", "a window of no width", _everywhere({"WindowCenter": "0", "WindowWidth": "0"})),
    _quirk("window_not_finite", "a window of NaN", _everywhere({"WindowCenter": "nan", "WindowWidth": "inf"})),
    _quirk("slope_zero", "RescaleSlope: 0", _costly({"RescaleSlope": "0", "RescaleIntercept": "0"})),
    _quirk("slope_not_finite", "RescaleSlope: nan", _costly({"RescaleSlope": "nan", "RescaleIntercept": "0"})),
    _quirk("wrong_modality", "a US image in xray/", _costly({"Modality": "US"})),
)
