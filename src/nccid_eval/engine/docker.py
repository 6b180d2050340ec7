"""A Docker daemon: its images, its devices and the containers on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests

from nccid_eval.engine import docker_options
from nccid_eval.engine.docker_container import CONFLICT, DockerContainer, remove_container
from nccid_eval.engine.docker_files import read_files
from nccid_eval.engine.failures import first_line, translated
from nccid_eval.engine.gpu import Gpu, by_cdi, cdi_lists_gpus, gpus
from nccid_eval.engine.protocol import Found, Labels
from nccid_eval.errors import EngineUnavailable, PolicyNotApplied, SandboxError
from nccid_eval.records import Bind, ContainerSpec

API_TIMEOUT_S = 60
LOAD_TIMEOUT_S = 1800
SCHEMES = ("unix://", "tcp://")


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
                f"no container engine answers: {first_line(cause)}",
                where=where,
                mend="start Docker (on Debian: apt-get install docker.io; systemctl start docker) or set DOCKER_HOST",
            ) from None
        if docker_options.keeps_images_by_manifest(self._info):
            raise EngineUnavailable(
                "this Docker keeps images in containerd's store, under another digest than their configuration's",
                where=where,
                mend='set {"features": {"containerd-snapshotter": false}} in /etc/docker/daemon.json, restart Docker',
            )

    def close(self) -> None:
        self._api.close()
        self._loader.close()

    @translated
    def versions(self) -> Mapping[str, str]:
        report = self._api.version()
        parts = {part["Name"].lower(): first_line(str(part["Version"])) for part in report.get("Components", ())}
        return {**parts, "kernel": str(report.get("KernelVersion", "unknown"))}

    def cpus(self) -> int:
        return int(self._info.get("NCPU", 1))

    def gpus(self) -> tuple[Gpu, ...]:
        """By CDI where the engine knows of it, since no variable can widen that; else by NVIDIA's toolkit."""
        if cdi_lists_gpus([Path(one) for one in self._info.get("CDISpecDirs") or ()]):
            return by_cdi(gpus())
        return gpus() if "nvidia" in (self._info.get("Runtimes") or {}) else ()

    @translated
    def image_configuration(self, reference: str) -> Mapping[str, Any] | None:
        try:
            report: Mapping[str, Any] = self._api.inspect_image(reference)
        except docker.errors.NotFound:
            return None
        return report

    @translated
    def load_image(self, archive: Iterable[bytes]) -> None:
        _finish(self._loader.load_image(iter(archive)))

    @translated
    def pull_image(self, reference: str) -> None:
        repository, _, digest = reference.partition("@")
        _finish(self._loader.pull(repository, tag=digest, stream=True, decode=True))

    @translated
    def remove_image(self, reference: str) -> tuple[str, ...]:
        try:
            rows = self._loader.remove_image(reference)  # not by force: a tag of somebody's keeps it
        except docker.errors.NotFound:
            return ()
        except docker.errors.APIError as cause:
            if cause.status_code != CONFLICT:
                raise
            raise SandboxError(
                f"the image is held: {first_line(cause)}",
                where=f"image {reference}",
                mend="remove what holds it (docker rmi TAG, docker rm CONTAINER), then do it again",
            ) from None
        return tuple(row["Deleted"] for row in rows if "Deleted" in row)

    @translated
    def files(
        self, image_id: str, paths: Sequence[str], *, binds: tuple[Bind, ...], labels: Labels, cap: int
    ) -> Mapping[str, bytes]:
        body = docker_options.never_started(image_id, binds, labels)
        container_id = self._api.create_container_from_config(body)["Id"]
        try:
            return read_files(self._api, container_id, paths, cap)
        finally:
            remove_container(self._api, container_id)

    @translated
    def create(self, spec: ContainerSpec) -> DockerContainer:
        if spec.runtime and spec.runtime not in self._api.info()["Runtimes"]:
            raise PolicyNotApplied(
                f"the engine has no runtime '{spec.runtime}'",
                where="limits.toml: runtime",
                mend="install it and name it to Docker (on Debian, for gVisor: setup/runsc.sh), or leave it empty",
            )
        made = self._api.create_container_from_config(docker_options.to_engine(spec))
        return DockerContainer(self._api, made["Id"], gpu=spec.gpu)

    @translated
    def find(self, label: str) -> tuple[Found, ...]:
        rows = self._api.containers(all=True, filters={"label": label})
        return tuple(Found(id=row["Id"], labels=row.get("Labels") or {}) for row in rows)

    @translated
    def remove(self, container_id: str) -> None:
        remove_container(self._api, container_id)


def _finish(told: Iterable[Mapping[str, Any]] | None) -> None:
    """Hear an engine out: what goes wrong after it began to answer stands in the answer, under status 200."""
    for line in told or ():
        if error := line.get("error"):
            raise docker.errors.DockerException(str(error))
