"""Every line and every branch of the cleaner of clinical records is run by the tests of its own cells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.ground import ROOT

CLEANER = "src/nccid_eval/partition/clinical"
TESTS = ("clinical", "cohort", "dates", "fields", "form", "numbers")


def test_every_branch_of_the_cleaner_is_tested(tmp_path: Path) -> None:
    coverage = [sys.executable, "-m", "coverage"]
    tests = [f"tests/unit/partition/test_partition_{one}.py" for one in TESTS]
    measured = {**os.environ, "COVERAGE_FILE": str(tmp_path / "coverage")}
    pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    run = subprocess.run(
        [*coverage, "run", "--branch", f"--source={CLEANER}", *pytest],
        cwd=ROOT,
        env=measured,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout
    report = subprocess.run(
        [*coverage, "report", "--show-missing", "--skip-covered", "--fail-under=100"],
        cwd=ROOT,
        env=measured,
        capture_output=True,
        text=True,
    )
    assert report.returncode == 0, report.stdout
    assert "files skipped due to complete coverage" in report.stdout
