"""Headless Chromium with the network cut off."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "report"))

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip(
            f"SKIPPED: the reports were NOT looked at in a browser: {CHROMIUM} is missing (apt install chromium)"
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    script = Path(sys.prefix) / "axe" / "axe.min.js"
    if not script.exists():
        pytest.skip(f"SKIPPED: accessibility was NOT checked: {script} is missing (run setup/axe.sh)")
    return script.read_text(encoding="utf-8")
