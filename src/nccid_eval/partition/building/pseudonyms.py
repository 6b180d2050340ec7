"""A last look at what is not private before a partition becomes one: no pseudonym in its manifest or its names.

What lies in a warehouse may be called anything: a stray folder `images`, or `4`, is no pseudonym that the manifest
gives away with its own words and counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from nccid_eval.errors import PartitionError
from nccid_eval.partition.built import manifest
from nccid_eval.partition.text import fold

_WORD = re.compile(r"[^\W]+(?:-[^\W]+)*")  # a UUID is one word
_OURS = re.compile(r"[a-z2-7]{12}(/[0-9]{4,}\.dcm)?")  # an opaque id, and a file's number
_SHORTEST = 4  # letters and digits


def refuse_pseudonyms(folder: Path, pseudonyms: Iterable[str]) -> None:
    """Search the warehouse's name and the flow, whole words in any case; names in cases/ have to be ids and numbers.

    In the flow's own words only what has a digit, and four characters, counts as a pseudonym. Raises PartitionError.
    """
    document = json.loads((folder / manifest.NAME).read_bytes())
    sought = {fold(one) for one in pseudonyms} - {""}
    telling = {one for one in sought if len(one) >= _SHORTEST and any(map(str.isdigit, one))}
    flow = "\n".join(f"{step['stage']}\n{step['reason']}" for step in document["flow"])
    if _holds(document["warehouse"], sought) or _holds(flow, telling) or not _are_ours(folder / manifest.CASES):
        raise PartitionError(
            "a pseudonym was found in the manifest or in a file's name; no partition is written",
            where=f"{manifest.NAME}, cases/",
            mend="is the warehouse's folder named after a patient? Give it another name; if not, report it",
        )


def _holds(text: str, pseudonyms: Iterable[str]) -> bool:
    text = text.casefold()
    words = set(_WORD.findall(text))
    return any(one in words if _WORD.fullmatch(one) else one in text for one in pseudonyms)


def _are_ours(cases: Path) -> bool:
    return all(_OURS.fullmatch(path.relative_to(cases).as_posix()) for path in cases.rglob("*"))
