"""Records + fields.toml -> JSON Schema. Only `python -m nccid_eval.schemas` and its test make schemas.

The types of fields come from the records; what a field means, its unit and its range come from fields.toml, where
each record has a table, each field a line. A field without a line is an error, and so is a line without a field.
A field with a default may be absent: it came later than the format, or is left out where it says nothing.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import types
import typing
from collections import abc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nccid_eval.errors import ConfigError
from nccid_eval.records import (
    Comparison,
    Estimate,
    Evaluation,
    GroupScore,
    NotEstimable,
    Partition,
    Scorecard,
    Submission,
)
from nccid_eval.schemas.shapes import RehearsalTable, VendorTable
from nccid_eval.settings import read_toml


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A file of release/: the record that it holds, the value of its key `schema`, and fields that never leave."""

    record: type
    schema: str
    left_out: Mapping[type, frozenset[str]] = dataclasses.field(default_factory=dict)


NEVER_LEAVES = {
    Evaluation: frozenset({"scorecard"}),  # has a file of its own
    Submission: frozenset({"folder"}),
    Partition: frozenset({"folder", "cases", "flow"}),
}
ROOTS = {
    "run": Root(record=Evaluation, schema="nccid-eval/run/1", left_out=NEVER_LEAVES),
    "scorecard": Root(record=Scorecard, schema="nccid-eval/scorecard/1"),
    "comparison": Root(record=Comparison, schema="nccid-eval/comparison/1"),
    "vendor": Root(record=VendorTable, schema="nccid-eval/vendor/2"),
    "rehearsal": Root(record=RehearsalTable, schema="nccid-eval/rehearsal/1"),
}
DRAFT = "https://json-schema.org/draft/2020-12/schema"
MEASURE = {Estimate, NotEstimable}
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}
FIELDS = Path(__file__).with_name("fields.toml")


def text(name: str) -> str:
    """The schema as its file holds it."""
    return json.dumps(make(name), indent=1, ensure_ascii=False) + "\n"


def make(name: str) -> dict[str, Any]:
    """The schema of `name`.json. Raises ConfigError where fields.toml lacks a record or a field."""
    root = ROOTS[name]
    maker = _Maker(left_out=root.left_out, words=read_toml(FIELDS), made={})
    whole = maker.record(root.record)
    version = {"description": "Format and its version.", "const": root.schema}
    whole["properties"] = {"schema": version} | whole["properties"]
    whole["required"].insert(0, "schema")
    head = {"$schema": DRAFT, "$id": "urn:" + root.schema.replace("/", ":")}
    return head | whole | {"$defs": {key: maker.made[key] for key in sorted(maker.made)}}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """`made` gathers the schemas of the records that were met, by name."""

    left_out: Mapping[type, frozenset[str]]
    words: Mapping[str, Any]
    made: dict[str, dict[str, Any]]

    def record(self, record: type) -> dict[str, Any]:
        words, hints = self.words.get(record.__name__, {}), typing.get_type_hints(record)
        fields = [one for one in dataclasses.fields(record) if one.name not in self.left_out.get(record, frozenset())]
        lacking = [name for name in ("_", *(one.name for one in fields)) if name not in words]
        if lacking:
            raise ConfigError(
                f"[{record.__name__}] has no line for {', '.join(lacking)}",
                where=FIELDS.name,
                mend="describe it there",
            )
        properties = {one.name: self.field(hints[one.name], words[one.name]) for one in fields}
        required = [one.name for one in fields if _has_no_default(one)]
        rest: bool | dict[str, Any] = False
        if record is GroupScore:  # a group's measures stand beside its counts
            rest = properties.pop("measures")["additionalProperties"]
            required.remove("measures")
        return {
            "title": record.__name__,
            "description": words["_"],
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": rest,
        }

    def field(self, hint: Any, words: str | dict[str, Any]) -> dict[str, Any]:
        given = {"is": words} if isinstance(words, str) else dict(words)
        described = {"description": given.pop("is")}
        made = self.value(hint)
        _innermost(made).update(given)
        return described | made

    def value(self, hint: Any) -> dict[str, Any]:
        if hint in PLAIN:
            return {"type": PLAIN[hint]}
        if isinstance(hint, types.UnionType):
            return self.union(typing.get_args(hint))
        if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
            return {"type": "string", "enum": [one.value for one in hint]}
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            return self.reference(hint)
        inner = typing.get_args(hint)
        if typing.get_origin(hint) is tuple:
            return {"type": "array", "items": self.value(inner[0])}
        assert typing.get_origin(hint) is abc.Mapping, hint
        return {"type": "object", "additionalProperties": self.value(inner[1])}

    def union(self, hints: tuple[Any, ...]) -> dict[str, Any]:
        """What cannot be estimated is known by its `reason`; None is null."""
        kinds = [one for one in hints if one not in (NotEstimable, types.NoneType)]
        if all(one in PLAIN for one in kinds):
            names = [PLAIN[one] for one in kinds] + ["null"] * (types.NoneType in hints)
            return {"type": names if len(names) > 1 else names[0]}
        assert len(kinds) == 1, hints
        made = self.value(kinds[0])
        if NotEstimable in hints:
            made = {"if": {"required": ["reason"]}, "then": self.reference(NotEstimable), "else": made}
            if set(hints) >= MEASURE:
                self.made["Measure"] = {"title": "Measure", "description": self.words["Measure"]["_"]} | made
                made = {"$ref": "#/$defs/Measure"}
        if types.NoneType not in hints:
            return made
        return {"if": {"type": "null"}, "else": made}

    def reference(self, record: type) -> dict[str, Any]:
        if record.__name__ not in self.made:
            self.made[record.__name__] = {}  # so that it is gone through once
            self.made[record.__name__] = self.record(record)
        return {"$ref": f"#/$defs/{record.__name__}"}


def _has_no_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _innermost(schema: dict[str, Any]) -> dict[str, Any]:
    """Where a range or a list of words applies: to the items of a list, to the values of a mapping."""
    while True:
        inner = schema.get("items") or schema.get("additionalProperties")
        if not isinstance(inner, dict):
            return schema
        schema = inner
