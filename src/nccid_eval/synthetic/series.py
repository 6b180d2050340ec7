"""CT and MR series: who has one, what its headers say, and its files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np

from nccid_eval.synthetic import cohort
from nccid_eval.synthetic.dicom import as_dataset, describe_pixels, metadata_text, whole_file
from nccid_eval.synthetic.draft import SeriesFile, SeriesPlan, SliceFile
from nccid_eval.synthetic.looks import LOOKS
from nccid_eval.synthetic.sampling import PatientPlan, in_window, new_uid
from nccid_eval.synthetic.volumes import draw_volume, picture_of, stored_values

LARGEST = 64  # rows and columns
_WIDTH_MM, _SPACING_MM = 320.0, 12.0
_SOP_CLASSES = {"CT": "1.2.840.10008.5.1.4.1.1.2", "MR": "1.2.840.10008.5.1.4.1.1.4"}
_NAMES = {"CT": ("CT Thorax", "Lung B30f"), "MR": ("MR Chest", "T2 HASTE ax")}


def draft_series(patient: PatientPlan, modality: str, rng: np.random.Generator) -> SeriesFile:
    """The one series that a patient without quirks has of a modality."""
    offset = int(rng.integers(-5, 22)) if patient.positive else int(rng.integers(-20, 20))
    diseased = in_window(patient.positive, offset)
    worst = max((cohort.SEVERITIES.index(image.severity) for image in patient.images), default=0)
    planted = cohort.PLANTED_SUBGROUP
    plan = SeriesPlan(
        number={"CT": 100, "MR": 200}[modality],
        modality=modality,
        study_uid=new_uid(rng),
        frame_uid=new_uid(rng),
        day=patient.swab + timedelta(days=offset),
        days_from_swab=offset,
        maker=patient.site.makers[int(rng.integers(len(patient.site.makers)))],
        diseased=diseased,
        severity=cohort.SEVERITIES[max(worst, 1)] if diseased else "none",
        lesion_contrast=planted.lesion_contrast if patient.sex == planted.level else 1.0,
    )
    slices = tuple(_slice(place, new_uid(rng)) for place in range(int(rng.integers(12, 21))))
    return SeriesFile(plan=plan, series_uid=new_uid(rng), header=_shared(patient, plan), slices=slices)


def series_files(series: SeriesFile, seed: list[int], size: int) -> Iterator[tuple[SliceFile, bytes, str]]:
    """Each file of a series, drawn: its slice, its bytes, the text of its metadata JSON."""
    planes = 1 + max(one.plane for one in series.slices)
    volume = draw_volume(series.plan, np.random.default_rng(seed), max(planes, 12), min(size, LARGEST))
    for one in series.slices:
        stored, bits, intercept = stored_values(picture_of(volume, one), series.plan.maker, series.plan.modality)
        dataset = as_dataset({**series.header, **one.header}, series.series_uid)
        describe_pixels(dataset, stored, bits, "MONOCHROME2")
        dataset.PixelSpacing = [_WIDTH_MM / stored.shape[-1]] * 2
        if one.drawn == "frames":
            dataset.NumberOfFrames = len(stored)
        if series.plan.modality == "CT":
            dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = intercept, 1.0, "HU"
            dataset.WindowCenter, dataset.WindowWidth = -600.0, 1500.0
        metadata = metadata_text(dataset)
        yield one, whole_file(dataset, stored, "explicit", {}), metadata


def _shared(patient: PatientPlan, plan: SeriesPlan) -> dict[str, Any]:
    study, series = _NAMES[plan.modality]
    day = f"{plan.day:%Y%m%d}"
    header: dict[str, Any] = {
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "SOPClassUID": _SOP_CLASSES[plan.modality],
        "StudyDate": day,
        "AcquisitionDate": day,
        "ContentDate": f"{plan.day - timedelta(days=200):%Y%m%d}",
        "Modality": plan.modality,
        "Manufacturer": plan.maker,
        "ManufacturerModelName": f"{LOOKS[plan.maker].model} {plan.modality}",
        "StudyDescription": study,
        "SeriesDescription": series,
        "PatientName": patient.pseudonym,
        "PatientID": patient.pseudonym,
        "PatientBirthDate": f"{plan.day.year - int(patient.age_years)}0101",
        "PatientSex": patient.sex,
        "PatientAge": f"{int(patient.age_years):03d}Y",
        "BodyPartExamined": "CHEST",
        "SliceThickness": _SPACING_MM,
        "StudyInstanceUID": plan.study_uid,
        "SeriesNumber": 2,
        "AcquisitionNumber": 1,
        "FrameOfReferenceUID": plan.frame_uid,
    }
    scanned: dict[str, dict[str, Any]] = {
        "CT": {"KVP": 120.0, "ConvolutionKernel": "B30f"},
        "MR": {
            "ScanningSequence": "SE",
            "SequenceVariant": "SK",
            "MRAcquisitionType": "2D",
            "RepetitionTime": 1200.0,
            "EchoTime": 80.0,
        },
    }
    return header | scanned[plan.modality]


def _slice(place: int, uid: str) -> SliceFile:
    """Numbered from the feet up; its file's name tells nothing of its place."""
    height = round(-150.0 + _SPACING_MM * place, 1)
    header = {
        "SOPInstanceUID": uid,
        "InstanceNumber": place + 1,
        "ImagePositionPatient": [-_WIDTH_MM / 2, -_WIDTH_MM / 2, height],
        "ImageOrientationPatient": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        "SliceLocation": height,
    }
    return SliceFile(plane=place, sop_uid=uid, header=header)
