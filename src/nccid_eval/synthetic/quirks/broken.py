"""Files that are broken, lonely or misnamed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.quirks.row import Change, Quirk, change_images, change_last, with_images


def _spoilt(content: str) -> Change:
    """A last image whose file is not what it should be."""

    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        encoding = draft.images[-1].encoding
        if content in _STORED_AS:
            encoding = replace(encoding, syntax=_STORED_AS[content])
        return change_last(draft, content=content, usable=False, encoding=encoding)

    return change


# What is done to bytes needs them plain; a bomb is one that inflates.
_STORED_AS = {**dict.fromkeys(("short", "long", "huge_length", "nested"), "explicit"), "bomb": "deflated"}


def _each(**changes: Any) -> Change:
    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return change_images(draft, {}, **changes)

    return change


def _last(**changes: Any) -> Change:
    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return change_last(draft, **changes)

    return change


def _quirk(name: str, what: str, change: Change, probability: float = 0.0) -> Quirk:
    return Quirk(name=name, what=what, probability=probability, applies=with_images, change=change)


ROWS = (
    _quirk("metadata_missing", "an image without its metadata JSON", _last(metadata="absent"), 0.02),
    _quirk("metadata_orphaned", "metadata JSON without its image", _spoilt("absent"), 0.012),
    _quirk("truncated", "a file that ends in the middle", _spoilt("truncated"), 0.012),
    _quirk("zero_bytes", "a file of zero bytes", _spoilt("empty"), 0.012),
    _quirk("no_pixel_data", "no PixelData", _spoilt("no_pixels"), 0.012),
    _quirk("metadata_nested_null", "null inside a sequence of the metadata JSON", _each(metadata="nested_null")),
    _quirk("metadata_cut", "metadata that is no JSON", _each(metadata="cut")),
    _quirk("metadata_disagrees", "metadata JSON that names another patient", _each(metadata="disagrees")),
    _quirk("upper_suffix", ".DCM", _each(suffix=".DCM")),
    _quirk("no_suffix", "a file name without a suffix", _each(suffix="")),
    _quirk("misplaced", "an image right below the patient's folder", _last(misplaced=True, usable=False)),
    _quirk("not_dicom", "a text under the name of an image", _spoilt("text")),
    _quirk("no_preamble", "a data set without preamble and file meta", _spoilt("no_preamble")),
    _quirk("short_pixels", "half the pixels that are described", _spoilt("short")),
    _quirk("long_pixels", "twice the pixels that are described", _spoilt("long")),
    _quirk("deep_nesting", "sequences nested 20,000 deep", _spoilt("nested")),
    _quirk("deflate_bomb", "a small file that inflates to 64 MB", _spoilt("bomb")),
    _quirk("huge_length", "an element that claims four gigabytes", _spoilt("huge_length")),
)
