"""Evaluations of brightness.py, as a plain process and as a real image."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.flow.bright import IMAGE_ID, MODEL, PlainEngine, around, quick_plan, write_submission
from tests.ground import ROOT, build_image

from nccid_eval.config import load_limits
from nccid_eval.pipeline import Finished, evaluate


@pytest.fixture
def run_plain(tmp_path: Path, built: Path) -> Callable[..., Finished]:
    """Evaluate brightness.py as a plain process; keywords are its environment and `tracking_uri`."""

    def run(tracking_uri: str = "", limits: str = "limits.toml", **variables: str) -> Finished:
        submission = write_submission(tmp_path / "submission", f"brightness@{IMAGE_ID}")
        return evaluate(
            submission,
            built,
            plan=quick_plan(),
            limits=load_limits(tmp_path / limits if (tmp_path / limits).exists() else ROOT / "configs" / limits),
            reports=tmp_path / "reports",
            seed=1,
            gpu="auto",
            around=around(PlainEngine(**variables), tracking_uri),
        )

    return run


@pytest.fixture(scope="session")
def real_submission(base_image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """brightness.py in a real image that no other has, saved beside its submission.toml, and not on the engine."""
    folder, name = tmp_path_factory.mktemp("real"), f"brightness-{uuid.uuid4().hex[:8]}"
    submission = in_an_image(folder, base_image, name, SLOW="0.15", MADE=name)
    subprocess.run(["docker", "rmi", f"nccid-eval-test-{name}:build"], check=True, capture_output=True)
    return submission


@pytest.fixture(scope="session")
def failing_submission(base_image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, lists its input on stderr and fails on every case."""
    folder = tmp_path_factory.mktemp("failing")
    return in_an_image(folder, base_image, "failing", BEHAVIOUR="crash", SEEN="/dev/stderr")


def in_an_image(folder: Path, base_image: str, name: str, **variables: str) -> Path:
    lines = [
        f"FROM {base_image}",
        *(f"ENV {key}={value}" for key, value in variables.items()),
        "COPY brightness.py /",
        'ENTRYPOINT ["python3", "/brightness.py"]',
    ]
    (folder / "Dockerfile").write_text("\n".join(lines))
    (folder / "brightness.py").write_bytes(MODEL.read_bytes())
    build_image(folder, f"nccid-eval-test-{name}:build", folder / "brightness.tar")
    return write_submission(folder, "brightness.tar")
