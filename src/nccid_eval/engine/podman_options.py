"""A container's options in Podman's own words. Pure.

Podman's Docker-compatible calls cannot express all of the policy (a seccomp profile's text, no writable /run and
/var/tmp, a private ipc), so containers are made by its native call.
"""

from __future__ import annotations

from signal import Signals
from typing import Any

from nccid_eval.records import Bind, ContainerSpec

TMP = "/tmp"


def to_engine(spec: ContainerSpec, *, seccomp_path: str, tmp: str) -> dict[str, Any]:
    """The body of a native create call. `tmp` is a folder of this machine, with the mount options of the spec."""
    body: dict[str, Any] = {
        "image": spec.image_id.removeprefix("sha256:"),
        "user": spec.user,
        "hostname": spec.hostname,
        "stdin": True,
        "terminal": False,
        "env": dict(spec.environment),
        "httpproxy": False,  # else the service's own proxy variables go in
        "labels": dict(spec.labels),
        "stop_signal": Signals[spec.stop_signal].value,
        "systemd": "false",  # else a program called init gets writable mounts
        "image_volume_mode": "ignore",
        "healthconfig": {"Test": ["NONE"]},
        "log_configuration": {"driver": spec.log_driver},
        "restart_policy": "no",
        "init": spec.init,
        **_isolation(spec),
        **_resources(spec),
        "mounts": [*map(_mount, spec.binds), _scratch(spec, tmp)],
    }
    if seccomp_path:
        body["seccomp_profile_path"] = seccomp_path
    if spec.gpu:
        body["devices"] = [{"path": spec.gpu}]
    return body


def _isolation(spec: ContainerSpec) -> dict[str, Any]:
    private = {"nsmode": "private"}
    return {
        "read_only_filesystem": spec.read_only_root,
        "read_write_tmpfs": False,
        "cap_drop": ["all"],
        "cap_add": list(spec.capabilities),
        "no_new_privileges": spec.no_new_privileges,
        "netns": {"nsmode": spec.network},
        "ipcns": {"nsmode": spec.ipc},
        "cgroupns": {"nsmode": spec.cgroup_namespace},
        "pidns": private,
        "utsns": private,
    }


def _resources(spec: ContainerSpec) -> dict[str, Any]:
    limits = (
        ("nofile", spec.nofile),
        ("nproc", spec.pids),  # one user id a run, so that it counts nobody else; unset, Podman takes its own
        ("fsize", spec.file_size_bytes),
        ("core", spec.core_bytes),
        ("memlock", 2**63 - 1 if spec.gpu else 65536),
    )
    return {
        "shm_size": spec.shm_bytes,
        "oom_score_adj": 500,
        "resource_limits": {
            "memory": {"limit": spec.memory_bytes, "swap": spec.memory_swap_bytes},
            "pids": {"limit": spec.pids},
            "cpu": {"cpus": spec.cpuset},
        },
        "r_limits": [{"type": name, "soft": value, "hard": value} for name, value in limits],
    }


def _mount(bind: Bind) -> dict[str, Any]:
    how = "rw" if bind.writable else "ro"
    return {"type": "bind", "source": bind.source, "destination": bind.target, "options": [how, "rprivate"]}


def _scratch(spec: ContainerSpec, tmp: str) -> dict[str, Any]:
    flags = [one for one in spec.tmp_options.split(",") if "=" not in one]
    return {"type": "bind", "source": tmp, "destination": TMP, "options": [*flags, "rprivate"]}
