"""Docker: the spec as the engine's JSON, its report as a spec again, and a container's life."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import docker
import docker.errors
import requests

from nccid_eval.engine import docker_options
from nccid_eval.engine.docker_files import read_member
from nccid_eval.engine.gpu import Gpu, gpus
from nccid_eval.engine.protocol import Channel, Ended, Found, Labels
from nccid_eval.engine.stream import SocketChannel
from nccid_eval.errors import EngineUnavailable, PolicyNotApplied, SandboxError
from nccid_eval.records import Bind, ContainerSpec

API_TIMEOUT_S = 60
LOAD_TIMEOUT_S = 1800
KILL_TIMEOUT_S = 10
SCHEMES = ("unix://", "tcp://")
CONFLICT = 409
CGROUP_ROOT = Path("/sys/fs/cgroup")

P = ParamSpec("P")
R = TypeVar("R")


def _translated(call: Callable[P, R]) -> Callable[P, R]:
    """The one door for the engine's errors. docker's APIError is an OSError: here it stops being one."""

    @functools.wraps(call)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except (docker.errors.DockerException, requests.RequestException, OSError) as cause:
            raise SandboxError(
                f"the container engine failed: {_first_line(cause)}",
                where=f"engine call {call.__name__}",
                mend="run 'nccid-eval doctor', then resume the run",
            ) from None

    return guarded


def _first_line(cause: BaseException) -> str:
    text = str(getattr(cause, "explanation", None) or cause)
    return (text.splitlines() or [type(cause).__name__])[0][:300]


class DockerEngine:
    """A Docker daemon; anything that speaks its API at version 1.41 or later."""

    name = "docker"

    def __init__(self, address: str | None) -> None:
        where = address or "unix:///var/run/docker.sock"
        if not where.startswith(SCHEMES):
            raise EngineUnavailable(
                "the engine's address is of a kind that cannot be attached to",
                where=where,
                mend=f"give one that begins with {' or '.join(SCHEMES)}",
            )
        try:
            self._api: Any = docker.APIClient(base_url=where, version="auto", timeout=API_TIMEOUT_S)
            self._loader: Any = docker.APIClient(base_url=where, version="auto", timeout=LOAD_TIMEOUT_S)
            self._info: Mapping[str, Any] = self._api.info()
        except (docker.errors.DockerException, requests.RequestException, OSError) as cause:
            raise EngineUnavailable(
                f"no container engine answers: {_first_line(cause)}",
                where=where,
                mend="start Docker (on Debian: apt-get install docker.io; systemctl start docker) or set DOCKER_HOST",
            ) from None

    @_translated
    def versions(self) -> Mapping[str, str]:
        report = self._api.version()
        parts = {part["Name"].lower(): str(part["Version"]) for part in report.get("Components", ())}
        return {**parts, "kernel": str(report.get("KernelVersion", "unknown"))}

    def cpus(self) -> int:
        return int(self._info.get("NCPU", 1))

    def gpus(self) -> tuple[Gpu, ...]:
        return gpus() if "nvidia" in (self._info.get("Runtimes") or {}) else ()

    @_translated
    def image_configuration(self, reference: str) -> Mapping[str, Any] | None:
        try:
            report: Mapping[str, Any] = self._api.inspect_image(reference)
        except docker.errors.NotFound:
            return None
        return report

    @_translated
    def load_image(self, archive: Iterable[bytes]) -> None:
        for _ in self._loader.load_image(iter(archive)) or ():
            pass

    @_translated
    def pull_image(self, reference: str) -> None:
        repository, _, digest = reference.partition("@")
        self._loader.pull(repository, tag=digest)

    @_translated
    def remove_image(self, reference: str) -> tuple[str, ...]:
        try:
            rows = self._loader.remove_image(reference)  # not by force: a tag of somebody's keeps it
        except docker.errors.NotFound:
            return ()
        except docker.errors.APIError as cause:
            if cause.status_code != CONFLICT:
                raise
            raise SandboxError(
                f"the image is held: {_first_line(cause)}",
                where=f"image {reference}",
                mend="remove what holds it (docker rmi TAG, docker rm CONTAINER), then do it again",
            ) from None
        return tuple(row["Deleted"] for row in rows if "Deleted" in row)

    @_translated
    def files(
        self, image_id: str, paths: Sequence[str], *, binds: tuple[Bind, ...], labels: Labels, cap: int
    ) -> Mapping[str, bytes]:
        body = docker_options.never_started(image_id, binds, labels)
        container_id = self._api.create_container_from_config(body)["Id"]
        try:
            found = ((path, read_member(self._api, container_id, path, cap)) for path in paths)
            return {path: content for path, content in found if content is not None}
        finally:
            _remove(self._api, container_id)

    @_translated
    def create(self, spec: ContainerSpec) -> DockerContainer:
        made = self._api.create_container_from_config(docker_options.to_engine(spec))
        return DockerContainer(self._api, made["Id"])

    @_translated
    def find(self, label: str) -> tuple[Found, ...]:
        rows = self._api.containers(all=True, filters={"label": label})
        return tuple(Found(id=row["Id"], labels=row.get("Labels") or {}) for row in rows)

    @_translated
    def remove(self, container_id: str) -> None:
        _remove(self._api, container_id)


class DockerContainer:
    def __init__(self, api: Any, container_id: str) -> None:
        self._api = api
        self.id = container_id
        self._cgroup: Path | None = None

    @_translated
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

    @_translated
    def start(self) -> SocketChannel:
        stream = self._api.attach_socket(self.id, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        channel = SocketChannel(stream._sock, stream)
        try:
            self._api.start(self.id)
            self._cgroup = _memory_cgroup(int(self._api.inspect_container(self.id)["State"]["Pid"]))
        except BaseException:
            channel.close()
            raise
        return channel

    def memory_peak_mib(self) -> float | None:
        """Peak of the container's memory cgroup (version 1 or 2); None once it is gone, or on a remote engine."""
        for name in ("memory.max_usage_in_bytes", "memory.peak"):
            with contextlib.suppress(OSError, ValueError):
                if self._cgroup is not None:
                    return int((self._cgroup / name).read_text()) / 2**20
        return None

    @_translated
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

    @_translated
    def remove(self) -> None:
        _remove(self._api, self.id)


def _remove(api: Any, container_id: str) -> None:
    """With its volumes. One that is gone, or that someone else is removing, needs no more of us."""
    try:
        api.remove_container(container_id, force=True, v=True)
    except docker.errors.NotFound:
        return
    except docker.errors.APIError as cause:
        if cause.status_code != CONFLICT:
            raise


def _memory_cgroup(pid: int) -> Path | None:
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
