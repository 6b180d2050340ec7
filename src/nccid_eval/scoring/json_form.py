"""JSON forms of what leaves scoring, `nccid-eval/scorecard/1` and `nccid-eval/comparison/1`; a scorecard's, and back.

Floats keep all their digits.

Records become objects, in the order of their fields, with three rules of their own: what cannot be estimated is
{"reason": …} in the place of its number; a group's measures stand beside its counts; an absent p is left out.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Mapping
from typing import Any

from nccid_eval.records import Comparison, GroupScore, Measure, NotEstimable, Scorecard

SCHEMAS = {Scorecard: "nccid-eval/scorecard/1", Comparison: "nccid-eval/comparison/1"}
_NOT_MEASURES = ("counts", "differences")


def to_json(record: Scorecard | Comparison) -> dict[str, Any]:
    """Plain dicts, lists, texts and finite numbers. Raises ValueError for a number that is not finite."""
    return {"schema": SCHEMAS[type(record)], **_plain(record)}


def from_json(form: Mapping[str, Any]) -> Scorecard:
    """The scorecard that `to_json` was given, equal in every field. Raises ValueError for another schema."""
    if form.get("schema") != SCHEMAS[Scorecard]:
        raise ValueError(f"not {SCHEMAS[Scorecard]}: {form.get('schema')!r}")
    card: Scorecard = _made(Scorecard, {name: one for name, one in form.items() if name != "schema"})
    return card


def _plain(value: Any) -> Any:
    if isinstance(value, NotEstimable):
        return {"reason": value.reason} | ({"suppressed": True} if value.suppressed else {})
    if isinstance(value, GroupScore):
        return {name: _plain(getattr(value, name)) for name in _NOT_MEASURES} | _plain(value.measures)
    if dataclasses.is_dataclass(value):
        given = ((field, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {field.name: _plain(one) for field, one in given if one is not None or field.default is not None}
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number of the record is not finite")
    return value


def _made(hint: Any, form: Any) -> Any:
    """The value of type `hint` whose plain form this is."""
    if isinstance(hint, types.UnionType):
        return _one_of(typing.get_args(hint), form)
    if hint is GroupScore:
        return _group(form)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        hints = _hints(hint)
        return hint(**{name: _made(hints[name], one) for name, one in form.items()})
    inner = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return tuple(_made(inner[0], one) for one in form)
    if inner:
        return {name: _made(inner[1], one) for name, one in form.items()}
    return float(form) if hint is float else form


def _one_of(hints: tuple[Any, ...], form: Any) -> Any:
    if form is None:
        return None
    if NotEstimable in hints and "reason" in form:
        return _made(NotEstimable, form)
    return _made(next(one for one in hints if one not in (NotEstimable, types.NoneType)), form)


def _group(form: Mapping[str, Any]) -> GroupScore:
    measures = {name: _made(Measure, one) for name, one in form.items() if name not in _NOT_MEASURES}
    hints = _hints(GroupScore)
    return GroupScore(measures=measures, **{name: _made(hints[name], form[name]) for name in _NOT_MEASURES})


@functools.cache
def _hints(record: type) -> dict[str, Any]:
    return typing.get_type_hints(record)
