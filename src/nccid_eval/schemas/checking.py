"""A table against the schema that it names: the first fault, by its path and what was wanted there.

A fault tells nothing of what stood there instead: that may be private.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAMILY = "nccid-eval"
KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a finite number",
    "object": "an object",
    "string": "text",
}
LONGEST = 200  # of a path in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`at` is a JSON Pointer, as /overall/auc/low; '/' for the whole."""

    at: str
    wanted: str


def fault(table: Mapping[str, Any]) -> Fault | None:
    """The first thing in which a table differs from its schema; None where it fits."""
    validator = _validator(_name(table.get("schema")))
    if validator is None:
        return Fault(at="/schema", wanted=f"one of {', '.join(_names())}")
    current = validator.schema["properties"]["schema"]["const"]
    if table["schema"] != current:
        return Fault(at="/schema", wanted=_wanted("const", current))
    errors = list(validator.iter_errors(table))
    return _told(min(errors, key=lambda error: len(error.absolute_path))) if errors else None


def _name(schema: object) -> str:
    """'scorecard' of 'nccid-eval/scorecard/1'."""
    parts = schema.split("/") if isinstance(schema, str) else []
    return parts[1] if len(parts) == 3 and parts[0] == FAMILY else ""


def _names() -> list[str]:
    return sorted(path.name.removesuffix(".schema.json") for path in Path(__file__).parent.glob("*.schema.json"))


@functools.cache
def _validator(name: str) -> Any:
    """Made once a process; None where there is no such schema."""
    if name not in _names():
        return None
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    types = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": _is_number, "integer": _is_whole, "array": _is_list}
    )
    path = Path(__file__).with_name(f"{name}.schema.json")
    return extend(Draft202012Validator, type_checker=types)(json.loads(path.read_text(encoding="utf-8")))


def _is_number(_: Any, value: object) -> bool:
    """JSON has no NaN and no infinity, though Python reads both."""
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _is_whole(_: Any, value: object) -> bool:
    return type(value) is int


def _is_list(_: Any, value: object) -> bool:
    """A tuple is written as a list."""
    return isinstance(value, list | tuple)


def _told(error: Any) -> Fault:
    at = list(error.absolute_path)
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return Fault(at=_pointer([*at, missing]), wanted="this field is missing")
    if error.validator == "additionalProperties":
        unknown = next(name for name in error.instance if name not in error.schema["properties"])
        return Fault(at=_pointer([*at, unknown]), wanted="no field has this name")
    return Fault(at=_pointer(at), wanted=_wanted(error.validator, error.validator_value))


def _wanted(keyword: str, value: Any) -> str:
    if keyword == "type":
        kinds = [value] if isinstance(value, str) else value
        return f"{' or '.join(KINDS[one] for one in kinds)} is wanted"
    if keyword == "enum":
        return f"one of {', '.join(json.dumps(one, ensure_ascii=False) for one in value)} is wanted"
    words = {"const": "is wanted", "minimum": "is the least", "maximum": "is the most"}
    return f"{json.dumps(value)} {words[keyword]}" if keyword in words else f"its schema's '{keyword}' is wanted"


def _pointer(path: Iterable[str | int]) -> str:
    steps = (str(one).replace("~", "~0").replace("/", "~1") for one in path)
    shown = "".join(one if one.isprintable() else "�" for one in "/".join(["", *steps]))
    return (shown or "/") if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
