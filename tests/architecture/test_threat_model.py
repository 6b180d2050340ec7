"""Every test that docs/threat-model.md names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.ground import ROOT

PAGE = ROOT / "docs" / "threat-model.md"
NAMED = re.compile(r"`([\w/.]+\.py)(?:::(\w+))?`")


def test_every_test_that_the_threat_model_names_exists() -> None:
    named = NAMED.findall(PAGE.read_text())
    assert len({test for _, test in named if test}) >= 50
    missing = []
    for file, test in named:
        path = ROOT / "tests" / file
        tests = _functions(path) if path.is_file() else None
        if tests is None or (test and test not in tests):
            missing.append(f"{file}::{test}")
    assert missing == []


def test_every_threat_has_a_control_a_test_and_what_is_left() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    assert len(rows) > 30
    assert [row for row in rows if len(row.strip("| ").split(" | ")) != 4] == []


def _functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
