"""What two copies of one image share, however they were named and encoded. Runs in a child process."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from nccid_eval.partition.dicom import parse
from nccid_eval.partition.dicom.pixels import decode, read_form
from nccid_eval.partition.leakage.perceptual import perceptual_hash
from nccid_eval.partition.refusal import Refused, refusing
from nccid_eval.partition.text import collapse
from nccid_eval.partition.warehouse import WarehouseFile


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintTask:
    file: WarehouseFile
    pixels: bool  # decode it too
    perceptual: bool  # a radiograph: slices of one body region all look alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """'' or b'' for what the file does not tell; `problem` says why."""

    patient: str = ""  # PatientID
    study: str = ""
    sop: str = ""
    picture: str = ""  # SHA-256 of size and stored values
    look: bytes = b""  # the perceptual hash, packed
    content: str = ""  # SHA-256 of the file
    problem: str = ""


def fingerprint(task: FingerprintTask) -> Fingerprint:
    """Never raises for what is in the file: identity is told even where the pixels cannot be."""
    try:
        with refusing("file", "cannot be parsed"):
            read = task.file.read()
            ds = parse(read)
            patient, study, sop = (collapse(ds.get(key)) for key in _IDENTITY)
    except Refused as refused:
        return Fingerprint(problem=refused.reason)
    known = Fingerprint(patient=patient, study=study, sop=sop, content=hashlib.sha256(read).hexdigest())
    if not task.pixels:
        return known
    try:
        with refusing("decoding", "cannot be decoded"):
            picture, look = _seen(ds, task.perceptual)
    except Refused as refused:
        return replace(known, problem=refused.reason)
    return replace(known, picture=picture, look=look)


_IDENTITY = ("PatientID", "StudyInstanceUID", "SOPInstanceUID")


def _seen(ds: Dataset, perceptual: bool) -> tuple[str, bytes]:
    """Digest and perceptual hash; nothing of a picture of one value, which says nothing about anybody."""
    pixels = decode(ds, read_form(ds))
    if pixels.min() == pixels.max():
        return "", b""
    look = perceptual_hash(pixels) if perceptual else b""
    return _digest(pixels), look


def _digest(pixels: NDArray[Any]) -> str:
    """Of size and values alone: the width of a sample and the photometric interpretation can be rewritten."""
    digest = hashlib.sha256(f"{pixels.shape}\n".encode())
    digest.update(np.ascontiguousarray(pixels, dtype="<i4").data)
    return digest.hexdigest()
