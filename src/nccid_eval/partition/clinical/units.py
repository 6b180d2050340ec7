"""Units: what a number is multiplied by to stand in its field's own unit, and what single sites are known to write.

The sites' units are those that NCCID published for single submitting centres. Where a site's unit cannot be turned
into the form's with certainty, its numbers are taken as written and are ambiguous.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from nccid_eval.partition.text import fold

# The form's unit -> every spelling that is understood (folded, no spaces) -> its factor.
_FACTORS: Mapping[str, Mapping[str, float]] = {
    "%": {"%": 1.0, "percent": 1.0},
    "mmHg": {"mmhg": 1.0, "kpa": 7.50062},
    "kPa": {"kpa": 1.0, "mmhg": 0.133322},
    "C": {"c": 1.0, "°c": 1.0, "degc": 1.0, "degreesc": 1.0, "celsius": 1.0},
    "/min": {"/min": 1.0, "bpm": 1.0, "permin": 1.0, "perminute": 1.0, "breaths/min": 1.0, "beats/min": 1.0},
    "10^9/L": {"10^9/l": 1.0, "x10^9/l": 1.0, "10*9/l": 1.0, "x10*9/l": 1.0, "x109/l": 1.0, "10e9/l": 1.0},
    "mg/L": {"mg/l": 1.0, "ug/ml": 1.0, "ng/ml": 0.001, "ug/l": 0.001, "mcg/l": 0.001},
    "g/L": {"g/l": 1.0, "mg/l": 0.001, "mg/dl": 0.01},
    "ng/mL": {"ng/ml": 1.0, "ug/l": 1.0, "mcg/l": 1.0},
    "mmol/L": {"mmol/l": 1.0},
    "umol/L": {"umol/l": 1.0, "mmol/l": 1000.0},
    "ng/L": {"ng/l": 1.0, "pg/ml": 1.0, "ng/ml": 1000.0, "ug/l": 1000.0},
    "days": {
        "d": 1.0,
        "day": 1.0,
        "days": 1.0,
        "/7": 1.0,
        "w": 7.0,
        "week": 7.0,
        "weeks": 7.0,
        "wk": 7.0,
        "/52": 7.0,
    },
    "years": {
        **dict.fromkeys(("y", "yr", "yrs", "year", "years", "yo"), 1.0),
        **dict.fromkeys(("m", "month", "months"), 1 / 12),
        **dict.fromkeys(("w", "week", "weeks"), 7 / 365.25),
        **dict.fromkeys(("d", "day", "days"), 1 / 365.25),
    },
    "pack years": dict.fromkeys(("py", "pyh", "packyear", "packyears", "pack-year", "pack-years", "pkyrs"), 1.0),
}

# field, words of a submitting centre's name, the unit that it writes
_SITE_UNITS: tuple[tuple[str, frozenset[str], str], ...] = (
    ("d_dimer", frozenset({"imperial"}), "mg/l"),
    ("d_dimer", frozenset({"cambridge"}), "ng/ml"),
    ("d_dimer", frozenset({"cornwall"}), "ng/ml"),
    ("d_dimer", frozenset({"sheffield", "children"}), "ng/ml"),
    ("d_dimer", frozenset({"west", "suffolk"}), "ng/ml"),
    ("d_dimer", frozenset({"norfolk"}), "ug/l"),
    ("urea", frozenset({"imperial"}), "ng/ml"),  # no urea is: a slip in the published list, or in the data
    ("pao2", frozenset({"cambridge"}), "%"),  # a share is no pressure
    ("troponin_i", frozenset({"sheffield", "children"}), "ng/ml"),
)


def factor(written: str, unit: str) -> float | None:
    """What a number with this unit is multiplied by to be in the form's; None where that is not certain."""
    spelled = fold(written).replace("\N{GREEK SMALL LETTER MU}", "u").replace(" ", "").removesuffix(".")
    return _FACTORS.get(unit, {}).get(spelled)


def site_unit(name: str, site: str) -> str:
    """The unit that a submitting centre is known to write a field in; '' where nothing is known."""
    words = set(re.findall(r"[a-z]+", fold(site)))
    return next((unit for field, named, unit in _SITE_UNITS if field == name and named <= words), "")
