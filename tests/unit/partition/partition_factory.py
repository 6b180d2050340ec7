"""Small warehouses for tests: DICOM files and clinical JSON written by hand."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from nccid_eval.partition.warehouse import WarehouseFile
from nccid_eval.partition.warehouse.folder import FolderPlace
from nccid_eval.records import Partition, PartitionRules

RULES = PartitionRules(
    target="covid_positive",
    case="image",
    modalities=("DX", "CR"),
    positive_days_before=14,
    positive_days_after=28,
    negative_days=28,
)
ROOT = "1.2.826.0.1.3680043.9.3218.1.1."
POSITIVE = {"Final COVID Status": "1", "Date of Positive Covid Swab": "03/31/2020", "SubmittingCentre": "Trust A"}
NEGATIVE = {"SwabStatus": 0, "SwabDate": "31/03/2020", "SubmittingCentre": "Trust B"}


def at(path: Path) -> WarehouseFile:
    return WarehouseFile(place=FolderPlace(root=path.parent), name=path.name)


def pixels(seed: int = 0, dtype: str = "<u2", shape: tuple[int, int] = (40, 36)) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(0, 200, shape).astype(dtype)


def dataset(seed: int = 0, **header: Any) -> Dataset:
    """A sound frontal radiograph with every identifier that a leak could carry. None removes an element."""
    ds = Dataset()
    array = pixels(seed)
    plain: dict[str, Any] = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1",
        "SOPInstanceUID": f"{ROOT}{seed}.3",
        "StudyDate": "20200401",
        "AcquisitionDate": "20200401",
        "ContentDate": "19990101",
        "Modality": "DX",
        "Manufacturer": "SIEMENS Healthineers",
        "InstitutionName": "Secret Infirmary",
        "SeriesDescription": "Chest PA of Jane",
        "PatientName": "Covid1",
        "PatientID": "Covid1",
        "PatientBirthDate": "19500101",
        "PatientSex": "F",
        "PatientAge": "070Y",
        "BodyPartExamined": "CHEST",
        "ViewPosition": "PA",
        "StudyInstanceUID": f"{ROOT}{seed}.1",
        "SeriesInstanceUID": f"{ROOT}{seed}.2",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": array.shape[0],
        "Columns": array.shape[1],
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        "PixelSpacing": [0.14, 0.14],
        "PixelData": array.tobytes(),
    }
    for keyword, value in (plain | header).items():
        if value is not None:
            setattr(ds, keyword, value)
    private = ds.private_block(0x0009, "SECRET MAKER", create=True)
    private.add_new(1, "LO", "Jane Doe")
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return ds


def encode(ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    ds.file_meta.TransferSyntaxUID = UID(syntax)
    written = io.BytesIO()
    dcmwrite(written, ds, enforce_file_format=True)
    return written.getvalue()


def put_image(warehouse: Path, patient: str, number: int, content: bytes | None = None, **header: Any) -> Path:
    """An image of study `number` of a patient, its pixels drawn by `number`; `study` in the header moves it."""
    study = header.pop("study", number)
    folder = warehouse / "validation" / "xray" / patient / f"{ROOT}{study}.1" / f"{ROOT}{number}.2"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{ROOT}{number}.3.dcm"
    ids = {"PatientID": patient, "PatientName": patient, "StudyInstanceUID": f"{ROOT}{study}.1"}
    path.write_bytes(encode(dataset(number, **(ids | header))) if content is None else content)
    return path


def put_clinical(warehouse: Path, patient: str, cells: dict[str, Any], name: str = "data_2020-12-31.json") -> Path:
    folder = warehouse / "validation" / "data" / patient
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(json.dumps({"Pseudonym": patient} | cells))
    return path


def small_warehouse(root: Path) -> Path:
    """Two positive and two negative patients, one image each."""
    warehouse = root / "warehouse"
    for number in (1, 2, 3, 4):
        patient = f"Covid{number}"
        put_image(warehouse, patient, number)
        if number <= 2:
            put_clinical(warehouse, patient, POSITIVE)
        else:
            put_clinical(warehouse, patient, NEGATIVE, "status_2020-12-31.json")
    return warehouse


def left_out(partition: Partition) -> dict[str, int]:
    """Images left out by reason."""
    return {step.reason: step.images for step in partition.flow if not step.kept}


def ignore_progress(what: str, done: int, total: int) -> None:
    pass


def ct_slice(series: int, place: int, **header: Any) -> Dataset:
    """Slice `place` (5 mm apart, feet to head) of a sound chest CT: signed, 12 bits, Hounsfield units by rescale."""
    array = pixels(1000 * series + place, "<i2", (12, 10)) - 1024
    plain: dict[str, Any] = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
        "SOPInstanceUID": f"{ROOT}{series}.3.{place}",
        "SeriesInstanceUID": f"{ROOT}{series}.2",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "Modality": "CT",
        "ViewPosition": None,
        "SeriesDescription": "Thorax 5.0",
        "Rows": 12,
        "Columns": 10,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 1,
        "PixelSpacing": [0.7, 0.7],
        "RescaleSlope": 1,
        "RescaleIntercept": 0,
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "ImagePositionPatient": [-100, -90, -400 + 5 * place],
        "InstanceNumber": 900 - place,  # head to feet: the number lies
        "PixelData": array.tobytes(),
    }
    return dataset(series, **(plain | header))


def put_slice(warehouse: Path, patient: str, series: int, place: int, **header: Any) -> Path:
    """A slice in ct/, its file's name telling nothing of its place. `study` in the header moves the series."""
    study = header.pop("study", series)
    folder = warehouse / "validation" / "ct" / patient / f"{ROOT}{study}.1" / f"{ROOT}{series}.2"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{ROOT}{series}.{(place * 7919) % 9973}.dcm"
    ids = {"PatientID": patient, "PatientName": patient, "StudyInstanceUID": f"{ROOT}{study}.1"}
    path.write_bytes(encode(ct_slice(series, place, **(ids | header))))
    return path


def put_series(warehouse: Path, patient: str, series: int, slices: int = 10, **header: Any) -> None:
    for place in range(slices):
        put_slice(warehouse, patient, series, place, **header)
