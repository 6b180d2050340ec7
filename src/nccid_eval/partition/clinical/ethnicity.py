"""Ethnicity: the letters of NHS, their local sub-codes and verbose text -> six groups; unknown is ''."""

from __future__ import annotations

import re

from nccid_eval.partition.text import collapse

_BY_LETTER = {
    **dict.fromkeys("ABC", "White"),
    **dict.fromkeys("DEFG", "Mixed"),
    **dict.fromkeys("HJKLR", "Asian"),  # R is Chinese, which the census counts as Asian
    **dict.fromkeys("MNP", "Black"),
    "S": "Other",
}
# The second character of a local sub-code, as C2, CA-CY, GA-GF, LA-LK, PA-PE, SA-SE.
_SUBCODES = re.compile(r"C[23A-Y]|G[A-F]|L[A-K]|P[A-E]|S[A-E]")

# The order matters: a mixed background names the others, and "any other White background" is White.
_BY_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("Mixed", frozenset({"mixed", "multiple"})),
    ("Asian", frozenset({"asian", "chinese", "indian", "pakistani", "bangladeshi"})),
    ("Black", frozenset({"black", "african", "caribbean"})),
    ("White", frozenset({"white", "irish", "gypsy"})),
    ("Other", frozenset({"other", "arab"})),
)
_BACKGROUNDS = frozenset({"white", "black", "asian"})  # two of them at once: "White and Black Caribbean"
_UNSAID = frozenset({"unknown", "not", "refused", "declined", "undisclosed"})


def clean_ethnicity(value: object) -> str:
    """White, Mixed, Asian, Black, Other, or '' where it is unknown, not stated or not understood."""
    text = collapse(value)
    if not text:
        return ""
    letters = text.upper()
    if letters in _BY_LETTER or _SUBCODES.fullmatch(letters):
        return _BY_LETTER[letters[0]]
    words = frozenset(re.findall(r"[a-z]+", text.casefold()))
    if words & _UNSAID:
        return ""
    if len(words & _BACKGROUNDS) > 1:
        return "Mixed"
    return next((group for group, named in _BY_WORDS if words & named), "")
