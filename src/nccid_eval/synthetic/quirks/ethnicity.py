"""How sites coded ethnicity; the truth stays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.quirks.row import Quirk, edit, full_positive, meaning, positive

_TEXTS = {
    "A": "White - British",
    "B": "White - Irish",
    "C": "White - Any other White background",
    "F": "Mixed - White and Asian",
    "H": "Asian or Asian British - Indian",
    "J": "Asian or Asian British - Pakistani",
    "K": "Asian or Asian British - Bangladeshi",
    "L": "Asian or Asian British - Any other Asian background",
    "M": "Black or Black British - Caribbean",
    "N": "Black or Black British - African",
    "P": "Black or Black British - Any other Black background",
    "R": "Other Ethnic Groups - Chinese",
    "S": "Other Ethnic Groups - Any other ethnic group",
    "Z": "Not stated",
}
_SUBCODES = {"C": "CY", "L": "LH", "P": "PD", "S": "SE"}


def _as_text(draft: Draft, _rng: np.random.Generator) -> Draft:
    return edit(draft, lambda _f: {"Ethnicity": _TEXTS[draft.patient.ethnicity]})


def _subcode(draft: Draft, _rng: np.random.Generator) -> Draft:
    return edit(draft, lambda _f: {"Ethnicity": _SUBCODES[draft.patient.ethnicity]})


def _lower(draft: Draft, _rng: np.random.Generator) -> Draft:
    return edit(draft, lambda _f: {"Ethnicity": draft.patient.ethnicity.lower()})


def _unknown(draft: Draft, rng: np.random.Generator) -> Draft:
    code = str(rng.choice(["99", "0", "U", "Z"]))
    return meaning(edit(draft, lambda _f: {"Ethnicity": code}), "Ethnicity", None)


def _of_ethnicity(letters: str) -> Callable[[Draft], bool]:
    return lambda draft: full_positive(draft) and draft.patient.ethnicity in letters


def _ethnic_text(name: str, letters: str) -> Quirk:
    """The wordings that the published cleaning code gets wrong, each with a switch of its own."""
    text = _TEXTS[letters[0]]
    return Quirk(name=name, what=f"Ethnicity: {text}", applies=_of_ethnicity(letters), change=_as_text)


ROWS = (
    Quirk(
        name="ethnicity_as_text",
        what="Ethnicity: Asian or Asian British - Indian",
        probability=0.06,
        applies=positive,
        change=_as_text,
    ),
    _ethnic_text("ethnicity_mixed_text", "F"),
    _ethnic_text("ethnicity_indian_text", "H"),
    _ethnic_text("ethnicity_african_text", "N"),
    _ethnic_text("ethnicity_chinese_text", "R"),
    Quirk(
        name="ethnicity_subcode",
        what="Ethnicity: a local sub-code, as CY or LH",
        probability=0.02,
        applies=_of_ethnicity("".join(_SUBCODES)),
        change=_subcode,
    ),
    Quirk(
        name="ethnicity_lower_case",
        what="Ethnicity: a",
        probability=0.01,
        applies=full_positive,
        change=_lower,
    ),
    Quirk(
        name="ethnicity_unknown_code",
        what="Ethnicity: 99, 0, U or Z",
        applies=full_positive,
        change=_unknown,
    ),
)
