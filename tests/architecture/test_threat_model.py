"""Every test that docs/threat-model.md names exists."""

from __future__ import annotations

from documented_tests import missing_tests, named_tests
from tests.ground import ROOT

PAGE = ROOT / "docs" / "threat-model.md"


def test_every_test_that_the_threat_model_names_exists() -> None:
    assert len({test for _, test in named_tests(PAGE) if test}) >= 50
    assert missing_tests(PAGE, [ROOT / "tests"]) == []


def test_every_threat_has_a_control_a_test_and_what_is_left() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    assert len(rows) > 30
    assert [row for row in rows if len(row.strip("| ").split(" | ")) != 4] == []
