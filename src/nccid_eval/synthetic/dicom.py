"""DICOM files as a PACS exports them, and the warehouse's metadata JSON. The room's only door to pydicom."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence

from nccid_eval.synthetic.draft import ImageFile
from nccid_eval.synthetic.looks import Look
from nccid_eval.synthetic.sampling import ImagePlan, PatientPlan

SYNTAXES = {
    "explicit": "1.2.840.10008.1.2.1",
    "implicit": "1.2.840.10008.1.2",
    "rle": "1.2.840.10008.1.2.5",
    "jpegls": "1.2.840.10008.1.2.4.80",
    "jpeg2000": "1.2.840.10008.1.2.4.90",
}
_ENCODERS = {"rle": "gdcm", "jpegls": "pyjpegls", "jpeg2000": "pylibjpeg"}  # fixed, so that bytes do not vary
_SOP_CLASSES = {"CR": "1.2.840.10008.5.1.4.1.1.1", "DX": "1.2.840.10008.5.1.4.1.1.1.1"}
_DESCRIPTIONS = {
    "AP": ("CHEST AP", "AP Skyplate", "Chest Mobile", "CR (AP)", "AP Landscape"),
    "PA": ("CHEST PA", "W Chest PA", "PA", "Chest PA erect"),
}


def draft_header(patient: PatientPlan, image: ImagePlan, look: Look, rng: np.random.Generator) -> dict[str, Any]:
    """DICOM keyword -> value of an image without quirks, pixels' own attributes left out."""
    shifted = image.day + timedelta(days=int(rng.integers(-400, 400)))  # de-identified: only two dates stay true
    header: dict[str, Any] = {
        "SOPClassUID": _SOP_CLASSES[look.modality],
        "SOPInstanceUID": image.sop_uid,
        "StudyDate": _da(image.day),
        "SeriesDate": _da(shifted),
        "ContentDate": _da(shifted),
        "Modality": look.modality,
        "Manufacturer": look.maker,
        "ManufacturerModelName": look.model,
        "SeriesDescription": str(rng.choice(_DESCRIPTIONS[image.view])),
        "PatientName": patient.pseudonym,
        "PatientID": patient.pseudonym,
        "PatientBirthDate": f"{image.day.year - int(patient.age_years)}0101",
        "PatientSex": patient.sex,
        "PatientAge": f"{int(patient.age_years):03d}Y",
        "BodyPartExamined": "CHEST",
        "ViewPosition": image.view,
        "StudyInstanceUID": image.study_uid,
        "InstanceNumber": 1,
        "ImagerPixelSpacing": [1.4, 1.4],
    }
    return header | ({"AcquisitionDate": _da(image.day)} if rng.random() < 0.8 else {})


def encode(
    file: ImageFile, stored: NDArray[np.uint16], bits: int, photometric: str, syntax: str, window: bool
) -> tuple[bytes, str]:
    """The bytes of a DICOM file and the text of its metadata JSON. `stored` is [rows, columns] of `bits` bits."""
    dataset = _dataset(file.header, file.series_uid)
    _describe_pixels(dataset, stored, bits, photometric)
    if window and not file.voi_lut:
        dataset.WindowCenter, dataset.WindowWidth = float(2**bits // 2), float(2**bits)
    if file.voi_lut and bits <= 12:
        dataset.VOILUTSequence = Sequence([_voi_lut(bits)])
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = SYNTAXES["explicit"]
    if file.content != "no_pixels":
        dataset.PixelData = stored.astype(np.uint8 if bits <= 8 else "<u2").tobytes()
        dataset["PixelData"].VR = "OB" if bits <= 8 else "OW"
    if file.private_binary:
        dataset.private_block(0x0009, "EXAMPLE 1.0", create=True).add_new(0x10, "OB", b"\x01\x02\x03\x04")
    metadata = metadata_text(dataset)
    if file.content != "no_pixels":
        _compress(dataset, syntax)
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
    whole = buffer.getvalue()
    return (whole[: int(len(whole) * 0.6)] if file.content == "truncated" else whole), metadata


def metadata_text(dataset: Dataset) -> str:
    """The warehouse's JSON of a header: no file meta, no pixels; binary values and VOI LUTs nulled."""
    header = Dataset({tag: element for tag, element in dataset.items() if tag < 0x7FE00000})
    fields: dict[str, Any] = header.to_json_dict(bulk_data_threshold=10**20)
    for tag, value in fields.items():
        if tag == "00283010":
            fields[tag] = None
        elif "InlineBinary" in value:
            value["InlineBinary"] = None
    return json.dumps(fields, sort_keys=True)


def _dataset(header: Mapping[str, Any], series_uid: str) -> Dataset:
    dataset = Dataset()
    for keyword, value in header.items():
        tag = tag_for_keyword(keyword)
        assert tag is not None
        # not validated: some values are wrong on purpose
        dataset.add(DataElement(tag, dictionary_VR(tag), value, validation_mode=pydicom.config.IGNORE))
    dataset.SeriesInstanceUID = series_uid
    return dataset


def _describe_pixels(dataset: Dataset, stored: NDArray[np.uint16], bits: int, photometric: str) -> None:
    dataset.Rows, dataset.Columns = stored.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated = 8 if bits <= 8 else 16
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    dataset.PixelRepresentation = 0


def _compress(dataset: Dataset, syntax: str) -> None:
    if syntax in _ENCODERS:
        dataset.compress(SYNTAXES[syntax], encoding_plugin=_ENCODERS[syntax], generate_instance_uid=False)
    else:
        dataset.file_meta.TransferSyntaxUID = SYNTAXES[syntax]


def _voi_lut(bits: int) -> Dataset:
    """A gentle sigmoid over the whole range, in 16 bits."""
    ramp = np.linspace(-2.5, 2.5, 2**bits)
    values = 1 / (1 + np.exp(-ramp))
    scaled = np.round((values - values[0]) / (values[-1] - values[0]) * 65535).astype("<u2")
    lut = Dataset()
    lut.add_new(0x00283002, "US", [2**bits, 0, 16])
    lut.add_new(0x00283006, "OW", scaled.tobytes())
    return lut


def _da(day: date) -> str:
    return f"{day:%Y%m%d}"
