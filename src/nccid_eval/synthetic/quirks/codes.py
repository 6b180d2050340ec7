"""How sites coded who a patient is and what they had; the truth stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.quirks import ethnicity
from nccid_eval.synthetic.quirks.row import Change, Quirk, edit, full_positive, meaning, positive

_BSTI = {"0": "normal", "1": "classic"}
_SEX_CODES = {"F": 0, "M": 1}


def code_cvcx(draft: Draft, _rng: np.random.Generator) -> Draft:
    """`COVID CODE` as CVCX1."""
    coded = edit(draft, lambda f: {k: f"CVCX{v}" for k, v in f.items() if k.startswith("COVID CODE") and v})
    code = draft.clinical[-1].fields.get("COVID CODE")
    return meaning(coded, "COVID CODE", _BSTI[code]) if code else coded


def legacy_hypertension(draft: Draft, _rng: np.random.Generator) -> Draft:
    """The old header `PMH h1pertension`, with 1es for yes."""

    has = draft.clinical[-1].fields["PMH hypertension"] == "1"
    written = edit(draft, lambda _f: {"PMH h1pertension": "1es" if has else "2"}, drop=("PMH hypertension",))
    return meaning(written, "PMH hypertension", "yes" if has else None)


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
    return meaning(edit(draft, lambda _f: said), "1st RT-PCR result", "positive")


def _sex(written: Callable[[str], Any]) -> Change:
    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return meaning(edit(draft, lambda _f: {"Sex": written(draft.patient.sex)}), "Sex", draft.patient.sex)

    return change


def _no_sex(code: Any) -> Change:
    """2 and 3 mean nothing in NCCID: the sex is then in the DICOM header alone."""

    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return meaning(edit(draft, lambda _f: {"Sex": code}), "Sex", None)

    return change


def sex_unknown_code(draft: Draft, rng: np.random.Generator) -> Draft:
    return _no_sex(str(rng.choice(["2", "3"])))(draft, rng)


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
    *ethnicity.ROWS,
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
