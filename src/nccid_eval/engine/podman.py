"""Podman on this machine: its Docker-compatible calls where they do as asked, its native ones where they do not."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker.errors

from nccid_eval.engine import podman_options, podman_report
from nccid_eval.engine.docker import DockerEngine
from nccid_eval.engine.docker_container import DockerContainer, memory_cgroup
from nccid_eval.engine.failures import raise_if_images_fault, translated
from nccid_eval.engine.gpu import Gpu, by_cdi, cdi_lists_gpus, gpus
from nccid_eval.engine.oom import OomWatch
from nccid_eval.engine.protocol import Channel, Ended
from nccid_eval.errors import EngineUnavailable, PolicyNotApplied
from nccid_eval.records import ContainerSpec

NATIVE = "http+docker://localhost/v4.0.0/libpod"
PLACES = Path("/run/nccid-eval")
CDI_FOLDERS = (Path("/etc/cdi"), Path("/var/run/cdi"))
MOUNT_TIMEOUT_S = 30


class PodmanEngine(DockerEngine):
    """Podman 4 or later behind `podman system service`, as root and on this machine's socket."""

    name = "podman"

    def __init__(self, address: str | None) -> None:
        super().__init__(address)
        if not (address or "").startswith("unix://") or os.geteuid() != 0:
            raise EngineUnavailable(
                "Podman is used on this machine's own socket and as root alone: its options are read back from files",
                where=str(address),
                mend="start 'podman system service --time=0 unix:///run/podman/podman.sock' as root; set DOCKER_HOST",
            )

    def gpus(self) -> tuple[Gpu, ...]:
        return by_cdi(gpus()) if cdi_lists_gpus(CDI_FOLDERS) else ()

    @translated
    def create(self, spec: ContainerSpec) -> PodmanContainer:
        if spec.runtime:
            raise PolicyNotApplied(
                f"Podman takes its runtime from its own configuration, not '{spec.runtime}' from a run",
                where="limits.toml: runtime",
                mend="use Docker with that runtime, or leave it empty",
            )
        with _seccomp_file(spec.seccomp) as profile, _scratch(spec.tmp_options) as tmp:
            body = podman_options.to_engine(spec, seccomp_path=profile, tmp=tmp)
            made = DockerContainer(self._api, str(self._native("POST", "/containers/create", body)["Id"]))
            try:
                # the runtime mounts all now, and starts nothing: what it applied can be read, our /tmp let go
                self._initialise(made.id)
                return PodmanContainer(self._api, made.id, spec, self._native("GET", f"/containers/{made.id}/json"))
            except BaseException:
                made.remove()
                raise

    def _initialise(self, container_id: str) -> None:
        try:
            self._native("POST", f"/containers/{container_id}/init")
        except docker.errors.APIError as cause:
            raise_if_images_fault(cause)
            raise

    def _native(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        response = self._api.request(method, NATIVE + path, json=body, timeout=self._api.timeout)
        self._api._raise_for_status(response)
        table: dict[str, Any] = response.json() if response.content else {}
        return table


class PodmanContainer(DockerContainer):
    def __init__(self, api: Any, container_id: str, asked: ContainerSpec, report: dict[str, Any]) -> None:
        super().__init__(api, container_id, gpu=asked.gpu)
        self._asked = asked
        self._report = report
        self._oom = OomWatch(memory_cgroup(int(report["State"]["Pid"])))

    @translated
    def applied(self) -> ContainerSpec:
        try:
            runtime = json.loads(Path(self._report["OCIConfigPath"]).read_text())
            mounts = Path(f"/proc/{self._report['State']['Pid']}/mountinfo").read_text()
            return podman_report.from_engine(self._report, runtime, mounts, self._asked)
        except (KeyError, TypeError, OSError, ValueError) as cause:
            raise PolicyNotApplied(
                f"what Podman applied cannot be read back: {type(cause).__name__} {cause}",
                where=f"container {self.id[:12]}",
                mend="use Podman 4 or later with runc, on this machine",
            ) from None

    def end(self, channel: Channel | None, *, grace_s: float) -> Ended:
        ended = super().end(channel, grace_s=grace_s)
        return Ended(exit_code=ended.exit_code, oom_killed=ended.oom_killed or self._oom.has_killed())

    def remove(self) -> None:
        super().remove()
        self._oom.close()


@contextlib.contextmanager
def _seccomp_file(profile: str) -> Iterator[str]:
    """Podman wants a path, and reads it when the container is made."""
    if not profile:
        yield ""
        return
    with tempfile.NamedTemporaryFile("w", prefix="nccid-eval-", suffix=".json") as file:
        file.write(profile)
        file.flush()
        yield file.name


@contextlib.contextmanager
def _scratch(options: str) -> Iterator[str]:
    """A tmpfs with these options. Podman refuses a limit on inodes, so it is mounted here, bound, and let go."""
    place = PLACES / f"{_this_process()}-{secrets.token_hex(4)}"  # named so that the reaper knows whose it was
    tmp = place / "tmp"
    PLACES.mkdir(mode=0o711, parents=True, exist_ok=True)
    place.mkdir(mode=0o711)
    tmp.mkdir()
    try:
        _run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(tmp)])
        try:
            yield str(tmp)
        finally:
            _run(["umount", "--lazy", str(tmp)])
    finally:
        tmp.rmdir()
        place.rmdir()


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=MOUNT_TIMEOUT_S)
    except subprocess.SubprocessError as cause:
        raise OSError(f"{command[0]} failed: {cause}") from None


def _this_process() -> str:
    """Namespace of process ids, id, and start: field 22 of /proc/PID/stat."""
    started = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    return f"{Path('/proc/self/ns/pid').stat().st_ino}-{os.getpid()}-{started}"
