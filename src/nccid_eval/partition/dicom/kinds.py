"""What a file in a CT or MR series is, by its ImageType and SOP class: a slice, or something beside the slices."""

from __future__ import annotations

from pydicom.dataset import Dataset

from nccid_eval.partition.dicom.views import tokens
from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.text import collapse

SLICED = ("CT", "MR")
_SLICES = ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4")  # CT and MR image storage
_ENHANCED = (
    "1.2.840.10008.5.1.4.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.2.2",
    "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.840.10008.5.1.4.1.1.4.3",
    "1.2.840.10008.5.1.4.1.1.4.4",
)
_LOCALISER = tokens("LOCALIZER LOCALISER SCOUT TOPOGRAM SURVIEW SCANOGRAM")
_MADE = tokens("SECONDARY MIP MINIP MPR CPR VRT SSD REFORMATTED PROJECTION SCREEN SCREENSAVE DOSE REPORT SUBTRACT")


def refuse_what_is_no_slice(ds: Dataset) -> None:
    """Raises Refused for localisers, for pictures made from slices, and for objects of many frames.

    DERIVED alone does not refuse: a slice is DERIVED once it was compressed with loss.
    """
    said = tokens(" ".join(_image_type(ds)))
    if said & _LOCALISER:
        raise Refused("series", "localiser")
    if said & _MADE:
        raise Refused("series", "made from slices: reformatted, projected, a screen or a report")
    sop_class = collapse(ds.get("SOPClassUID"))
    if sop_class in _ENHANCED:
        raise Refused("pixels", "enhanced CT or MR: many frames in one file")
    if sop_class not in _SLICES:
        raise Refused("series", "not of the storage class of CT or MR slices")


def _image_type(ds: Dataset) -> list[str]:
    value = ds.get("ImageType")
    return [value] if isinstance(value, str) else [str(one) for one in value or ()]
