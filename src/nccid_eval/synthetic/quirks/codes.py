"""How sites coded who a patient is and what they had; the truth stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.quirks.row import Change, Quirk, edit, full_positive, positive

_ETHNICITY_TEXTS = {
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
_BSTI = {"0": "normal", "1": "classic"}
_SEX_CODES = {"F": 0, "M": 1}


def code_cvcx(draft: Draft, _rng: np.random.Generator) -> Draft:
    """`COVID CODE` as CVCX1."""
    coded = edit(draft, lambda f: {k: f"CVCX{v}" for k, v in f.items() if k.startswith("COVID CODE") and v})
    code = draft.clinical[-1].fields.get("COVID CODE")
    return _meaning(coded, "COVID CODE", _BSTI[code]) if code else coded


def legacy_hypertension(draft: Draft, _rng: np.random.Generator) -> Draft:
    """The old header `PMH h1pertension`, with 1es for yes."""

    has = draft.clinical[-1].fields["PMH hypertension"] == "1"
    written = edit(draft, lambda _f: {"PMH h1pertension": "1es" if has else "2"}, drop=("PMH hypertension",))
    return _meaning(written, "PMH hypertension", "yes" if has else None)


def whole_numbers(draft: Draft, _rng: np.random.Generator) -> Draft:
    """Codes as JSON numbers in place of texts."""
    return edit(draft, lambda f: {k: int(v) for k, v in f.items() if isinstance(v, str) and v.isdigit()})


def decimals(draft: Draft, _rng: np.random.Generator) -> Draft:
    """Codes as a spreadsheet exports a column with blanks: 1.0."""
    return edit(draft, lambda f: {k: f"{v}.0" for k, v in f.items() if isinstance(v, str) and v in ("0", "1")})


def spaces(draft: Draft, _rng: np.random.Generator) -> Draft:
    """Blanks around every text."""
    return edit(draft, lambda f: {k: f" {v} " for k, v in f.items() if isinstance(v, str) and k != "Pseudonym"})


def results_as_text(draft: Draft, _rng: np.random.Generator) -> Draft:
    said = {"1st RT-PCR result": "RNA DETECTED (SARS-CoV-2)", "Final COVID Status": ""}
    return _meaning(edit(draft, lambda _f: said), "1st RT-PCR result", "positive")


def _sex(written: Callable[[str], Any]) -> Change:
    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return _meaning(edit(draft, lambda _f: {"Sex": written(draft.patient.sex)}), "Sex", draft.patient.sex)

    return change


def _no_sex(code: Any) -> Change:
    """2 and 3 mean nothing in NCCID: the sex is then in the DICOM header alone."""

    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return _meaning(edit(draft, lambda _f: {"Sex": code}), "Sex", None)

    return change


def sex_unknown_code(draft: Draft, rng: np.random.Generator) -> Draft:
    return _no_sex(str(rng.choice(["2", "3"])))(draft, rng)


def ethnicity_as_text(draft: Draft, _rng: np.random.Generator) -> Draft:
    return edit(draft, lambda _f: {"Ethnicity": _ETHNICITY_TEXTS[draft.patient.ethnicity]})


def ethnicity_subcode(draft: Draft, _rng: np.random.Generator) -> Draft:
    return edit(draft, lambda _f: {"Ethnicity": _SUBCODES[draft.patient.ethnicity]})


def ethnicity_lower(draft: Draft, _rng: np.random.Generator) -> Draft:
    return edit(draft, lambda _f: {"Ethnicity": draft.patient.ethnicity.lower()})


def ethnicity_unknown(draft: Draft, rng: np.random.Generator) -> Draft:
    code = str(rng.choice(["99", "0", "U", "Z"]))
    return _meaning(edit(draft, lambda _f: {"Ethnicity": code}), "Ethnicity", None)


def _meaning(draft: Draft, header: str, value: str | None) -> Draft:
    return replace(draft, cleaned={**draft.cleaned, header: value})


def _of_ethnicity(letters: str) -> Callable[[Draft], bool]:
    return lambda draft: full_positive(draft) and draft.patient.ethnicity in letters


def _ethnic_text(name: str, letters: str) -> Quirk:
    """The wordings that the published cleaning code gets wrong, each with a switch of its own."""
    text = _ETHNICITY_TEXTS[letters[0]]
    return Quirk(name=name, what=f"Ethnicity: {text}", applies=_of_ethnicity(letters), change=ethnicity_as_text)


ROWS = (
    Quirk(
        name="covid_code_cvcx",
        what="COVID CODE: CVCX1",
        probability=0.10,
        applies=positive,
        change=code_cvcx,
    ),
    Quirk(
        name="legacy_hypertension",
        what="the old header `PMH h1pertension`, with 1es for yes",
        probability=0.04,
        applies=positive,
        change=legacy_hypertension,
    ),
    Quirk(
        name="whole_numbers",
        what="codes as JSON numbers",
        probability=0.10,
        applies=positive,
        change=whole_numbers,
    ),
    Quirk(
        name="sex_as_letter",
        what="Sex: F",
        probability=0.05,
        applies=positive,
        change=_sex(str),
    ),
    Quirk(
        name="sex_unknown_code",
        what="Sex: 2 or 3, which mean nothing",
        probability=0.03,
        applies=positive,
        change=sex_unknown_code,
    ),
    Quirk(
        name="ethnicity_as_text",
        what="Ethnicity: Asian or Asian British - Indian",
        probability=0.06,
        applies=positive,
        change=ethnicity_as_text,
    ),
    Quirk(
        name="sex_as_word",
        what="Sex: Female",
        probability=0.01,
        applies=full_positive,
        change=_sex({"F": "Female", "M": "Male"}.__getitem__),
    ),
    Quirk(
        name="sex_as_number",
        what="Sex: the JSON number 0",
        probability=0.01,
        applies=full_positive,
        change=_sex(_SEX_CODES.__getitem__),
    ),
    Quirk(
        name="sex_as_decimal",
        what="Sex: 0.0",
        probability=0.01,
        applies=full_positive,
        change=_sex(lambda sex: f"{_SEX_CODES[sex]}.0"),
    ),
    Quirk(
        name="sex_as_float",
        what="Sex: the JSON number 0.0",
        probability=0.01,
        applies=full_positive,
        change=_sex(lambda sex: float(_SEX_CODES[sex])),
    ),
    Quirk(name="sex_code_2", what="Sex: 2", applies=full_positive, change=_no_sex("2")),
    Quirk(name="sex_code_3", what="Sex: the JSON number 3", applies=full_positive, change=_no_sex(3)),
    _ethnic_text("ethnicity_mixed_text", "F"),
    _ethnic_text("ethnicity_indian_text", "H"),
    _ethnic_text("ethnicity_african_text", "N"),
    _ethnic_text("ethnicity_chinese_text", "R"),
    Quirk(
        name="ethnicity_subcode",
        what="Ethnicity: a local sub-code, as CY or LH",
        probability=0.02,
        applies=_of_ethnicity("".join(_SUBCODES)),
        change=ethnicity_subcode,
    ),
    Quirk(
        name="ethnicity_lower_case",
        what="Ethnicity: a",
        probability=0.01,
        applies=full_positive,
        change=ethnicity_lower,
    ),
    Quirk(
        name="ethnicity_unknown_code",
        what="Ethnicity: 99, 0, U or Z",
        applies=full_positive,
        change=ethnicity_unknown,
    ),
    Quirk(name="codes_as_decimals", what="codes as 1.0", probability=0.01, applies=full_positive, change=decimals),
    Quirk(name="values_spaced", what="blanks around texts", probability=0.01, applies=full_positive, change=spaces),
    Quirk(
        name="result_as_text",
        what="1st RT-PCR result: RNA DETECTED (SARS-CoV-2), and no final status",
        probability=0.01,
        applies=full_positive,
        change=results_as_text,
    ),
)
