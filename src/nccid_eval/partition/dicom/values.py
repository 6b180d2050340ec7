"""One cleaning function for each header field. Each gives '' or None for what it does not understand."""

from __future__ import annotations

import re
from datetime import date

from nccid_eval.partition.text import collapse

_OLDEST_YEARS = 120.0
_LONGEST_NAME = 64  # characters of a UID and of LO; a file may hold megabytes, which would all be kept
_DICOM_AGE = re.compile(r"^\s*(\d{1,3})([YMWD])\s*$", re.IGNORECASE)
_PER_YEAR = {"Y": 1.0, "M": 12.0, "W": 365.25 / 7, "D": 365.25}
_MAKERS = {
    "agfa": "Agfa",
    "canon": "Canon",
    "carestream": "Carestream",
    "kodak": "Carestream",
    "fuji": "Fujifilm",
    "fujifilm": "Fujifilm",
    "ge": "GE",
    "hologic": "Hologic",
    "konica": "Konica Minolta",
    "minolta": "Konica Minolta",
    "philips": "Philips",
    "samsung": "Samsung",
    "shimadzu": "Shimadzu",
    "siemens": "Siemens",
    "swissray": "Swissray",
    "toshiba": "Toshiba",
}


def clean_maker(value: object) -> str:
    """The maker of the equipment by the name that it goes under; an unknown one as written, in title case."""
    text = collapse(value)[:_LONGEST_NAME]
    for word in re.split(r"[^a-z]+", text.casefold()):
        if word in _MAKERS:
            return _MAKERS[word]
    return text.title()


def clean_uid(value: object) -> str:
    """A UID has 64 characters at most; what is longer tells no two things apart, and counts as none."""
    text = collapse(value)
    return text if len(text) <= _LONGEST_NAME else ""


def clean_dicom_sex(value: object) -> str:
    """PatientSex has letters only: '0' and '1' are NCCID's, not DICOM's."""
    text = collapse(value).upper()
    return text if text in ("F", "M") else ""


def clean_dicom_age(value: object) -> float | None:
    """PatientAge (`081Y`, `007M`, `003W`, `010D`) in years; without its unit it is unknown."""
    found = _DICOM_AGE.match(collapse(value))
    if found is None:
        return None
    years = int(found.group(1)) / _PER_YEAR[found.group(2).upper()]
    return years if years <= _OLDEST_YEARS else None


def clean_dicom_date(value: object) -> date | None:
    """A DA value, `20200331` or the older `2020.03.31`."""
    digits = collapse(value).replace(".", "")
    if not re.fullmatch(r"\d{8}", digits):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
