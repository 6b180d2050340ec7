"""An image's JSON as every reader must understand it.

Engines are written in Go, whose JSON takes "env" for "Env" and joins the objects of a key that stands twice. A
configuration that our reading and the engine's could understand differently is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any


def strict_json(data: bytes) -> Any:
    """Parse UTF-8 JSON. Raises ValueError where a key stands twice in one object."""
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_one_reading)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except json.JSONDecodeError:
        raise ValueError("it is not JSON") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _one_reading(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return table


def misspelt(table: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """A key that an engine takes for one of `names` and that we would overlook."""
    spelling = {name.casefold(): name for name in names}
    return next((key for key in table if spelling.get(key.casefold(), key) != key), None)


def as_texts(value: Any) -> tuple[str, ...] | None:
    """A list of texts; None where it is anything else."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    return None
