"""The schemas are in step with the records and strict; a fault is told by its place, never by what stood there."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import tomllib
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from tests.unit.report.evaluation_factory import (
    empty_evaluation,
    evaluation,
    hostile_evaluation,
    large_evaluation,
    outside_evaluation,
)

from nccid_eval import archive, schemas, scoring
from nccid_eval.pipeline import rehearsal, vendor
from nccid_eval.records import Comparison, Evaluation, Scorecard
from nccid_eval.schemas import making

NAMES = tuple(making.ROOTS)
SECRET = "Patient Zero"


def run_form(given: Evaluation) -> dict[str, Any]:
    return {"schema": archive.RUN_SCHEMA, **archive.release_table(given)}


def card_form(given: Evaluation) -> dict[str, Any]:
    """With a curve as long as a scorecard's may be, and finite."""
    card = given.scorecard
    roc = [one for one in card.roc if math.isfinite(one.threshold)]
    return scoring.to_json(dataclasses.replace(card, roc=tuple(roc[:: max(1, len(roc) // 1000)])))


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    return card_form(evaluation())


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    return run_form(evaluation())


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_what_the_records_and_the_words_make(name: str) -> None:
    file = making.FIELDS.with_name(f"{name}.schema.json")
    assert file.read_text(encoding="utf-8") == making.text(name), "run: python -m nccid_eval.schemas"


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_schema_that_describes_every_field_and_allows_no_other(name: str) -> None:
    schema = making.make(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    objects = [one for one in (schema, *schema["$defs"].values()) if "properties" in one]
    assert len(objects) >= 1
    for one in objects:
        assert one["title"]
        assert one["description"].endswith((".", "?"))
        assert one["additionalProperties"] is False or one["title"] == "GroupScore"
        assert all(field["description"].endswith(".") for field in one["properties"].values()), one["title"]


def test_every_line_of_words_is_a_field_of_a_record() -> None:
    words = tomllib.loads(making.FIELDS.read_text(encoding="utf-8"))
    whole = {name: making.make(name) for name in NAMES}
    used: dict[str, set[str]] = {"Measure": {"_"}}
    for schema in whole.values():
        for one in (schema, *schema["$defs"].values()):
            used.setdefault(one["title"], {"_"}).update(one.get("properties", ()))
    used["GroupScore"].add("measures")  # they stand beside the counts
    for root in making.ROOTS.values():
        used[root.record.__name__].discard("schema")
    assert {name: set(lines) for name, lines in words.items()} == used


def test_versions_are_those_that_are_written() -> None:
    written = {
        "run": archive.RUN_SCHEMA,
        "scorecard": scoring.SCHEMAS[Scorecard],
        "comparison": scoring.SCHEMAS[Comparison],
        "vendor": vendor.SCHEMA,
        "rehearsal": rehearsal.SCHEMA,
    }
    assert {name: root.schema for name, root in making.ROOTS.items()} == written


@pytest.mark.parametrize("make", [evaluation, outside_evaluation, hostile_evaluation, empty_evaluation])
def test_what_a_run_releases_fits(make: Any) -> None:
    assert schemas.fault(run_form(make())) is None
    assert schemas.fault(card_form(make())) is None


def test_a_large_scorecard_fits() -> None:
    form = card_form(large_evaluation())
    assert len(form["roc"]) > 900
    assert schemas.fault(form) is None


def objects(table: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object in a table, by its JSON Pointer."""
    if isinstance(table, dict):
        yield at, table
    below = table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ()
    for name, one in below:
        yield from objects(one, f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}")


@pytest.mark.parametrize("kind", [Scorecard, Evaluation])
def test_a_field_more_or_less_is_a_fault(kind: type, run: dict[str, Any]) -> None:
    whole = card_form(empty_evaluation()) if kind is Scorecard else run
    for name in making.make("scorecard" if kind is Scorecard else "run")["required"]:
        less = {key: one for key, one in whole.items() if key != name}
        assert schemas.fault(less) is not None
    assert schemas.fault(whole | {"more": 1}) == schemas.Fault(at="/more", wanted="no field has this name")


def test_a_field_of_an_inner_record_more_or_less_is_a_fault(card: dict[str, Any]) -> None:
    whole = copy.deepcopy(card)
    gap = whole["bias"]["gaps"]["sex"]["sensitivity"]
    p = gap.pop("p")
    assert schemas.fault(whole) == schemas.Fault(at="/bias/gaps/sex/sensitivity/p", wanted="this field is missing")
    gap |= {"p": p, "q": p}
    assert schemas.fault(whole) == schemas.Fault(at="/bias/gaps/sex/sensitivity/q", wanted="no field has this name")


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        ("overall/auc/value", math.nan, "a finite number is wanted"),
        ("overall/auc/high", math.inf, "a finite number is wanted"),
        ("overall/auc/value", True, "a finite number is wanted"),
        ("overall/auc/patients", 3.0, "a whole number is wanted"),
        ("overall/auc/patients", -1, "0 is the least"),
        ("overall/auc/p", 1.5, "1 is the most"),
        ("overall/auc/method", None, "text is wanted"),
        ("overall/auc", [], "an object is wanted"),
        ("roc/3/sensitivity", 1.01, "1 is the most"),
        ("plan/level", -0.1, "0 is the least"),
        ("verdicts/0/verdict", SECRET, 'one of "met", "not met", "inconclusive" is wanted'),
        ("counts/failures", "few", "a whole number or null is wanted"),
        ("confusion", SECRET, "an object is wanted"),
        ("by_group/sex/F/auc/low", SECRET, "a finite number is wanted"),
        ("by_group/sex/F/counts/cases", None, "a whole number is wanted"),
        ("failures/timeout", 0.5, "a whole number is wanted"),
    ],
)
def test_a_fault_is_told_by_its_path_and_what_was_wanted(
    path: str, value: object, wanted: str, card: dict[str, Any]
) -> None:
    whole = copy.deepcopy(card)
    *steps, last = path.split("/")
    place: Any = whole
    for one in steps:
        place = place[int(one) if one.isdigit() else one]
    place[int(last) if last.isdigit() else last] = value
    assert schemas.fault(whole) == schemas.Fault(at=f"/{path}", wanted=wanted)


def test_no_fault_tells_what_stood_there() -> None:
    small = card_form(empty_evaluation())
    checked = 0
    for at, one in objects(small):
        for name in one.keys() - {"p", "schema"}:
            kept = one[name]
            one[name] = {SECRET: [SECRET]} if isinstance(kept, str) else SECRET
            fault = schemas.fault(small)
            one[name] = kept
            assert fault is not None, (at, name)
            assert SECRET not in fault.wanted
            checked += 1
    assert checked > 50


@pytest.mark.parametrize("version", ["nccid-eval/run/2", "nccid-eval/vendor/1"])
def test_another_version_is_a_fault(version: str, run: dict[str, Any]) -> None:
    fault = schemas.fault(run | {"schema": version})
    assert fault is not None
    assert fault.at == "/schema"


@pytest.mark.parametrize("version", ["", None, 3, "run", "nccid-eval/other/1", "nccid-eval/../1", ["x"]])
def test_an_unknown_schema_is_a_fault(version: object) -> None:
    fault = schemas.fault({"schema": version})
    assert fault == schemas.Fault(at="/schema", wanted=f"one of {', '.join(sorted(NAMES))}")


def test_a_path_is_shown_as_text_of_one_line_and_not_without_end(card: dict[str, Any]) -> None:
    whole = copy.deepcopy(card)
    whole["overall"]["a/b~\x1b[2J\n" + "x" * 500] = 3
    fault = schemas.fault(whole)
    assert fault is not None
    assert fault.at.startswith("/overall/a~1b~0�[2J�xxx")
    assert len(fault.at) <= 201


def test_schemas_name_their_files_by_json_alone() -> None:
    for name in NAMES:
        made = json.loads(making.FIELDS.with_name(f"{name}.schema.json").read_text(encoding="utf-8"))
        assert made["properties"]["schema"]["const"] == making.ROOTS[name].schema
