"""One cleaning function for each field, clinical or DICOM. Each gives '' or None for what it does not understand.

Written for NCCID's codings; what the published cleaning code gets wrong (Chinese as Other, "Mixed - White and
Asian" as White, integer sexes lost, ages of -1) is read rightly here.
"""

from __future__ import annotations

import math
import re
from datetime import date

_OLDEST_YEARS = 120.0
_AGE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(?:y|yrs?|years?)?\s*$", re.IGNORECASE)
_DICOM_AGE = re.compile(r"^\s*(\d{1,3})([YMWD])\s*$", re.IGNORECASE)
_PER_YEAR = {"Y": 1.0, "M": 12.0, "W": 365.25 / 7, "D": 365.25}

_SEXES = {"0": "F", "1": "M", "f": "F", "m": "M", "female": "F", "male": "M"}
_RESULTS = {
    "0": False,
    "negative": False,
    "neg": False,
    "not detected": False,
    "rna not detected": False,
    "rna not detected (sars-cov-2)": False,
    "1": True,
    "positive": True,
    "pos": True,
    "detected": True,
    "rna detected": True,
    "rna detected (sars-cov-2)": True,
}
_SEVERITIES = {
    "1": "mild",
    "2": "moderate",
    "3": "severe",
    "mild": "mild",
    "moderate": "moderate",
    "severe": "severe",
}
_BSTI = {"0": "normal", "1": "classic", "2": "indeterminate", "3": "non-covid"}
_SMOKING = {"0": "never", "1": "ex", "2": "current"}
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


def collapse(value: object) -> str:
    """A value as text, with single spaces and none at the ends; '' for nothing."""
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return " ".join(str(value).split())


def code(value: object) -> str:
    """A coded cell: `1`, `1.0`, `"1.0"` and `" 1 "` are all '1'; other text is casefolded."""
    text = collapse(value).casefold()
    whole = re.fullmatch(r"(\d+)\.0*", text)
    return whole.group(1) if whole else text


def clean_sex(value: object) -> str:
    """'F', 'M' or ''. NCCID codes 0 for F and 1 for M; 2 is never taken for F, as the NHS dictionary would."""
    return _SEXES.get(code(value), "")


def clean_age(value: object) -> float | None:
    """Years, or None where there is no number or none between 0 and 120."""
    found = _AGE.match(collapse(value))
    years = float(found.group(1)) if found else math.inf
    return years if years <= _OLDEST_YEARS else None


def clean_result(value: object) -> bool | None:
    """A swab's result or the final COVID status."""
    return _RESULTS.get(code(value))


def clean_severity(value: object) -> str:
    return _SEVERITIES.get(code(value), "")


def clean_bsti(value: object) -> str:
    """The COVID CODE of the British Society of Thoracic Imaging: `CVCX1`, `1` or `1.0` is 'classic'."""
    return _BSTI.get(code(value).removeprefix("cvcx").removeprefix("cvct"), "")


def clean_smoking(value: object) -> str:
    return _SMOKING.get(code(value), "")


def clean_present(value: object, *, unknown: str) -> bool | None:
    """A history field: 0 absent, `unknown` unknown, every other code (`5 - Lung Ca`, `1es`) present."""
    leading = re.match(r"\d+", code(value))
    if leading is None or leading.group() == unknown:
        return None
    return leading.group() != "0"


def clean_site(value: object) -> str:
    return collapse(value)


def clean_maker(value: object) -> str:
    """The maker of the equipment by the name that it goes under; an unknown one as written, in title case."""
    text = collapse(value)
    for word in re.split(r"[^a-z]+", text.casefold()):
        if word in _MAKERS:
            return _MAKERS[word]
    return text.title()


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


def age_band(years: float | None) -> str:
    if years is None:
        return ""
    bands = ((18, "<18"), (40, "18-39"), (65, "40-64"), (80, "65-79"))
    return next((name for below, name in bands if years < below), "≥80")
