"""Names out of a warehouse are hostile: which may be read, and how one is written for people."""

from __future__ import annotations

import re
import unicodedata

# Control, format (they turn the writing round), surrogates (bytes that are no text), line and paragraph ends.
_UNPRINTABLE = ("Cc", "Cf", "Cs", "Zl", "Zp")


def name_fault(name: str) -> str:
    """Why a file of this name is not read, in words for the flow; '' for a sound name, with / between its parts."""
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "name with an empty part or dots for one"
    if _has_foul(name):
        return "name with a control character or a backslash"
    return ""


def is_hidden(name: str) -> bool:
    """Whether a part of the name begins with a dot, as those of snapshots and half-made copies do."""
    return any(part.startswith(".") and part not in (".", "..") for part in name.split("/"))


def printable(name: str) -> str:
    """The name as it may be shown and stored: what is foul in it escaped, so that no two names become one."""
    if not _has_foul(name):
        return name
    return "".join(one.encode("unicode_escape").decode() if _is_foul(one) else one for one in name)


def without_login(address: str) -> str:
    """An address as it may be shown: a login before its host may be a secret key."""
    return re.sub(r"//[^/\s]*@", "//…@", printable(address))


def _has_foul(name: str) -> bool:
    # What Python calls printable holds none of them: that question is quick, and asked of every file.
    return not (name.isprintable() and "\\" not in name) and any(_is_foul(one) for one in name)


def _is_foul(character: str) -> bool:
    return character == "\\" or unicodedata.category(character) in _UNPRINTABLE
