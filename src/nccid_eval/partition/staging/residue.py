"""Does a staged file hold anything that tells of its source? Raw bytes are searched: no parser has to be right.

What counts as found is set out in docs/headers.md, with what is too short to be searched for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydicom.dataset import Dataset

from nccid_eval.partition.staging.composition import IMPLEMENTATION, WORDS
from nccid_eval.partition.staging.encoding import Encoded
from nccid_eval.partition.staging.identifiers import Identifier, identifiers
from nccid_eval.partition.staging.task import StagingTask

_SHORTEST_WORD = 4  # letters and digits
_SHORTEST_NUMBER = 6  # digits: fewer are in any pixel spacing
_SHORTEST_UID = 10
_SHORTEST_OPAQUE = 8  # bytes: fewer occur by chance in compressed data
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"[-+]?[0-9.]+(e[-+]?[0-9]+)?", re.IGNORECASE)
_DATE = re.compile(r"((?:19|20)\d\d)\W?(\d\d)\W?(\d\d)")
_CHARACTER_SETS = ("utf-8", "latin-1")
_PUBLIC_UID = re.compile(rb"1\.2\.840\.10008\.[0-9.]+")  # of classes and syntaxes: a short UID may be a part of one


def left_behind(encoded: Encoded, source: Dataset, task: StagingTask) -> str:
    """The name of a source element that is found in a staged file; '' for none."""
    header = _without_own(encoded.header, task).lower()
    opaque = [part.lower() for part in encoded.opaque]
    told = task.demographics is not None
    wanted = (one for one in identifiers(source, task.source.name) if not (told and one.kind == "age"))
    for one in wanted:
        for text in _forms(one):
            if any(_found(form, header, opaque) for form in _encoded(text)):
                return one.what
    return ""


def _without_own(header: bytes, task: StagingTask) -> bytes:
    """Re-keyed UIDs are random digits, among which any date turns up by chance; DICOM's own are nobody's."""
    header = _PUBLIC_UID.sub(b"\0", header)
    for uid in (task.sop, task.study, task.series, task.frame, IMPLEMENTATION):
        header = header.replace(uid.encode(), b"\0") if uid else header
    return header


def _forms(one: Identifier) -> Iterator[str]:
    """The texts that stand for an identifier, but for those that are too short or that staging itself may write."""
    whole = " ".join(one.text.split()).casefold().strip("\0 ")
    if one.kind == "uid":
        yield from [whole] if len(whole) >= _SHORTEST_UID else []
        return
    if one.kind == "date":
        yield from _dates(whole)
    if one.kind == "time":
        whole, _, fraction = whole.replace(":", "").partition(".")
        yield from [f"{whole}.{fraction}"] if len(whole) >= _SHORTEST_NUMBER and fraction else []
    yield from filter(_is_telling, dict.fromkeys((whole, *_WORD.findall(whole))))


def _is_telling(text: str) -> bool:
    if len(set(text)) == 1:  # xxxx, 000000: what stands where something was taken out
        return False
    if text.isdigit():
        return len(text) >= _SHORTEST_NUMBER
    if _NUMBER.fullmatch(text) or len(text) < _SHORTEST_WORD:
        return False
    return not any(text in word for word in WORDS)


def _dates(text: str) -> list[str]:
    """Ways to write the date that a DA or DT begins with."""
    found = _DATE.match(text)
    if found is None:
        return []
    year, month, day = found.groups()
    orders = ((year, month, day), (day, month, year), (month, day, year))
    return [separator.join(parts) for parts in orders for separator in ("", "-", ".", "/")]


def _encoded(text: str) -> Iterable[bytes]:
    spellings = (text, text.upper())  # bytes.lower() knows ASCII alone
    return {one.encode(name, "ignore").lower() for one in spellings for name in _CHARACTER_SETS} - {b""}


def _found(form: bytes, header: bytes, opaque: list[bytes]) -> bool:
    if len(form) >= _SHORTEST_OPAQUE and any(form in part for part in opaque):
        return True
    if not form.isdigit():
        return form in header
    # A number is found as a number: not as some of the digits of a longer one, or of a fraction.
    return form in header and bool(re.search(rb"(?<![0-9])(?<![0-9]\.)" + form + rb"(?![0-9])(?!\.[0-9])", header))
