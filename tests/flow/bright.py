"""brightness.py as a submission, and a process engine that has it as an image."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.ground import ROOT

from nccid_eval.archive import RunFolder
from nccid_eval.config import load_plan
from nccid_eval.engine.process import ProcessEngine
from nccid_eval.pipeline import Finished, Surroundings
from nccid_eval.records import Plan

MODEL = Path(__file__).with_name("brightness.py")
IMAGE_ID = "sha256:" + "b" * 64

SUBMISSION = """
[model]
vendor = "Bright <script>alert(1)</script> Ltd"
name = "Brightness"
version = "1.0.0"
[indications]
target = "covid_positive"
modalities = ["DX", "CR"]
views = ["AP", "PA"]
min_age_years = 0
uses_demographics = false
[output]
threshold = 0.45
probability = false
[container]
image = "IMAGE"
protocol = "nccid-stdio/1"
gpu = "none"
memory_gib = 1
shm_mib = 64
tmp_mib = 64
jit = false
[training_data]
nccid_training_partition = false
other_sources = []
"""


def write_submission(folder: Path, image: str, **changes: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = SUBMISSION.replace("IMAGE", image)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "submission.toml").write_text(text)
    return folder


class PlainEngine(ProcessEngine):
    """The process engine with an image by digest, so that a submission can name it."""

    def __init__(self, **variables: str) -> None:
        settings = [f"{name}={value}" for name, value in variables.items()]
        super().__init__({IMAGE_ID: ["/usr/bin/env", *settings, sys.executable, str(MODEL)]})

    def image_configuration(self, reference: str) -> Mapping[str, Any] | None:
        if IMAGE_ID not in reference or super().image_configuration(IMAGE_ID) is None:
            return None
        return {
            "Id": IMAGE_ID,
            "RepoDigests": [f"brightness@{IMAGE_ID}"],
            "Architecture": "amd64",
            "Os": "linux",
            "Size": 1,
            "Config": {"Cmd": ["model"]},
            "RootFS": {"Layers": []},
        }


def quick_plan() -> Plan:
    """The repository's plan with few replicates: how wide an interval is does not matter here."""
    return replace(load_plan(ROOT / "configs" / "plan.toml"), replicates=100, permutations=100)


def around(engine: Any, tracking_uri: str = "") -> Surroundings:
    return Surroundings(
        engine=engine,
        say=lambda text: None,
        progress=lambda *_: None,
        tracking_uri=tracking_uri,
        experiment="flow",
        workers=2,
        commit="0" * 12,
    )


def copied(done: Finished, work: Path) -> RunFolder:
    """The run under the same name elsewhere, for a test that changes it."""
    return RunFolder(root=Path(shutil.copytree(done.run.root, work / done.run.root.name)))
