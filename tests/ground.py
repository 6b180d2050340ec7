"""Where things are, and how a test's image is built."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
BASE = os.environ.get("BASE") or "nccid-eval-base:bookworm"


def build_image(folder: Path, tag: str, archive: Path) -> None:
    """Build a Dockerfile without a network and save the image."""
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    build = ["docker", "build", "--quiet", "--network", "none", "-t", tag, str(folder)]
    subprocess.run(build, check=True, capture_output=True, env=environment)
    subprocess.run(["docker", "save", tag, "-o", str(archive)], check=True, capture_output=True)
