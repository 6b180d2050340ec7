"""Whose failure a start was, from what runtimes said when it was tried; and no host path in what is told."""

from __future__ import annotations

import docker.errors
import pytest

from nccid_eval.engine.failures import raise_if_images_fault, translated
from nccid_eval.errors import ImageRefused, SandboxError

CREATE = (
    "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
)
IMAGES = {
    "no such working folder": CREATE + "error during container init: mkdir /proc/self/fd/9: not a directory: unknown",
    "no such program": CREATE + 'exec: "/absent": stat /absent: no such file or directory: unknown',
    "a file at /input": CREATE + 'error mounting "/srv/secret/cases" to rootfs at "/input": mount: not a directory',
    "a link at /input": CREATE + 'error mounting "/srv/secret" to rootfs at "/input": it is inside /proc: unknown',
    "another format": CREATE + "exec /model: exec format error",
    "gVisor": 'OCI runtime start failed: creating process: failed to find initial working directory "/x": invalid',
    "Podman": "/usr/sbin/runc: runc create failed: error during init: mkdir /proc/self/fd/9: OCI runtime error",
}
OURS = {
    "no toolkit": 'could not select device driver "nvidia" with capabilities: [[gpu compute utility]]',
    "toolkit": CREATE
    + "error running hook #0: nvidia-container-cli: initialization error: nvml error: driver not loaded",
    "cgroups": CREATE
    + "unable to apply cgroup configuration: mkdir /sys/fs/cgroup/memory/docker: no space left on device",
    "seccomp": CREATE + "unable to init seccomp: error loading seccomp filter into kernel",
    "input gone": CREATE + 'error mounting "/srv/x" to rootfs at "/input": stat /srv/x: no such file or directory',
    "disk": "error creating overlay mount to /var/lib/docker/overlay2: no space left on device",
    "a word of an image's without a runtime": 'exec: "/absent"',
}


def failed(text: str) -> docker.errors.APIError:
    return docker.errors.APIError("500 Server Error", explanation=text)


@pytest.mark.parametrize("text", IMAGES.values(), ids=IMAGES.keys())
def test_what_the_image_did_is_the_images(text: str) -> None:
    with pytest.raises(ImageRefused, match="cannot be started") as refused:
        raise_if_images_fault(failed(text))
    assert not {"/srv", "/proc", "/usr", "runc"} & set(str(refused.value).replace("/", " /").split())
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("text", OURS.values(), ids=OURS.keys())
def test_all_else_is_ours(text: str) -> None:
    def start() -> None:
        cause = failed(text)
        raise_if_images_fault(cause)
        raise cause

    with pytest.raises(SandboxError, match="container engine failed"):
        translated(start)()
