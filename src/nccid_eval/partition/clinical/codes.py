"""Coded cells: a code of the form, other spellings of it, and lists of codes where a field allows several."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence

from nccid_eval.partition.clinical.cells import (
    MISSING,
    OUT_OF_RANGE,
    UNPARSEABLE,
    Cleaned,
    Codes,
    Entry,
    ambiguous,
    ok,
    recoded,
)
from nccid_eval.partition.text import fold

_WHOLE = re.compile(r"0*([0-9]+?)(?:\.0*)?")
_BSTI_PREFIX = re.compile(r"cvc[xt] ?-? ?(?=[0-9]$)")
_CODE_WITH_TEXT = re.compile(r"([0-9]) ?[-:,.(]* ?[a-z].*")
_LIST = re.compile(r"(?P<codes>[0-9](?: ?(?:,|;|/|&|\+|and) ?[0-9])+)(?: ?[-:(]? ?[a-z].*)?")
_RUN = re.compile(r"[0-9]{2,}")
_STAGE = re.compile(r"(?:ckd|stage|g|grade| )*([0-9]+|iv|i{1,3}|v)(?:\.0*)? ?[ab]?(?:[^0-9a-z].*)?")
_LONGEST_NAME = 200  # characters
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}

SEX = Codes(
    by_code={"0": "F", "1": "M"},
    words={"f": "F", "female": "F", "woman": "F", "m": "M", "male": "M", "man": "M"},
)
RESULT = Codes(
    by_code={"0": "negative", "1": "positive"},
    words={
        **dict.fromkeys(("negative", "neg", "not detected", "rna not detected"), "negative"),
        "rna not detected (sars-cov-2)": "negative",
        **dict.fromkeys(("positive", "pos", "detected", "rna detected"), "positive"),
        "rna detected (sars-cov-2)": "positive",
    },
    unknown=frozenset({"indeterminate", "inconclusive", "equivocal", "invalid", "pending", "not tested"}),
)
HAPPENED = Codes(by_code={"0": "no", "1": "yes"}, words={"no": "no", "n": "no", "yes": "yes", "y": "yes"})
HISTORY = Codes(
    by_code=HAPPENED.by_code, words={**HAPPENED.words, "none": "no", "nil": "no"}, unknown=frozenset({"2"})
)
SEVERITY = Codes(
    by_code={"1": "mild", "2": "moderate", "3": "severe"},
    words={"mild": "mild", "moderate": "moderate", "severe": "severe"},
)
BSTI = Codes(
    by_code={"0": "normal", "1": "classic", "2": "indeterminate", "3": "non-covid"},
    words={
        "normal": "normal",
        **dict.fromkeys(("classic", "probable", "classic/probable"), "classic"),
        "indeterminate": "indeterminate",
        **dict.fromkeys(("non-covid", "non covid"), "non-covid"),
    },
)
SMOKING = Codes(
    by_code={"0": "never", "1": "ex", "2": "current"},
    words={
        **dict.fromkeys(("never", "never smoked", "never smoker"), "never"),
        **dict.fromkeys(("ex", "ex-smoker", "ex smoker", "former", "former smoker"), "ex"),
        **dict.fromkeys(("current", "current smoker", "smoker"), "current"),
    },
    unknown=frozenset({"3"}),
)
CVS = Codes(
    by_code={"0": "none", "1": "mi", "2": "angina", "3": "stroke", "4": "multiple"},
    words={"no": "none", "none": "none", "nil": "none", "mi": "mi", "angina": "angina", "stroke": "stroke"},
    several=True,
)
LUNG = Codes(
    by_code={"0": "none", "1": "copd", "2": "fibrosis", "3": "cystic fibrosis", "4": "asthma", "5": "other"},
    words={
        **dict.fromkeys(("no", "none", "nil"), "none"),
        **{one: one for one in ("copd", "fibrosis", "cystic fibrosis", "asthma", "other")},
    },
    unknown=frozenset({"6"}),
    several=True,
    with_text="5",
)


def clean_code(entry: Entry) -> Cleaned:
    """A code of the form is ok; `1.0`, `01` and words are recoded; a code that the form lacks is unparseable."""
    codes, folded = entry.field.codes, fold(entry.text)
    code = plain_code(folded)
    if code in codes.unknown:
        return MISSING
    if code in codes.by_code:
        return (ok if folded == code else recoded)(codes.by_code[code])
    return recoded(codes.words[folded]) if folded in codes.words else UNPARSEABLE


def clean_bsti(entry: Entry) -> Cleaned:
    """The COVID CODE of the British Society of Thoracic Imaging; `CVCX1` is 1."""
    folded = fold(entry.text)
    bare = _BSTI_PREFIX.sub("", folded)
    found = clean_code(dataclasses.replace(entry, text=bare))
    return recoded(found.value) if found.value and bare != folded else found


def clean_history(entry: Entry) -> Cleaned:
    """A code, a code with text (`5 - Lung Ca`, `1es`), or several codes where the field allows them.

    Digits run together (`15`) may be two codes or a slip of the pen: ambiguous, read as the codes.
    """
    codes, folded = entry.field.codes, fold(entry.text)
    found = clean_code(entry)
    if found != UNPARSEABLE:
        return found
    if codes.several and (listed := _LIST.fullmatch(folded)):
        return _several(re.findall("[0-9]", listed["codes"]), codes, recoded)
    if codes.several and _RUN.fullmatch(folded):
        return _several(folded, codes, ambiguous)
    with_text = _CODE_WITH_TEXT.fullmatch(folded)
    code = with_text.group(1) if with_text else ""
    if code in codes.by_code:
        return (ok if code == codes.with_text else recoded)(codes.by_code[code])
    return MISSING if code in codes.unknown else UNPARSEABLE


def clean_stage(entry: Entry) -> Cleaned:
    """The stage of a chronic kidney disease: `3`, `Stage 3`, `G3a`, `IV`."""
    folded = fold(entry.text)
    found = _STAGE.fullmatch(folded)
    if found is None:
        return UNPARSEABLE
    stage = _ROMAN.get(found.group(1)) or int(found.group(1))
    if not entry.field.low <= stage <= entry.field.high:
        return OUT_OF_RANGE
    return (ok if folded == str(stage) else recoded)(str(stage))


def clean_name(entry: Entry) -> Cleaned:
    """Free text: a name of a site. One longer than any is none: no table that held it could be read."""
    return ok(entry.text) if len(entry.text) <= _LONGEST_NAME else UNPARSEABLE


def _several(found: Sequence[str], codes: Codes, read_as: Callable[[str], Cleaned]) -> Cleaned:
    """All of the codes, once each; none of them "no"."""
    if len(set(found)) < len(found) or not set(found) <= set(codes.by_code) - {"0"}:
        return UNPARSEABLE
    return read_as("+".join(codes.by_code[one] for one in found))


def plain_code(folded: str) -> str:
    """`1`, `1.0` and `01` are all '1'; other text stays as it is."""
    whole = _WHOLE.fullmatch(folded)
    return whole.group(1) if whole else folded
