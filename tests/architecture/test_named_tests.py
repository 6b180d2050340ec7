"""Every test that the partition's pages name exists; the page on clinical cleaning has every field of the schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from documented_tests import missing_tests, named_tests
from tests.ground import ROOT

from nccid_eval.partition.clinical.cells import Field
from nccid_eval.partition.clinical.schema import FIELDS

FOLDERS = [ROOT, ROOT / "tests", ROOT / "tests" / "unit" / "partition"]


@pytest.mark.parametrize(("page", "least"), [("clinical.md", 30), ("partition.md", 20), ("preflight.md", 30)])
def test_every_test_that_the_page_names_exists(page: str, least: int) -> None:
    assert len(named_tests(ROOT / "docs" / page)) >= least
    assert missing_tests(ROOT / "docs" / page, FOLDERS) == []


def test_a_test_that_does_not_exist_would_be_named(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "`test_partition_fields.py::test_nothing`, `test_nowhere.py`, `test_partition_fields.py::test_age`"
    )
    assert missing_tests(page, FOLDERS) == ["test_partition_fields.py::test_nothing", "test_nowhere.py::"]


def test_the_page_on_clinical_cleaning_has_a_row_for_every_field_as_the_schema_has_it() -> None:
    table = (ROOT / "docs" / "clinical.md").read_text().split("## Fields")[1]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| `")]
    assert [(first.strip("| "), headers, values.strip()) for first, headers, values, *_ in rows] == [
        row_of(field) for field in FIELDS
    ]


def row_of(field: Field) -> tuple[str, str, str]:
    """Name, headers, and range with unit."""
    values = f"{field.low:.10g} to {field.high:.10g} {field.unit}".strip() if field.high else ""
    if field.codes.by_code:
        values = ", ".join(f"{code} {value}" for code, value in field.codes.by_code.items())
    return f"`{field.name}`", " · ".join(f"`{header}`" for header in field.headers), values
