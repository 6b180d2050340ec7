"""The metadata JSON beside an image, held to the image. The image is the authority: nothing is taken from the JSON.

Its binary values are null, and so are its look-up tables at any depth, which DICOM's own JSON reader does not take:
so it is read as plain JSON, and a value counts only where it is there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset

from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.text import collapse, fold
from nccid_eval.partition.warehouse import Layout, WarehouseFile

if TYPE_CHECKING:
    from nccid_eval.partition.dicom.inspection import Inspection

AGREES, UNREADABLE, DIFFERS = "agrees", "unreadable", "differs: "
_IDENTITY = {
    "00100020": "PatientID",
    "00080018": "SOPInstanceUID",
    "0020000D": "StudyInstanceUID",
    "0020000E": "SeriesInstanceUID",
    "00080060": "Modality",
    "00280010": "Rows",
    "00280011": "Columns",
}


def compare_metadata(ds: Dataset, file: WarehouseFile | None) -> str:
    """`agrees`, `unreadable`, or `differs: ` and the keywords of what differs; '' where there is no JSON."""
    if file is None:
        return ""
    try:
        said = read_metadata(file.read())
    except Refused:
        return UNREADABLE
    if said is None:
        return UNREADABLE
    differing = [keyword for keyword, value in said.items() if (own := fold(ds.get(keyword))) and own != fold(value)]
    return DIFFERS + ", ".join(differing) if differing else AGREES


def read_metadata(content: bytes) -> dict[str, str] | None:
    """What it says of the image's identity, by keyword, blanks left out; None where it is no JSON object."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    values = {keyword: _first_value(document.get(tag)) for tag, keyword in _IDENTITY.items()}
    return {keyword: value for keyword, value in values.items() if value}


def count_metadata(layout: Layout, seen: Sequence[Inspection | None]) -> dict[str, int]:
    """How many images have JSON that is missing, unreadable or in agreement, and by keyword how many differ.

    `orphaned` are JSON files without an image. Empty where the rules do not ask for it.
    """
    if not layout.has_metadata:
        return {}
    counts = Counter({"missing": 0, "orphaned": layout.orphans, UNREADABLE: 0, AGREES: 0})
    for source, one in zip(layout.images, seen, strict=True):
        if source.metadata is None:
            counts["missing"] += 1
        elif one and one.metadata.startswith(DIFFERS):
            counts.update(f"{DIFFERS}{keyword}" for keyword in one.metadata.removeprefix(DIFFERS).split(", "))
        elif one and one.metadata:
            counts[one.metadata] += 1
    return dict(sorted(counts.items()))


def _first_value(element: Any) -> str:
    values = element.get("Value") if isinstance(element, dict) else None
    return collapse(values[0]) if isinstance(values, list) and values else ""
