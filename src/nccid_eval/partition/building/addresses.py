"""What a piece of work is named by: its parameters and the content of its files, not their names, places or times."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.warehouse import WarehouseFile

Contents = Mapping[str, str]  # name of a file -> SHA-256 of what was read, or why it could not be


def address(task: object, contents: Contents, code: str) -> str:
    """The SHA-256 of a task's kind and fields, its files standing for their content, and of the code that does it."""
    return canonical_digest([code, type(task).__name__, plain(task, contents)])


def canonical_digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def plain(value: object, contents: Contents | None = None) -> Any:
    """A value as JSON can hold it. A file is its content, or without `contents` its name; our paths are nothing."""
    if isinstance(value, WarehouseFile):
        return value.name if contents is None else contents.get(value.name, "")
    if isinstance(value, Path):
        return ""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), contents) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return sorted([plain(key, contents), plain(one, contents)] for key, one in value.items())
    if isinstance(value, Sequence | Set) and not isinstance(value, str):
        return [plain(one, contents) for one in (sorted(value) if isinstance(value, Set) else value)]
    return value if value is None or isinstance(value, str | int | float) else str(value)


def file_fields(task: object) -> list[tuple[str, WarehouseFile]]:
    """The fields of a task that are files of the warehouse."""
    assert dataclasses.is_dataclass(task)
    values = [(field.name, getattr(task, field.name)) for field in dataclasses.fields(task)]
    return [(name, value) for name, value in values if isinstance(value, WarehouseFile)]


def files_of(task: object) -> list[WarehouseFile]:
    return [file for _, file in file_fields(task)]


def content_of(file: WarehouseFile) -> str:
    """The SHA-256 of a file; why it cannot be read where it cannot, which is as much a fact about the warehouse."""
    try:
        return hashlib.sha256(file.read()).hexdigest()
    except Refused as refused:
        return f"refused: {refused.reason}"
