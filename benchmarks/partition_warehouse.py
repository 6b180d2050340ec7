"""A warehouse of made-up radiographs for the benchmark: noise on a smooth ground, in three transfer syntaxes."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless

_SIDE = 512
_BITS = 12
_SYNTAXES = (ExplicitVRLittleEndian, ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless)
_RECORDS = (
    {"Final COVID Status": "1", "Date of Positive Covid Swab": "03/31/2020", "SubmittingCentre": "Trust A"},
    {"SwabStatus": 0, "SwabDate": "31/03/2020", "SubmittingCentre": "Trust B"},
)


def make_warehouse(root: Path, images: int, workers: int) -> None:
    """One study of one image a patient, half of them with the disease, below `root`/validation."""
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(_make_patient, [root] * images, range(images), chunksize=20))


def part_of(warehouse: Path, root: Path, images: int) -> None:
    """The first patients of a warehouse as one of its own, its files being links to the same content."""
    for number in range(images):
        for path in (warehouse / "validation").glob(f"*/{_pseudonym(number)}/**/*.*"):
            if path.is_file():
                copy = root / path.relative_to(warehouse)
                copy.parent.mkdir(parents=True, exist_ok=True)
                os.link(path, copy)


def files_of(warehouse: Path) -> Sequence[Path]:
    return sorted((warehouse / "validation" / "xray").rglob("*.dcm"))


def _make_patient(root: Path, number: int) -> None:
    name = _pseudonym(number)
    record = root / "validation" / "data" / name / "data_2020-12-31.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"Pseudonym": name} | _RECORDS[number % 2]))
    ds = _radiograph(number, name)
    folder = root / "validation" / "xray" / name / ds.StudyInstanceUID / ds.SeriesInstanceUID
    folder.mkdir(parents=True)
    dcmwrite(folder / f"{ds.SOPInstanceUID}.dcm", ds, enforce_file_format=True)


def _pseudonym(number: int) -> str:
    return f"Covid{number:06d}"


def _radiograph(number: int, name: str) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = UID("1.2.840.10008.5.1.4.1.1.1.1"), UID(f"2.25.{number + 1}3")
    ds.StudyInstanceUID, ds.SeriesInstanceUID = UID(f"2.25.{number + 1}1"), UID(f"2.25.{number + 1}2")
    ds.PatientID = ds.PatientName = name
    ds.Modality, ds.ViewPosition, ds.BodyPartExamined = "DX", "PA", "CHEST"
    ds.StudyDate = ds.AcquisitionDate = "20200401"
    ds.PatientSex, ds.PatientAge, ds.Manufacturer = "F", "070Y", "Maker"
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows = ds.Columns = _SIDE
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, _BITS, _BITS - 1, 0
    ds.PixelData = _pixels(number).tobytes()
    ds["PixelData"].VR = "OW"
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    syntax = _SYNTAXES[number // 2 % len(_SYNTAXES)]
    if syntax != ExplicitVRLittleEndian:
        ds.compress(syntax, generate_instance_uid=False)
    return ds


def _pixels(number: int) -> np.ndarray:
    rng = np.random.default_rng(number)
    ground = np.kron(rng.integers(500, 3000, (8, 8)), np.ones((_SIDE // 8, _SIDE // 8)))
    return (ground + rng.normal(0, 20, (_SIDE, _SIDE))).clip(0, 2**_BITS - 1).astype("<u2")
