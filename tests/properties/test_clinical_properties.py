"""Whatever JSON stands in a clinical file: it is read, each field has a cell with a reason, no raw text is lost."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nccid_eval.partition.clinical import FIELDS, Cell, ClinicalRecord, Reason, settle_cells, settled_by
from nccid_eval.partition.clinical.cells import raw_text
from nccid_eval.partition.clinical.dates import clean_date
from nccid_eval.partition.clinical.record import read_file, to_record
from nccid_eval.partition.clinical.schema import UNKNOWN_HEADER

HEADERS = [header for field in FIELDS for header in field.headers]
NUMBERED = [field for field in FIELDS if field.high]
DATED = [field for field in FIELDS if field.clean is clean_date]
# What people type: figures, marks, units and words in any order.
PIECES = "0 1 2 5 15 35 137/91 2020 31 / - . , < [ ] % L es air mg/L F CVCX stage and Mar white Asian not e9 ² ٣"
TYPED = st.lists(st.sampled_from([" ", *PIECES.split()]), max_size=7).map("".join)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | TYPED
VALUES = LEAVES | st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=4
)
HAS_VALUE = {Reason.OK, Reason.RECODED, Reason.AMBIGUOUS}


def read(document: dict[str, Any], name: str = "data_2020-12-31.json") -> ClinicalRecord:
    file = read_file(name, json.dumps(document).encode(), "")
    assert not file.problem or "Pseudonym" in document
    return to_record(file)


def check(cells: tuple[Cell, ...]) -> None:
    assert {field.name for field in FIELDS} <= {cell.field for cell in cells}
    for cell in cells:
        assert bool(cell.value) == (cell.reason in HAS_VALUE)
        cell.raw.encode()
        cell.value.encode()


@settings(max_examples=300, deadline=None)
@given(header=st.sampled_from(HEADERS), value=VALUES)
def test_any_value_in_any_field_is_a_cell_with_a_reason_and_its_raw_text(header: str, value: Any) -> None:
    found = read({header: value})
    check(found.cells)
    assert len(found.cells) == len(FIELDS)
    field = next(one for one in FIELDS if header in one.headers)
    cell = next(one for one in found.cells if one.field == field.name)
    assert cell.raw == raw_text(value)


@settings(max_examples=100, deadline=None)
@given(
    document=st.dictionaries(
        st.sampled_from([*HEADERS, "SwabDates", "OtherDataSources", "segmentationdata", "sex "]) | st.text(), VALUES
    ),
    inner=st.dictionaries(st.sampled_from(HEADERS), VALUES),
)
def test_any_document_is_a_record_and_every_text_in_it_survives(
    document: dict[str, Any], inner: dict[str, Any]
) -> None:
    document.pop("Pseudonym", None)
    found = read({"OtherDataSources": {"SegmentationData": inner}} | document)
    check(found.cells)
    raws = "\n".join(cell.raw for cell in found.cells)
    for header in HEADERS:
        value = document.get(header)
        assert value is None or not raw_text(value).strip() or raw_text(value) in raws


@settings(max_examples=150, deadline=None)
@given(field=st.sampled_from(NUMBERED), value=st.integers() | st.floats(allow_nan=False) | TYPED)
def test_a_number_with_a_value_lies_in_its_range(field: Any, value: Any) -> None:
    cell = next(one for one in read({field.headers[0]: value}).cells if one.field == field.name)
    assert not cell.value or field.low <= float(cell.value) <= field.high


@settings(max_examples=100, deadline=None)
@given(
    field=st.sampled_from(DATED),
    day=st.dates(date(2019, 12, 1), date(2020, 12, 31)),
    notation=st.sampled_from(["%d/%m/%Y", "%m/%d/%y", "%Y-%m-%d", "[Text] - %Y-%m-%d", "%d-%b-%Y", "%B %d, %Y"]),
    images=st.lists(st.dates(date(2019, 12, 1), date(2020, 12, 31)), max_size=3),
)
def test_a_date_in_any_notation_is_among_its_readings_and_settles_to_one_of_them(
    field: Any, day: date, notation: str, images: list[date]
) -> None:
    record = read({field.headers[0]: day.strftime(notation)})
    swapped = date(day.year, day.day, day.month) if day.day <= 12 else day
    for one in (record, settle_cells(record, images, days=14)):
        cell = next(cell for cell in one.cells if cell.field == field.name)
        assert cell.value in (day.isoformat(), swapped.isoformat())
        assert (cell.reason is Reason.AMBIGUOUS) == (swapped != day and "/" in notation)
    assert set(settled_by(record, images, days=14)) == ({field.name} if swapped != day and "/" in notation else set())


@settings(max_examples=50, deadline=None)
@given(header=st.text().filter(lambda one: one.strip()), value=st.text(min_size=1).filter(lambda one: one.strip()))
def test_a_header_of_no_form_keeps_its_text(header: str, value: str) -> None:
    cells = read({header: value}).cells
    unread = [cell.raw for cell in cells if cell.field == UNKNOWN_HEADER]
    assert [raw.endswith(raw_text(value)) for raw in unread] in ([True], [])
