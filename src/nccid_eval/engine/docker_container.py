"""One container's life on a Docker daemon."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import docker.errors
import requests

from nccid_eval.engine import docker_options
from nccid_eval.engine.failures import raise_if_images_fault, translated
from nccid_eval.engine.gpu import GpuMemory
from nccid_eval.engine.protocol import Channel, Ended
from nccid_eval.engine.stream import SocketChannel
from nccid_eval.errors import PolicyNotApplied
from nccid_eval.records import ContainerSpec

KILL_TIMEOUT_S = 10
CONFLICT = 409
CGROUP_ROOT = Path("/sys/fs/cgroup")


class DockerContainer:
    def __init__(self, api: Any, container_id: str, *, gpu: str = "") -> None:
        self._api = api
        self.id = container_id
        self._gpu = gpu
        self._cgroup: Path | None = None
        self._gpu_memory: GpuMemory | None = None

    @translated
    def applied(self) -> ContainerSpec:
        report = self._api.inspect_container(self.id)
        try:
            return docker_options.from_engine(report)
        except (KeyError, TypeError) as cause:
            raise PolicyNotApplied(
                f"the engine's report on a container lacks {cause}",
                where=f"container {self.id[:12]}",
                mend="use an engine whose API is Docker's 1.41 or later",
            ) from None

    @translated
    def start(self) -> SocketChannel:
        stream = self._api.attach_socket(self.id, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        channel = SocketChannel(stream._sock, stream)
        try:
            self._start()
            self._cgroup = memory_cgroup(int(self._api.inspect_container(self.id)["State"]["Pid"]))
        except BaseException:
            channel.close()
            raise
        if self._gpu:
            self._gpu_memory = GpuMemory(self._gpu)
        return channel

    def _start(self) -> None:
        try:
            self._api.start(self.id)
        except docker.errors.APIError as cause:
            raise_if_images_fault(cause)
            raise

    def gpu_memory_peak_mib(self) -> float | None:
        return self._gpu_memory.peak_mib() if self._gpu_memory is not None else None

    def memory_peak_mib(self) -> float | None:
        """Peak of the container's memory cgroup (version 1 or 2); None once it is gone, or on a remote engine."""
        for name in ("memory.max_usage_in_bytes", "memory.peak"):
            with contextlib.suppress(OSError, ValueError):
                if self._cgroup is not None:
                    return int((self._cgroup / name).read_text()) / 2**20
        return None

    @translated
    def end(self, channel: Channel | None, *, grace_s: float) -> Ended:
        if channel is not None:  # first of all: a container that floods an unread stream answers no other call
            channel.close()
        left_by_itself = self._stopped(grace_s)
        if not left_by_itself:
            with contextlib.suppress(docker.errors.APIError):  # it may leave in this very moment
                self._api.kill(self.id)
            self._stopped(KILL_TIMEOUT_S)
        state = self._api.inspect_container(self.id)["State"]
        own_code = int(state["ExitCode"]) if left_by_itself else None
        return Ended(exit_code=own_code, oom_killed=bool(state.get("OOMKilled")))

    def _stopped(self, timeout_s: float) -> bool:
        """Whether it has stopped, or does so within the time."""
        if timeout_s > 0:
            # docker-py raises ConnectionError, not ReadTimeout, when the wait runs out
            with contextlib.suppress(requests.RequestException):
                self._api.wait(self.id, timeout=timeout_s)
        return not self._api.inspect_container(self.id)["State"]["Running"]

    @translated
    def remove(self) -> None:
        if self._gpu_memory is not None:
            self._gpu_memory.close()
        remove_container(self._api, self.id)


def remove_container(api: Any, container_id: str) -> None:
    """With its volumes. One that is gone, or that someone else is removing, needs no more of us."""
    try:
        api.remove_container(container_id, force=True, v=True)
    except docker.errors.NotFound:
        return
    except docker.errors.APIError as cause:
        if cause.status_code != CONFLICT:
            raise


def memory_cgroup(pid: int) -> Path | None:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if "memory" in controllers.split(","):
                return CGROUP_ROOT / "memory" / path.lstrip("/")
            if controllers == "":
                unified = CGROUP_ROOT / path.lstrip("/")
                if (unified / "memory.peak").exists():
                    return unified
    return None
