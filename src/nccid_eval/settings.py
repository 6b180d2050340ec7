"""TOML and JSON tables -> records, strictly: an unknown key is an error that names the nearest known one."""

from __future__ import annotations

import dataclasses
import difflib
import enum
import functools
import tomllib
import types
import typing
from collections import abc
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from nccid_eval.errors import ConfigError, NccidEvalError

Record = TypeVar("Record")


def read_toml(path: Path, error: type[NccidEvalError] = ConfigError) -> dict[str, Any]:
    """Parse a TOML file; raises `error` where it is missing, not UTF-8 or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise error(f"{path.name} is not there", where=str(path), mend="name an existing TOML file") from None
    except OSError as cause:
        raise error(
            f"{path.name} cannot be read: {cause.strerror}", where=str(path), mend="mend its permissions"
        ) from None
    except UnicodeDecodeError:
        raise error(f"{path.name} is not UTF-8", where=str(path), mend="save it as UTF-8") from None
    except tomllib.TOMLDecodeError as cause:
        raise error(f"{path.name} is not TOML: {cause}", where=str(path), mend="mend that line") from None


def to_record(
    table: Mapping[str, Any],
    into: type[Record],
    *,
    where: str,
    error: type[NccidEvalError] = ConfigError,
    supplied: Mapping[str, Any] | None = None,
) -> Record:
    """Build the dataclass `into` from a TOML table.

    `supplied` gives fields that the file does not hold. Raises `error` for an unknown or missing key and for a
    value of another type.
    """
    assert dataclasses.is_dataclass(into)
    given = dict(supplied or {})
    hints = _hints(into)
    known = {f.name: f for f in dataclasses.fields(into) if f.name not in given}
    for key in table:
        if key not in known:
            raise error(f"unknown key '{key}'", where=where, mend=_nearest(key, list(known)))
    for name, field in known.items():
        if name in table:
            given[name] = _value(table[name], hints[name], f"{where}: {name}", error)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise error(f"the key '{name}' is missing", where=where, mend=f"add '{name} = …'")
    return into(**given)


@functools.cache
def _hints(into: type) -> dict[str, Any]:
    return typing.get_type_hints(into)


def _nearest(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return f"{hint}known keys: {', '.join(known)}"


def _value(value: Any, hint: Any, where: str, error: type[NccidEvalError]) -> Any:
    if isinstance(hint, types.UnionType):
        if value is None:
            return None
        hint = next(one for one in typing.get_args(hint) if one is not type(None))
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        _need(isinstance(value, dict), "a table is wanted here", where, "write it as [table]", error)
        return to_record(value, hint, where=where, error=error)
    if typing.get_origin(hint) is tuple:
        _need(isinstance(value, list | tuple), "a list is wanted here", where, "write it as [a, b]", error)
        inner = typing.get_args(hint)
        wanted = inner[:1] * len(value) if inner[-1] is Ellipsis else inner
        return tuple(_value(one, kind, where, error) for one, kind in zip(value, wanted, strict=True))
    if typing.get_origin(hint) is abc.Mapping:
        _need(isinstance(value, dict), "a table is wanted here", where, "write it as [table]", error)
        return {key: _value(one, typing.get_args(hint)[1], where, error) for key, one in value.items()}
    return _scalar(value, hint, where, error)


def _scalar(value: Any, hint: Any, where: str, error: type[NccidEvalError]) -> Any:
    if hint is float and type(value) is int:
        return float(value)
    if issubclass(hint, enum.StrEnum | Path) and isinstance(value, str | Path):
        try:
            return hint(value)
        except ValueError:
            raise error(f"{value!r} is not known", where=where, mend=f"one of: {', '.join(hint)}") from None
    if hint is date and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise error(f"{value!r} is no date", where=where, mend="write it as 2020-03-31") from None
    name = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}.get(hint, "text")
    _need(type(value) is hint, f"{value!r} is not {name}", where, f"give {name}", error)
    return value


def _need(holds: bool, what: str, where: str, mend: str, error: type[NccidEvalError]) -> None:
    if not holds:
        raise error(what, where=where, mend=mend)
