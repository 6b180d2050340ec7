"""Sources in every transfer syntax, and staging of one file as a build does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gdcm
import numpy as np
from partition_factory import ROOT, at, dataset, encode
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame

from nccid_eval.partition.dicom import InspectionTask, inspect
from nccid_eval.partition.staging import Staged, StagingTask, stage
from nccid_eval.partition.staging.allowlist import ALLOWED, Allowed

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"
BASELINE, EXTENDED, J2K_LOSSY = (f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 91))
JPEG_57, JPEG_70, JPEG_LS, J2K = (f"1.2.840.10008.1.2.4.{number}" for number in (57, 70, 80, 90))
LOSSLESS = (JPEG_57, JPEG_70, JPEG_LS, J2K, RLE)
_GDCM = {
    BASELINE: gdcm.TransferSyntax.JPEGBaselineProcess1,
    EXTENDED: gdcm.TransferSyntax.JPEGExtendedProcess2_4,
    JPEG_57: gdcm.TransferSyntax.JPEGLosslessProcess14,
    JPEG_70: gdcm.TransferSyntax.JPEGLosslessProcess14_1,
    JPEG_LS: gdcm.TransferSyntax.JPEGLSLossless,
    J2K: gdcm.TransferSyntax.JPEG2000Lossless,
    J2K_LOSSY: gdcm.TransferSyntax.JPEG2000,
    RLE: gdcm.TransferSyntax.RLELossless,
}


def ct(**header: Any) -> Dataset:
    """A CT slice of signed stored values from -1024 up."""
    values = np.random.default_rng(5).integers(-1024, 1024, (40, 36)).astype("<i2")
    plain: dict[str, Any] = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
        "Modality": "CT",
        "ViewPosition": None,
        "SeriesDescription": "Chest 1.0",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI"],
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 1,
        "RescaleSlope": "1",
        "RescaleIntercept": "0",
        "RescaleType": "HU",
        "PixelPaddingValue": -2000,
        "FrameOfReferenceUID": f"{ROOT}77.4",
        "ImagePositionPatient": [-180.25, -171.5, -1034.7],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "SliceThickness": "1.25",
        "SpacingBetweenSlices": "1.25",
        "InstanceNumber": 88,
        "SliceLocation": "-1034.7",
        "PixelData": values.tobytes(),
    }
    return dataset(5, **(plain | header))


def plain_values(ds: Dataset) -> np.ndarray[Any, Any]:
    """The stored values of a data set that is not compressed."""
    kind = "i" if ds.PixelRepresentation else "u"
    return np.frombuffer(ds.PixelData, f"<{kind}{ds.BitsAllocated // 8}").reshape(ds.Rows, ds.Columns)


def compressed(ds: Dataset, syntax: str, folder: Path) -> Dataset:
    """The data set as another program encodes it."""
    path = folder / "compressed.dcm"
    path.write_bytes(encode(ds))
    reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
    reader.SetFileName(str(path))
    assert reader.Read()
    change.SetTransferSyntax(gdcm.TransferSyntax(_GDCM[syntax]))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(str(path))
    assert writer.Write()
    return dcmread(path)


def frame_of(ds: Dataset) -> bytes:
    return get_frame(ds.PixelData, 0, number_of_frames=1)


def with_frame(ds: Dataset, *fragments: bytes) -> Dataset:
    """The same data set with another codestream, in as many fragments."""
    ds.PixelData = encapsulate([b"".join(fragments)], fragments_per_frame=len(fragments))
    return ds


def put(
    folder: Path, content: bytes, name: str = "source.dcm", allowed: Sequence[Allowed] = ALLOWED, **task: Any
) -> tuple[Staged, Path]:
    """Inspect and stage one file, which must be sound."""
    source, target = folder / name, folder / "target.dcm"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(content)
    file = replace(at(source), name=name, place=replace(at(source).place, root=folder))
    modality = task.get("modality", "DX")
    seen = inspect(InspectionTask(file=file, patient="covid1", modalities=(modality,)))
    assert seen.refusal is None
    plain: dict[str, Any] = {"modality": "DX", "view": "PA", "sop": "2.25.3", "study": "2.25.1", "series": "2.25.2"}
    asked = StagingTask(source=file, target=target, sha256=seen.sha256, **(plain | task))
    return stage(asked, allowed), target


def staged(folder: Path, ds: Dataset, **task: Any) -> Dataset:
    """What a container is shown of a data set."""
    found, target = put(folder, encode(ds, ds.file_meta.TransferSyntaxUID), **task)
    assert (found.refusal, found.left_behind) == (None, "")
    return dcmread(target)
