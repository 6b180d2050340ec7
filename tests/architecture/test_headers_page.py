"""Every test that docs/headers.md names exists, and every rule on it has one."""

from __future__ import annotations

from documented_tests import missing_tests, named_tests
from tests.ground import ROOT

PAGE = ROOT / "docs" / "headers.md"


def test_every_test_that_the_page_on_headers_names_exists() -> None:
    assert len(named_tests(PAGE)) >= 20
    assert missing_tests(PAGE, [ROOT / "tests" / "unit" / "partition"]) == []


def test_every_rule_of_a_table_has_its_test() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and "| test |" not in line]
    rules = [row for row in rows if not row.startswith(("| `", "| field", "| rule")) or "blank = " in row]
    assert len(rules) >= 12
    assert [row for row in rules if "`test_partition_" not in row] == []
