"""One cleaning function for each clinical field. Each gives '' or None for what it does not understand.

Written for NCCID's codings; what the published cleaning code gets wrong (Chinese as Other, "Mixed - White and
Asian" as White, integer sexes lost, ages of -1) is read rightly here.
"""

from __future__ import annotations

import math
import re

from nccid_eval.partition.text import collapse

_OLDEST_YEARS = 120.0
_AGE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(?:y|yrs?|years?)?\s*$", re.IGNORECASE)

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


def age_band(years: float | None) -> str:
    if years is None:
        return ""
    bands = ((18, "<18"), (40, "18-39"), (65, "40-64"), (80, "65-79"))
    return next((name for below, name in bands if years < below), "≥80")
