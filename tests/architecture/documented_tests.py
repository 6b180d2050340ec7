"""The tests that a page of docs/ names in backticks, and which of them do not exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import Path

NAMED = re.compile(r"`([\w/.]*test_\w+\.py)(?:::(\w+))?`")


def named_tests(page: Path) -> list[tuple[str, str]]:
    """File and function of each; the function is '' where the page names a file alone."""
    return NAMED.findall(page.read_text())


def missing_tests(page: Path, folders: Sequence[Path]) -> list[str]:
    """Those that no folder has; a page names files below one of `folders`."""
    missing = []
    for file, test in named_tests(page):
        found = [folder / file for folder in folders if (folder / file).is_file()]
        if not found or (test and test not in _functions(found[0])):
            missing.append(f"{file}::{test}")
    return missing


def _functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
