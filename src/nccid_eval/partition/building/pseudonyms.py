"""A last look at what is not private before a partition becomes one: no pseudonym in its manifest or its names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from nccid_eval.errors import PartitionError
from nccid_eval.partition.built import manifest
from nccid_eval.partition.text import fold

_WORD = re.compile(r"[^\W]+(?:-[^\W]+)*")  # a UUID is one word
_PRIVATE = manifest.TRUTH.split("/")[0]


def refuse_pseudonyms(folder: Path, pseudonyms: Iterable[str]) -> None:
    """Search the manifest and the names of files and folders, whole words in any case. Raises PartitionError."""
    text = "\n".join([(folder / manifest.NAME).read_text(encoding="utf-8"), *_names(folder)]).casefold()
    words = set(_WORD.findall(text))
    for pseudonym in {fold(one) for one in pseudonyms} - {""}:
        is_word = _WORD.fullmatch(pseudonym) is not None
        if pseudonym in words if is_word else pseudonym in text:
            raise PartitionError(
                "a pseudonym was found in the manifest or in a file's name; no partition is written",
                where=f"{manifest.NAME}, cases/",
                mend="is the warehouse's folder named after a patient? Give it another name; if not, report it",
            )


def _names(folder: Path) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        if Path(place) == folder:
            folders.remove(_PRIVATE)
        yield from (*folders, *files)
