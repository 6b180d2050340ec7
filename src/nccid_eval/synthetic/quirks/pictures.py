"""How pixels are stored, described and copied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nccid_eval.synthetic.draft import Draft, Encoding, ImageFile
from nccid_eval.synthetic.quirks.row import Change, Quirk, change_images, change_last, with_images
from nccid_eval.synthetic.sampling import new_uid


def _stored(syntax: str, bits: int = 0) -> Change:
    """Every image of the patient in one transfer syntax."""

    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return change_images(draft, {}, encoding=Encoding(syntax=syntax, bits=bits))

    return change


def _inverted(draft: Draft, _rng: np.random.Generator) -> Draft:
    return change_images(draft, {}, encoding=Encoding(photometric="MONOCHROME1"))


def _costly(**changes: Any) -> Change:
    """A last image that no case can come of."""

    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return change_last(draft, usable=False, **changes)

    return change


def _claiming(claims: Mapping[str, Any]) -> Change:
    """A false description of pixels that are stored plainly."""
    return _costly(claims=claims, encoding=Encoding(syntax="explicit", bits=12))


def duplicate_sop(draft: Draft, rng: np.random.Generator) -> Draft:
    """The same instance once more, under another series."""
    again = replace(draft.images[-1], series_uid=new_uid(rng))
    return replace(draft, images=(*draft.images, again))


def same_picture(draft: Draft, rng: np.random.Generator) -> Draft:
    """The same pixels once more, under other UIDs and in another syntax."""
    last = draft.images[-1]
    plain = replace(last, encoding=replace(last.encoding, syntax="explicit"))
    return replace(draft, images=(*draft.images[:-1], plain, renamed(plain, rng)))


def near_duplicate(draft: Draft, rng: np.random.Generator) -> Draft:
    """The picture once more as another system sent it: eight bits, a little brighter. It is not the same picture."""
    last = draft.images[-1]
    again = replace(renamed(last, rng), encoding=replace(last.encoding, recoded=True))
    return replace(draft, images=(*draft.images, again))


def renamed(file: ImageFile, rng: np.random.Generator) -> ImageFile:
    """A copy of an image under another series and instance; the number, by which it is drawn, stays."""
    plan = replace(file.plan, sop_uid=new_uid(rng), series_uid=new_uid(rng))
    header = {**file.header, "SOPInstanceUID": plan.sop_uid}
    return replace(file, plan=plan, header=header, series_uid=plan.series_uid)


def _quirk(name: str, what: str, change: Change, probability: float = 0.0) -> Quirk:
    return Quirk(name=name, what=what, probability=probability, applies=with_images, change=change)


ROWS = (
    _quirk("duplicate_sop", "the same instance under another series", duplicate_sop, 0.012),
    _quirk("same_picture", "the same pixels under other UIDs", same_picture),
    _quirk("near_duplicate", "the same picture re-encoded", near_duplicate),
    _quirk("monochrome1", "bright is air", _inverted),
    _quirk("syntax_implicit", "Implicit VR Little Endian", _stored("implicit")),
    _quirk("syntax_big_endian", "Explicit VR Big Endian, 12 bits in 16", _stored("big_endian", 12)),
    _quirk("syntax_rle", "RLE", _stored("rle")),
    _quirk("syntax_jpeg_baseline", "JPEG baseline, 8 bits, lossy", _stored("jpeg_baseline", 8)),
    _quirk("syntax_jpeg_extended", "JPEG extended, 8 bits, lossy", _stored("jpeg_extended", 8)),
    _quirk("syntax_jpeg_lossless", "JPEG lossless, process 14", _stored("jpeg_lossless")),
    _quirk("syntax_jpeg_first_order", "JPEG lossless, first-order prediction", _stored("jpeg_first_order")),
    _quirk("syntax_jpegls", "JPEG-LS", _stored("jpegls")),
    _quirk("syntax_jpegls_near", "JPEG-LS, near-lossless", _stored("jpegls_near")),
    _quirk("syntax_jpeg2000", "JPEG 2000", _stored("jpeg2000")),
    _quirk("syntax_jpeg2000_lossy", "JPEG 2000, lossy", _stored("jpeg2000_lossy")),
    _quirk(
        "syntax_jpeg_12_bits",
        "JPEG extended, 12 bits, which few decoders read",
        _costly(encoding=Encoding(syntax="jpeg_extended", bits=12)),
    ),
    _quirk("syntax_deflated", "Deflated Explicit VR", _costly(encoding=Encoding(syntax="deflated"))),
    _quirk("syntax_unsupported", "High-Throughput JPEG 2000", _costly(encoding=Encoding(syntax="htj2k"))),
    _quirk("colour", "an RGB screen capture", _costly(encoding=Encoding(syntax="explicit", bits=8, form="colour"))),
    _quirk("multi_frame", "two frames in one file", _costly(encoding=Encoding(syntax="explicit", form="frames"))),
    _quirk("bits_impossible", "17 bits stored in 16", _claiming({"BitsStored": 17, "HighBit": 16})),
    _quirk("high_bit_wrong", "HighBit does not follow BitsStored", _claiming({"HighBit": 15})),
    _quirk("photometric_unknown", "PALETTE COLOR", _claiming({"PhotometricInterpretation": "PALETTE COLOR"})),
    _quirk("huge_claim", "65,535 rows and columns in a small file", _claiming({"Rows": 65535, "Columns": 65535})),
    _quirk("no_rows", "Rows: 0", _claiming({"Rows": 0})),
)
