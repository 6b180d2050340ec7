"""Ethnicity: the letters of NHS, their local sub-codes and verbose text -> six groups; unknown is ''."""

from __future__ import annotations

import re

from nccid_eval.partition.clinical.cells import (
    MISSING,
    UNPARSEABLE,
    Cleaned,
    Entry,
    ambiguous,
    ok,
    recoded,
)

_BY_LETTER = {
    **dict.fromkeys("ABC", "White"),
    **dict.fromkeys("DEFG", "Mixed"),
    **dict.fromkeys("HJKLR", "Asian"),  # R is Chinese, which the census counts as Asian
    **dict.fromkeys("MNP", "Black"),
    "S": "Other",
}
_UNKNOWN_CODES = frozenset({"99", "0", "U", "Z"})
# The second character of a local sub-code, as C2, CA-CY, GA-GF, LA-LK, PA-PE, SA-SE.
_SUBCODES = re.compile(r"C[23A-Y]|G[A-F]|L[A-K]|P[A-E]|S[A-E]")
_CODE_AND_TEXT = re.compile(r"([A-Z][A-Z23]?) ?[-:.)] ?(.+)")

# The order matters: a mixed background names the others, and "any other White background" is White.
_BY_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("Mixed", frozenset({"mixed", "multiple"})),
    ("Asian", frozenset({"asian", "chinese", "indian", "pakistani", "bangladeshi"})),
    ("Black", frozenset({"black", "african", "caribbean"})),
    ("White", frozenset({"white", "irish", "english", "scottish", "welsh", "gypsy", "traveller", "roma"})),
    ("Other", frozenset({"other", "arab"})),
)
# Two groups of them at once: "White and Black Caribbean".
_BACKGROUNDS = {"white": "White", "black": "Black", "asian": "Asian", "chinese": "Asian"}
_UNSAID = frozenset({"unknown", "not", "refused", "declined", "undisclosed"})


def clean_group(entry: Entry) -> Cleaned:
    """White, Mixed, Asian, Black, Other. A letter beside a text of another group is ambiguous, read as the letter."""
    text = entry.text
    letters = text.upper()
    if letters.removesuffix(".0") in _UNKNOWN_CODES:
        return MISSING
    if group := _of_code(letters):
        return ok(group)
    if both := _CODE_AND_TEXT.fullmatch(letters):
        group, told = _of_code(both.group(1)), _of_words(_words(both.group(2)))
        if group:
            return ambiguous(group) if told not in ("", group) else recoded(group)
    words = _words(text)
    if words & _UNSAID:
        return MISSING
    told = _of_words(words)
    return recoded(told) if told else UNPARSEABLE


def _of_code(letters: str) -> str:
    return _BY_LETTER[letters[0]] if letters in _BY_LETTER or _SUBCODES.fullmatch(letters) else ""


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+", text.casefold()))


def _of_words(words: frozenset[str]) -> str:
    if len({_BACKGROUNDS[one] for one in words if one in _BACKGROUNDS}) > 1:
        return "Mixed"
    return next((group for group, named in _BY_WORDS if words & named), "")
