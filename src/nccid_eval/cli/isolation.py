"""What of this machine holds a container in: profile, sealing, other runtimes, versions. Looked at by doing it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from nccid_eval.cli.finding import Finding
from nccid_eval.cli.minimums import below_minimum
from nccid_eval.errors import SandboxError

TIMEOUT_S = 20


def isolation(engine_versions: Mapping[str, str]) -> Iterator[Finding]:
    """`engine_versions` are those that the engine reports; none where no engine answers."""
    yield _seccomp()
    yield _sealing()
    yield _program("gVisor", "runsc", 'for a kernel of the container\'s own (limits: runtime = "runsc")')
    yield _program("Podman", "podman", "another engine, reached by DOCKER_HOST")
    toolkit = _version_of("nvidia-ctk")
    yield from below_minimum({**engine_versions, "nvidia-container-toolkit": toolkit})


def _seccomp() -> Finding:
    from nccid_eval import sandbox

    try:
        return Finding(name="seccomp", ok=True, found=f"profile {sandbox.digest(sandbox.load_profile())[:19]}…")
    except SandboxError as error:
        return Finding(name="seccomp", ok=False, found=error.what, cure=error.mend)


def _sealing() -> Finding:
    """By sealing an empty folder."""
    from nccid_eval import sandbox

    said: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "cases").mkdir()
        try:
            with sandbox.sealed_input(Path(folder) / "cases", Path(folder) / "sealed", said.append) as given:
                sealed = bool(given.sha256)
        except SandboxError as error:
            said, sealed = [error.what], False
    if sealed:
        return Finding(name="sealed input", ok=True, found="the cases are mounted from one read-only file")
    cure = "evaluate as root, with squashfs-tools installed (Debian) and the kernel's module loop"
    return Finding(name="sealed input", ok=None, found="; ".join(said), cure=cure)


def _program(name: str, command: str, purpose: str) -> Finding:
    version = _version_of(command)
    cure = "" if version else f"{purpose}: apt-get install {command}"
    return Finding(name=name, ok=True if version else None, found=version or "not installed", cure=cure)


def _version_of(command: str) -> str:
    """The first line that the command says of its version; empty where it is not there."""
    if shutil.which(command) is None:
        return ""
    try:
        done = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return (done.stdout.strip().splitlines() or [""])[0]
