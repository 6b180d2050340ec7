"""The image of the misbehaving program, built once from the base image without a network."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nccid_eval.engine import Engine

HERE = Path(__file__).parent
TAG = "nccid-eval-test:hostile"


def build(folder: Path, tag: str, base: str) -> None:
    command = [
        "docker",
        "build",
        "--quiet",
        "--network",
        "none",
        "--build-arg",
        f"BASE={base}",
        "-t",
        tag,
        str(folder),
    ]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "DOCKER_BUILDKIT": "0"})


@pytest.fixture(scope="session")
def hostile_image(base_image: str, docker_engine: Engine) -> Iterator[str]:
    """Its id."""
    build(HERE, TAG, base_image)
    report = docker_engine.image_configuration(TAG)
    assert report is not None
    yield str(report["Id"])
    subprocess.run(["docker", "rmi", "--force", TAG], check=False, capture_output=True)


@pytest.fixture(scope="session")
def no_program_image(
    base_image: str, docker_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """One whose entry point is not in it."""
    folder = tmp_path_factory.mktemp("no-program")
    (folder / "Dockerfile").write_text('ARG BASE\nFROM $BASE\nENTRYPOINT ["/absent"]\n')
    build(folder, f"{TAG}-no-program", base_image)
    report = docker_engine.image_configuration(f"{TAG}-no-program")
    assert report is not None
    yield str(report["Id"])
    subprocess.run(["docker", "rmi", "--force", f"{TAG}-no-program"], check=False, capture_output=True)
