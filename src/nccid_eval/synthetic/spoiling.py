"""What becomes of a file's bytes, and of a metadata JSON's text, on the way into a warehouse."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

_NESTED = 20_000
_PIXEL_TAG = b"\xe0\x7f\x10\x00"
_HEADER = 132  # preamble and DICM


def _nested(whole: bytes) -> bytes:
    """Sequences of undefined length in each other, before the pixels; explicit little endian."""
    opened = b"\xd1\x7f\x01\x10SQ\x00\x00\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    closed = b"\xfe\xff\x0d\xe0\x00\x00\x00\x00" + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"
    return _before_pixels(whole, opened * _NESTED + closed * _NESTED)


def _huge_length(whole: bytes) -> bytes:
    return _before_pixels(whole, b"\xd1\x7f\x02\x10OB\x00\x00\xf0\xff\xff\xff")


def _before_pixels(whole: bytes, inserted: bytes) -> bytes:
    place = whole.rindex(_PIXEL_TAG + b"O")
    return whole[:place] + inserted + whole[place:]


SPOILED: Mapping[str, Callable[[bytes], bytes]] = {
    "empty": lambda _whole: b"",
    "text": lambda _whole: b"see the other disc\r\n" * 30,
    "truncated": lambda whole: whole[: int(len(whole) * 0.6)],
    "no_preamble": lambda whole: whole[_HEADER:],
    "nested": _nested,
    "huge_length": _huge_length,
}


def _cut(text: str) -> str:
    return text[: len(text) // 2]


def _nested_null(text: str) -> str:
    fields: dict[str, Any] = json.loads(text)
    fields["00081140"] = {"vr": "SQ", "Value": [{"00283010": None, "00081155": {"vr": "UI", "Value": [None]}}, None]}
    return json.dumps(fields, sort_keys=True)


def _disagrees(text: str) -> str:
    fields: dict[str, Any] = json.loads(text)
    fields["00100020"] = {"vr": "LO", "Value": ["Covid00"]}
    return json.dumps(fields, sort_keys=True)


METADATA: Mapping[str, Callable[[str], str]] = {
    "cut": _cut,
    "nested_null": _nested_null,
    "disagrees": _disagrees,
}
