"""The form's headers, as they stand in files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.quirks.row import Applies, Change, Quirk, full_positive, with_images

_DIABETES = "PMH diabetes mellitus type II"
_CODED = (_DIABETES, "ITU admission")
_SAID = {"0": "no", "1": "yes"}


def _headers(spelt: Callable[[str], str]) -> Change:
    """Spell every header otherwise."""

    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        files = tuple(
            replace(file, fields={spelt(key): value for key, value in file.fields.items()}) for file in draft.clinical
        )
        return replace(draft, clinical=files)

    return change


def _spaced(key: str) -> str:
    return f" {key.replace(' ', '  ')} "


def _renamed(names: Mapping[str, str], cells: Mapping[str, Any] | None = None) -> Change:
    """Give headers their other names, and some of their cells a value to tell them by."""

    def change(draft: Draft, rng: np.random.Generator) -> Draft:
        latest = draft.clinical[-1]
        filled = replace(latest, fields={**latest.fields, **(cells or {})})
        codes = {key: _SAID.get(str(latest.fields[key]).strip()) for key in names if key in _CODED}
        known = {**draft.cleaned, **codes, **(cells or {})}
        filled_in = replace(draft, clinical=(*draft.clinical[:-1], filled), cleaned=known)
        return _headers(lambda key: names.get(key, key))(filled_in, rng)

    return change


def diabetes_types(draft: Draft, rng: np.random.Generator) -> Draft:
    """The older form asked for both types; type I is not to be counted."""
    changed = _renamed({_DIABETES: "PMH diabetes mellitus TYPE II"})(draft, rng)
    latest = changed.clinical[-1]
    fields = {**latest.fields, "PMH diabetes mellitus TYPE I": "1"}
    return replace(changed, clinical=(*changed.clinical[:-1], replace(latest, fields=fields)))


def twice(draft: Draft, _rng: np.random.Generator) -> Draft:
    """A column that stands twice, once without values, which counts for nothing."""
    files = tuple(
        replace(file, fields={**file.fields, "SEX ": "", "SubmittingCentre ": " "}) for file in draft.clinical
    )
    return replace(draft, clinical=files)


def when(draft: Draft, rng: np.random.Generator) -> Draft:
    """The uploader's search window under its former name; it says nothing of the patient."""
    return _headers(lambda key: "When" if key == "SpecialFormatTimestamp" else key)(draft, rng)


def _searched(draft: Draft) -> bool:
    return any("SpecialFormatTimestamp" in file.fields for file in draft.clinical)


def _row(name: str, what: str, change: Change, applies: Applies = full_positive, probability: float = 0.01) -> Quirk:
    return Quirk(name=name, what=what, probability=probability, applies=applies, change=change)


ROWS = (
    _row("header_twice", "a column that stands twice, once without values", twice),
    _row(
        "header_fio2_legacy",
        "`Any supplemental oxygen: FiO2`",
        _renamed({"FiO2": "Any supplemental oxygen: FiO2"}, {"FiO2": "40"}),
    ),
    _row("header_pa02", "`Pa02`, with a zero", _renamed({"PaO2": "Pa02"}, {"PaO2": "9.5"})),
    _row("header_itu_trailing", "`ITU admission ` with a blank", _renamed({"ITU admission": "ITU admission "})),
    _row(
        "header_pack_years",
        "`Pack year history` in lower case",
        _renamed({"Pack year History": "Pack year history"}, {"Pack year History": "30"}),
    ),
    _row("header_diabetes_types", "`TYPE I` and `TYPE II` in two columns", diabetes_types),
    _row("header_when", "`When` for SpecialFormatTimestamp", when, _searched),
    # the last, as they spell every other
    _row("headers_upper_case", "SUBMITTINGCENTRE", _headers(str.upper), with_images),
    _row("headers_spaced", "two blanks between words, one at each end", _headers(_spaced), with_images),
)
