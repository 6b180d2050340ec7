"""Stored values -> PixelData in each transfer syntax that a PACS exports, and in some that no viewer should take."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import gdcm
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID

SYNTAXES = {
    "explicit": "1.2.840.10008.1.2.1",
    "implicit": "1.2.840.10008.1.2",
    "big_endian": "1.2.840.10008.1.2.2",
    "deflated": "1.2.840.10008.1.2.1.99",
    "rle": "1.2.840.10008.1.2.5",
    "jpeg_baseline": "1.2.840.10008.1.2.4.50",
    "jpeg_extended": "1.2.840.10008.1.2.4.51",
    "jpeg_lossless": "1.2.840.10008.1.2.4.57",
    "jpeg_first_order": "1.2.840.10008.1.2.4.70",
    "jpegls": "1.2.840.10008.1.2.4.80",
    "jpegls_near": "1.2.840.10008.1.2.4.81",
    "jpeg2000": "1.2.840.10008.1.2.4.90",
    "jpeg2000_lossy": "1.2.840.10008.1.2.4.91",
    "htj2k": "1.2.840.10008.1.2.4.201",
}
LOSSY = frozenset({"jpeg_baseline", "jpeg_extended", "jpegls_near", "jpeg2000_lossy"})
# The encoder and its options, fixed, so that bytes do not vary.
_ENCODERS: dict[str, tuple[str, dict[str, Any]]] = {
    "rle": ("gdcm", {}),
    "jpegls": ("pyjpegls", {}),
    "jpegls_near": ("pyjpegls", {"jls_error": 2}),
    "jpeg2000": ("pylibjpeg", {}),
    "jpeg2000_lossy": ("pylibjpeg", {"j2k_psnr": [60.0]}),
}
_JPEG = {
    "jpeg_baseline": gdcm.TransferSyntax.JPEGBaselineProcess1,
    "jpeg_extended": gdcm.TransferSyntax.JPEGExtendedProcess2_4,
    "jpeg_lossless": gdcm.TransferSyntax.JPEGLosslessProcess14,
    "jpeg_first_order": gdcm.TransferSyntax.JPEGLosslessProcess14_1,
}

_DESCRIPTION = (
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
)


def put_pixels(dataset: Dataset, stored: NDArray[Any], syntax: str) -> None:
    """Describe `stored` as PixelData, plain, in the byte order of `syntax`; `compress` does the rest."""
    wide = stored.dtype.itemsize > 1
    ordered = stored.dtype.newbyteorder(">") if syntax == "big_endian" else stored.dtype.newbyteorder("<")
    dataset.PixelData = stored.astype(ordered).tobytes()
    if len(dataset.PixelData) % 2:
        dataset.PixelData += b"\0"
    dataset["PixelData"].VR = "OW" if wide else "OB"


def compress(dataset: Dataset, syntax: str) -> None:
    """Turn the plain PixelData of a data set into that of `syntax`, and name it in the file meta."""
    if syntax in _JPEG:
        _compress_jpeg(dataset, _JPEG[syntax])
    elif syntax == "htj2k":
        _compress(dataset, "jpeg2000")  # what stands in it does not matter: nothing here decodes it
    elif syntax in _ENCODERS:
        _compress(dataset, syntax)
    dataset.file_meta.TransferSyntaxUID = UID(SYNTAXES[syntax])
    if syntax in LOSSY:
        dataset.LossyImageCompression = "01"


def smaller(stored: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    """A picture as another system sent it on: eight bits, a little brighter, a little flatter."""
    scaled = stored.astype(np.float64) / (2**bits - 1)
    return np.asarray(np.round(scaled * 240 + 10), dtype=np.uint8)


def _compress(dataset: Dataset, syntax: str) -> None:
    plugin, options = _ENCODERS[syntax]
    dataset.compress(SYNTAXES[syntax], encoding_plugin=plugin, generate_instance_uid=False, **options)


def _compress_jpeg(dataset: Dataset, syntax: int) -> None:
    """GDCM writes JPEG from file to file; of what it writes, the codestream alone is taken."""
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder) / "plain.dcm", Path(folder) / "packed.dcm"
        pydicom.dcmwrite(plain, _bare(dataset), enforce_file_format=True)
        _transcode(plain, packed, syntax)
        written = pydicom.dcmread(packed)
    dataset.PixelData = encapsulate(list(generate_frames(written.PixelData, number_of_frames=1)))
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True


def _bare(dataset: Dataset) -> Dataset:
    """The pixels and their description alone: GDCM refuses headers that are wrong on purpose."""
    bare = Dataset()
    for keyword in (*_DESCRIPTION, "SOPClassUID", "SOPInstanceUID", "PixelData"):
        bare[keyword] = dataset[keyword]
    bare.file_meta = FileMetaDataset()
    bare.file_meta.TransferSyntaxUID = UID(SYNTAXES["explicit"])
    return bare


def _transcode(plain: Path, packed: Path, syntax: int) -> None:
    reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
    reader.SetFileName(str(plain))
    done = reader.Read()
    change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    change.SetInput(reader.GetImage())
    done = done and change.Change()
    writer.SetFileName(str(packed))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    if not (done and writer.Write()):
        raise ValueError("GDCM encodes pictures of an even number of pixels alone")
