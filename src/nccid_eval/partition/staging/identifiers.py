"""Whatever in a source could tell who, when or where: the texts that must not be found in a staged file.

All text, names, dates, times and UIDs of the header are taken, nested and private ones too, so that no list of fields
has to be complete. A value that pydicom cannot read is taken as bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

_TEXT = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
_PIXELS = frozenset({0x7FE00010, 0x7FE00008, 0x7FE00009})
_PUBLIC_ROOT = "1.2.840.10008."  # DICOM's own UIDs: of classes and syntaxes, not of anybody
_PRINTABLE = re.compile(rb"[\x20-\x7e]{4,}")
_FOLDERS = ("pseudonym (folder)", "study (folder)", "series (folder)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """`what` names the element and never its content; `kind` is text, uid, date, time or age."""

    what: str
    kind: str
    text: str


def identifiers(source: Dataset, name: str) -> Iterator[Identifier]:
    """Those of a data set and of its path in the warehouse, part/folder/patient/study/series/file."""
    yield from _of_path(name)
    waiting = [source]
    while waiting:  # no recursion: how deep a data set goes is the file's choice
        ds = waiting.pop()
        for tag in ds.keys():  # noqa: SIM118 - a Dataset iterates over its elements, which may not parse
            if tag in _PIXELS:
                continue
            found = _element(ds, tag)
            if isinstance(found, DataElement) and found.VR == "SQ":
                waiting.extend(found.value)
            else:
                yield from _of_element(tag, found)


def _element(ds: Dataset, tag: BaseTag) -> DataElement | bytes:
    raw = ds.get_item(tag)
    content = raw.value if isinstance(raw, RawDataElement) else None
    try:
        return ds[tag]
    except Exception:  # a broken element of no interest is no reason to lose an image
        return content if isinstance(content, bytes) else b""


def _of_path(name: str) -> Iterator[Identifier]:
    parts = name.split("/")
    stem = parts[-1].rpartition(".")[0] or parts[-1]
    for what, text in [*zip(_FOLDERS, parts[2:-1], strict=False), ("file name", stem)]:
        kind = "uid" if re.fullmatch(r"[0-9.]+", text) else "text"
        yield Identifier(what=what, kind=kind, text=text)


def _of_element(tag: BaseTag, found: DataElement | bytes) -> Iterator[Identifier]:
    what = f"{keyword_for_tag(tag) or 'private element'} {tag}"
    kind, value = ("text", found) if isinstance(found, bytes) else (_kind(found), found.value)
    if kind is None or value is None:
        return
    if isinstance(value, bytes):
        texts = [run.decode("ascii") for run in _PRINTABLE.findall(value)]
    else:
        several = isinstance(value, list | tuple) or hasattr(value, "append")
        texts = [str(one) for one in (value if several else [value])]
    for text in texts:
        if not (kind == "uid" and text.startswith(_PUBLIC_ROOT)):
            yield Identifier(what=what, kind=kind, text=text)


def _kind(element: DataElement) -> str | None:
    """Numbers and public bulk data are no text; private elements may hold any, whatever they claim to be."""
    kinds = {"UI": "uid", "DA": "date", "DT": "date", "TM": "time", "AS": "age"} | dict.fromkeys(_TEXT, "text")
    is_text = element.VR == "UN" or isinstance(element.value, str)  # a number that is none is read as text
    is_hidden = element.tag.is_private and isinstance(element.value, bytes)
    return kinds.get(element.VR) or ("text" if is_text or is_hidden else None)
