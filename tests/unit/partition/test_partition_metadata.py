"""The JSON beside an image: whatever it holds it costs nothing, and what it says of another image is counted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partition_factory import RULES, at, dataset, encode, ignore_progress, put_image, small_warehouse

from nccid_eval import partition
from nccid_eval.partition.built.manifest import load_sources
from nccid_eval.partition.dicom import Inspection, InspectionTask, count_metadata, inspect
from nccid_eval.partition.dicom.metadata import read_metadata
from nccid_eval.partition.warehouse import survey
from nccid_eval.partition.warehouse.folder import FolderPlace
from nccid_eval.records import Partition

WITHOUT_JSON = replace(RULES, metadata_json=False)


def said(**changed: Any) -> dict[str, Any]:
    """What the warehouse writes of the factory's image, its nulls included."""
    ds = dataset(1, PatientID="Covid1", PatientName="Covid1")
    document: dict[str, Any] = json.loads(ds.to_json(bulk_data_threshold=10**9))
    del document["7FE00010"]
    document |= {"00091010": {"vr": "OB", "InlineBinary": None}, "00283010": None}
    document["00081140"] = {"vr": "SQ", "Value": [{"00283010": None, "00091001": {"vr": "OB", "InlineBinary": None}}]}
    return document | changed


def beside(image: Path, content: object) -> Path:
    path = Path(str(image).replace("/xray/", "/xray-metadata/")).with_suffix(".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def inspected(folder: Path, content: object) -> Inspection:
    image, metadata = folder / "image.dcm", folder / "image.json"
    image.write_bytes(encode(dataset(1, PatientID="Covid1")))
    metadata.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return inspect(InspectionTask(file=at(image), patient="covid1", modalities=("DX",), metadata=at(metadata)))


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, "agrees"),
        ({"00080060": {"vr": "CS", "Value": ["dx"]}}, "agrees"),
        ({"00080060": {"vr": "CS", "Value": [None]}, "00280010": {"vr": "US"}, "00100020": None}, "agrees"),
        ({"00080060": {"vr": "CS", "Value": ["CR"]}}, "differs: Modality"),
        (
            {"00280010": {"vr": "US", "Value": [41]}, "00100020": {"vr": "LO", "Value": ["Covid2"]}},
            "differs: PatientID, Rows",
        ),
        ({"00080018": {"vr": "UI", "Value": ["1.2"]}}, "differs: SOPInstanceUID"),
    ],
)
def test_the_identity_is_compared_where_both_say_it(changed: dict[str, Any], found: str, tmp_path: Path) -> None:
    seen = inspected(tmp_path, said(**changed))
    assert (seen.metadata, seen.refusal) == (found, None)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe{", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"],
)
def test_what_is_no_json_object_is_unreadable_and_costs_the_image_nothing(content: bytes, tmp_path: Path) -> None:
    seen = inspected(tmp_path, content)
    assert (seen.metadata, seen.refusal) == ("unreadable", None)
    assert seen.header is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(JSON, JSON)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_any_json_is_read_without_an_error(document: Any, value: Any) -> None:
    for content in (document, {"00100020": document}, {"00100020": {"Value": value}, "00280010": {"Value": [value]}}):
        found = read_metadata(json.dumps(content).encode())
        assert found is None or all(isinstance(one, str) and one for one in found.values())
    assert (read_metadata(json.dumps(document).encode()) is None) is not isinstance(document, dict)


def build(warehouse: Path, out: Path, *, asked: bool) -> Partition:
    rules = RULES if asked else WITHOUT_JSON
    return partition.build(
        warehouse, out, rules, strict=True, workers=1, progress=ignore_progress, warn=lambda line: None
    )


def odd_warehouse(root: Path) -> Path:
    """JSON that agrees, differs and is unreadable, an image without, and JSON without an image."""
    warehouse = small_warehouse(root)
    images = sorted((warehouse / "validation" / "xray").rglob("*.dcm"))
    beside(images[0], said())
    beside(images[1], said())
    beside(images[2], b"{")
    beside(images[3].with_name("gone.dcm"), said())
    images[0].rename(images[0].with_suffix(".DCM"))
    return warehouse


def test_missing_orphaned_unreadable_and_differing_json_is_counted(tmp_path: Path) -> None:
    place = FolderPlace(root=odd_warehouse(tmp_path))
    layout = survey(place, ("DX",), metadata=True)
    seen = [
        inspect(InspectionTask(file=one.file, patient=one.patient, modalities=("DX",), metadata=one.metadata))
        for one in layout.images
    ]
    assert count_metadata(layout, [*seen[:-1], None]) == {
        "agrees": 1,
        "differs: PatientID": 1,
        "differs: SOPInstanceUID": 1,
        "differs: SeriesInstanceUID": 1,
        "differs: StudyInstanceUID": 1,
        "missing": 1,
        "orphaned": 1,
        "unreadable": 1,
    }
    assert count_metadata(survey(place, ("DX",)), seen) == {}


def test_json_changes_no_case_whatever_it_holds(tmp_path: Path) -> None:
    warehouse = odd_warehouse(tmp_path)
    with_json, without = build(warehouse, tmp_path / "a", asked=True), build(warehouse, tmp_path / "b", asked=False)
    assert [row.source for row in sorted(load_sources(with_json.folder), key=lambda row: row.source)] == [
        row.source for row in sorted(load_sources(without.folder), key=lambda row: row.source)
    ]
    assert with_json.flow == without.flow


def test_json_is_not_opened_unless_the_rules_ask_for_it(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    path = beside(put_image(warehouse, "Covid1", 9), said())
    without = survey(FolderPlace(root=warehouse), ("DX",))
    asked = survey(FolderPlace(root=warehouse), ("DX",), metadata=True)
    assert {one.metadata for one in without.images} == {None}
    (found,) = [one.metadata for one in asked.images if one.metadata]
    assert warehouse / found.name == path
