"""DICOM files as a PACS exports them, and the warehouse's metadata JSON."""

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
from nccid_eval.synthetic.encoding import SYNTAXES, compress, put_pixels
from nccid_eval.synthetic.looks import Look
from nccid_eval.synthetic.sampling import ImagePlan, PatientPlan
from nccid_eval.synthetic.spoiling import METADATA, SPOILED

_BOMB_MIB = 64
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
    dataset = as_dataset(file.header, file.series_uid)
    describe_pixels(dataset, stored, bits, photometric)
    if window and not file.voi_lut and "WindowWidth" not in file.header:
        dataset.WindowCenter, dataset.WindowWidth = float(2**bits // 2), float(2**bits)
    if file.voi_lut and bits <= 12:
        dataset.VOILUTSequence = Sequence([_voi_lut(bits)])
    if file.private_binary:
        dataset.private_block(0x0009, "EXAMPLE 1.0", create=True).add_new(0x10, "OB", b"\x01\x02\x03\x04")
    if file.private_text:
        dataset.private_block(0x0011, "EXAMPLE 2.0", create=True).add_new(0x10, "LO", "Doe^Jane, ward 7")
    shaped = _shaped(dataset, stored.astype(np.uint8) if bits <= 8 else stored, file)
    metadata = METADATA.get(file.metadata, str)(metadata_text(dataset))
    if file.content == "bomb":
        dataset.private_block(0x7FD1, "EXAMPLE 1.0", create=True).add_new(0x10, "OB", bytes(_BOMB_MIB * 2**20))
    content = whole_file(dataset, None if file.content == "no_pixels" else shaped, syntax, file.claims)
    return SPOILED.get(file.content, bytes)(content), metadata


def _shaped(dataset: Dataset, stored: NDArray[Any], file: ImageFile) -> NDArray[Any]:
    """The values as the file has them: grey, three samples a pixel, two frames, too few or too many."""
    if file.encoding.form == "colour":
        dataset.SamplesPerPixel, dataset.PlanarConfiguration, dataset.PhotometricInterpretation = 3, 0, "RGB"
        return np.repeat(stored[..., None], 3, axis=2)
    if file.encoding.form == "frames":
        dataset.NumberOfFrames = 2
        return np.stack([stored, stored])
    kept = {"short": stored[: len(stored) // 2], "long": np.concatenate([stored, stored])}
    return kept.get(file.content, stored)


def whole_file(dataset: Dataset, stored: NDArray[Any] | None, syntax: str, claims: Mapping[str, Any]) -> bytes:
    """Put pixels into a described data set, encode it, and lay false `claims` over the description."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = SYNTAXES["explicit"]
    if stored is not None:
        put_pixels(dataset, stored, syntax)
        compress(dataset, syntax)
    for keyword, value in claims.items():
        setattr(dataset, keyword, value)
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


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


def as_dataset(header: Mapping[str, Any], series_uid: str) -> Dataset:
    """A data set of DICOM keywords and values, right or wrong."""
    dataset = Dataset()
    for keyword, value in header.items():
        tag = tag_for_keyword(keyword)
        assert tag is not None
        # not validated: some values are wrong on purpose
        dataset.add(DataElement(tag, dictionary_VR(tag), value, validation_mode=pydicom.config.IGNORE))
    dataset.SeriesInstanceUID = series_uid
    return dataset


def describe_pixels(dataset: Dataset, stored: NDArray[Any], bits: int, photometric: str) -> None:
    """Sizes and bits of [rows, columns]; signed where the values are."""
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated = 8 if bits <= 8 else 16
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")


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
