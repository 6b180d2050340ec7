"""The image of the misbehaving program, built once from the base image without a network."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nccid_eval.engine import Engine

HERE = Path(__file__).parent
TAG = f"nccid-eval-test:hostile-{os.getpid()}"  # of this session alone: another may end while this one runs


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
    forget(TAG)


def forget(image: str) -> None:
    """Remove an image; an engine that is stuck with another container must not hold up the tests."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(["docker", "rmi", "--force", image], check=False, capture_output=True, timeout=30)


def _image(engine: Engine, folder: Path, name: str, dockerfile: str, base: str) -> Iterator[str]:
    (folder / "Dockerfile").write_text(f"ARG BASE\nFROM $BASE\n{dockerfile}\n")
    build(folder, f"{TAG}-{name}", base)
    report = engine.image_configuration(f"{TAG}-{name}")
    assert report is not None
    yield str(report["Id"])
    forget(f"{TAG}-{name}")


@pytest.fixture(scope="session")
def no_program_image(
    base_image: str, docker_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """One whose entry point is not in it."""
    folder = tmp_path_factory.mktemp("no-program")
    yield from _image(docker_engine, folder, "no-program", 'ENTRYPOINT ["/absent"]', base_image)


@pytest.fixture(scope="session")
def unstartable_image(
    base_image: str, docker_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """One whose working folder is a descriptor of whoever starts it."""
    folder = tmp_path_factory.mktemp("unstartable")
    lines = 'WORKDIR /proc/self/fd/9\nENTRYPOINT ["python3"]'
    yield from _image(docker_engine, folder, "unstartable", lines, base_image)
