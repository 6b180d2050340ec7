"""The example of nccid-batch/1 as a vendor would pack it and an evaluator would run it, on a real engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.ground import ROOT, build_image

from nccid_eval.engine import Engine

EXAMPLE = ROOT / "submissions" / "example-batch"
TAG = "nccid-eval-test-batch:build"
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="ONLY ROOT MAY MOUNT, so nccid-batch/1 was not tested on an engine"),
]


@pytest.fixture(scope="module")
def example(base_image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "example-batch"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("*.tar"))
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text(
        dockerfile.read_text().replace("ARG BASE=nccid-eval-base:bookworm", f"ARG BASE={base_image}")
    )
    build_image(folder, TAG, folder / "example-batch.tar")
    return folder


def test_the_example_is_evaluated_from_its_folder_to_its_report(
    example: Path, built: Path, tmp_path: Path, docker_engine: Engine
) -> None:
    typed = [sys.executable, "-m", "nccid_eval.cli", "evaluate", str(example), "-p", str(built)]
    done = subprocess.run(
        [*typed, "--tracking-uri", "none", "--limits", str(ROOT / "configs" / "limits.toml")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "order check: not available" in done.stdout
    assert "time a case: not available" in done.stdout
    run = next(one for one in (tmp_path / "reports").iterdir() if one.is_dir())  # beside the page over all runs
    card = json.loads((run / "release" / "scorecard.json").read_text())
    assert card["counts"]["failures"] == 0
    facts = json.loads((run / "release" / "run.json").read_text())["run"]
    assert (facts["protocol"], facts["latency_median_s"], facts["ready_s"]) == ("nccid-batch/1", None, None)
    assert "/output writable" in facts["options"]["binds"]
    assert "not available" in (run / "release" / "report.html").read_text()
    assert docker_engine.find("org.nccid-eval.owner") == ()
