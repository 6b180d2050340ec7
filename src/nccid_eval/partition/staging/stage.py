"""What a container gets of an image: the decoded pixel values and the few header fields that place them.

The new file is built from nothing: what is neither composed nor in `ALLOWED` cannot be in it, and no text of the
source is copied, only numbers and terms out of closed lists. That none is there is then checked.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from nccid_eval.partition.dicom import parse
from nccid_eval.partition.dicom.pixels import PixelForm, decode, read_form
from nccid_eval.partition.refusal import Refused, refusing
from nccid_eval.partition.staging.allowlist import ALLOWED, Allowed
from nccid_eval.partition.staging.composition import compose
from nccid_eval.partition.staging.encoding import Encoded, encode_as_it_was, encode_native
from nccid_eval.partition.staging.residue import left_behind
from nccid_eval.partition.staging.task import Staged, StagingTask


def stage(task: StagingTask, allowed: Sequence[Allowed] = ALLOWED) -> Staged:
    """Decode an image and write it as a container will see it. OSError from writing is raised: the disk is ours."""
    try:
        with refusing("decoding", "cannot be decoded"):
            content = task.source.read()
            if hashlib.sha256(content).hexdigest() != task.sha256:
                raise Refused("file", "changed while the partition was built")
            source = parse(content)
            form = read_form(source)
            pixels = decode(source, form)
            encoded = _encode(compose(source, form, task, allowed), source, form, pixels, task)
            picture = _picture(form, pixels)
            found = left_behind(encoded, source, task)
    except Refused as left_out:
        return Staged(sha256="", picture="", refusal=(left_out.stage, left_out.reason))
    if found:
        return Staged(sha256="", picture="", refusal=None, left_behind=found)
    task.target.write_bytes(encoded.content)
    task.target.chmod(0o644)
    os.utime(task.target, (0, 0))
    return Staged(sha256=hashlib.sha256(encoded.content).hexdigest(), picture=picture, refusal=None)


def _encode(ds: Dataset, source: Dataset, form: PixelForm, pixels: NDArray[Any], task: StagingTask) -> Encoded:
    if task.keeps_encoding:
        return encode_as_it_was(ds, source, form, pixels)
    return encode_native(ds, np.zeros_like(pixels) if task.blank == "pixels" else pixels)


def _picture(form: PixelForm, pixels: NDArray[Any]) -> str:
    """What two copies of one picture share, however they were encoded and whatever their headers say."""
    digest = hashlib.sha256(f"{form.rows}x{form.columns} {form.photometric} {pixels.dtype.str}\n".encode())
    digest.update(pixels.data)
    return digest.hexdigest()
