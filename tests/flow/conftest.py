"""Evaluations of brightness.py, as a plain process and as a real image."""

from __future__ import annotations

import functools
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.flow.bright import IMAGE_ID, MODEL, PlainEngine, around, quick_plan, write_submission
from tests.ground import ROOT, build_image

from nccid_eval import pipeline
from nccid_eval.config import load_limits
from nccid_eval.pipeline import Finished
from nccid_eval.records import Limits

RunOf = Callable[[str], Finished]


@pytest.fixture(scope="session")
def run_of(built: Path, tmp_path_factory: pytest.TempPathFactory) -> RunOf:
    """The run of brightness.py as a plain process with a behaviour; none is asked again but where it has none.

    Each is made once; a test that changes anything works on a copy.
    """

    @functools.cache
    def run(behaviour: str) -> Finished:
        work = tmp_path_factory.mktemp(behaviour or "plain")
        return pipeline.evaluate(
            write_submission(work / "submission", f"brightness@{IMAGE_ID}"),
            built,
            plan=quick_plan(),
            limits=_limits(behaviour),
            reports=work / "reports",
            seed=1,
            gpu="auto",
            around=around(PlainEngine(BEHAVIOUR=behaviour)),
        )

    return run


def _limits(behaviour: str) -> Limits:
    limits = load_limits(ROOT / "configs" / "limits.toml")
    if not behaviour:
        return limits
    hasty = replace(limits, case_s=0.4, attempts_per_case=1) if behaviour == "hang" else limits
    return replace(hasty, restarts=1000, repeat_cases=0)


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
