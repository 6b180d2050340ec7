"""What Podman told its runtime, read back: as asked it holds, and each loosened option shows."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.hostile.ground import run_request

from nccid_eval.engine.podman_options import to_engine
from nccid_eval.engine.podman_report import from_engine, tmp_options
from nccid_eval.records import ContainerSpec
from nccid_eval.sandbox.policy import container_spec, differences

OWN = "/var/lib/containers/storage/overlay-containers/abc/userdata"
ALLOW = {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": []}
PERSONALITY = {"index": 0, "op": "SCMP_CMP_EQ", "value": 8, "valueTwo": 0}
PROFILE = json.dumps(
    {
        "archMap": [
            {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
            {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
        ],
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": 38,
        "syscalls": [
            ALLOW,
            {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [PERSONALITY]},
            {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64"]}},
            {"names": ["set_tls"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm64"]}},
            {"names": ["mount"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
        ],
    }
)
TOLD_PROFILE = {
    "architectures": ["SCMP_ARCH_X86_64"],
    "defaultAction": "SCMP_ACT_ERRNO",
    "defaultErrnoRet": 38,
    "syscalls": [
        {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
        {"names": ["write", "arch_prctl"], "action": "SCMP_ACT_ALLOW"},
        {
            "names": ["personality"],
            "action": "SCMP_ACT_ALLOW",
            "args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 8}],
        },
        {"names": ["mount"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
    ],
}
MOUNTS = """100 53 0:41 / / ro,relatime - overlay overlay rw,lowerdir=/l
113 100 0:39 / /tmp rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,size=8192k,nr_inodes=16384
120 116 0:40 / /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=8192k
"""

Told = dict[str, Any]  # report, runtime, mounts


def made(tmp_path: Path, gpu: str = "") -> ContainerSpec:
    request = run_request(tmp_path, "honest", image_id="sha256:" + "a" * 64)
    request = dataclasses.replace(request, seccomp=PROFILE, gpu=gpu)
    return container_spec(request, host_cpus=8, owner="host:1:2", deadline=1700000000)


def told(spec: ContainerSpec) -> Told:
    """As recorded from Podman 4.3 with runc, of a container made from `to_engine`'s body."""
    body = to_engine(spec, seccomp_path="/x.json", tmp="/run/scratch")
    user, group = (int(one) for one in body["user"].split(":"))
    binds = [{**one, "options": [*one["options"], "rbind"]} for one in body["mounts"]]
    hosts = {"type": "bind", "destination": "/etc/hosts", "source": f"{OWN}/hosts", "options": ["bind", "ro"]}
    shm = {"type": "bind", "destination": "/dev/shm", "source": f"{OWN}/shm", "options": ["bind", "rprivate"]}
    proc = {"type": "proc", "destination": "/proc", "source": "proc", "options": ["nosuid"]}
    process = {
        "user": {"uid": user, "gid": group, "additionalGids": [group]},
        "args": ["/run/podman-init", "--", "python3"],
        "env": [*(f"{name}={value}" for name, value in body["env"].items()), "container=podman"],
        "capabilities": {},
        "rlimits": [{**one, "type": f"RLIMIT_{one['type'].upper()}"} for one in body["r_limits"]],
        "noNewPrivileges": body["no_new_privileges"],
    }
    linux = {
        "resources": {**body["resource_limits"], "devices": [{"allow": False, "access": "rwm"}]},
        "namespaces": [{"type": one} for one in ("pid", "network", "ipc", "uts", "mount", "cgroup")],
        "maskedPaths": ["/proc/kcore"],
        "readonlyPaths": ["/proc/sys"],
        "seccomp": TOLD_PROFILE,
    }
    if spec.gpu:
        linux["devices"] = [{"path": "/dev/nvidia1"}, {"path": "/dev/nvidiactl"}, {"path": "/dev/nvidia-uvm"}]
        linux["resources"]["devices"].append({"allow": True, "type": "c", "major": 195, "minor": 1})
    host = {"NetworkMode": "none", "IpcMode": "shareable", "LogConfig": {"Type": "none"}, "Privileged": False}
    report = {
        "Image": body["image"],
        "OCIRuntime": "/usr/sbin/runc",
        "StaticDir": OWN,
        "PidFile": "/run/containers/abc/pidfile",
        "Config": {"Labels": body["labels"], "StopSignal": body["stop_signal"]},
        "HostConfig": host,
    }
    runtime = {
        "process": process,
        "root": {"readonly": True},
        "hostname": body["hostname"],
        "mounts": [proc, *binds, hosts, shm],
        "linux": linux,
    }
    return copy.deepcopy({"report": report, "runtime": runtime, "mounts": MOUNTS})


def read_back(spec: ContainerSpec, one: Told) -> ContainerSpec:
    return from_engine(one["report"], one["runtime"], one["mounts"], spec)


@pytest.mark.parametrize("gpu", ["", "nvidia.com/gpu=1"])
def test_what_was_told_as_asked_holds(tmp_path: Path, gpu: str) -> None:
    spec = made(tmp_path, gpu)
    assert differences(spec, read_back(spec, told(spec))) == ()


def process(**changes: Any) -> Callable[[Told], None]:
    return lambda one: one["runtime"]["process"].update(changes)


def linux(**changes: Any) -> Callable[[Told], None]:
    return lambda one: one["runtime"]["linux"].update(changes)


def resources(**changes: Any) -> Callable[[Told], None]:
    return lambda one: one["runtime"]["linux"]["resources"].update(changes)


def mounted(**mount: Any) -> Callable[[Told], None]:
    return lambda one: one["runtime"]["mounts"].append({"source": "x", "options": [], "type": "bind"} | mount)


def namespaces(*names: str, **paths: str) -> Callable[[Told], None]:
    rows = [{"type": one} for one in names] + [{"type": name, "path": path} for name, path in paths.items()]
    return linux(namespaces=rows)


def tmp(old: str, new: str) -> Callable[[Told], None]:
    return lambda one: one.update(mounts=one["mounts"].replace(old, new))


def profile(**changes: Any) -> Callable[[Told], None]:
    return lambda one: one["runtime"]["linux"]["seccomp"].update(changes)


LOOSENED = {
    "another image": lambda one: one["report"].update(Image="b" * 64),
    "another runtime": lambda one: one["report"].update(OCIRuntime="/usr/bin/kata"),
    "root": process(user={"uid": 0, "gid": 0}),
    "group": process(user={"uid": 200000, "gid": 200000, "additionalGids": [0]}),
    "capability": process(capabilities={"bounding": ["CAP_SYS_ADMIN"]}),
    "new privileges": process(noNewPrivileges=False),
    "no limits": process(rlimits=None),
    "no init": process(args=["python3"]),
    "variable lost": process(env=["PATH=/bin"]),
    "variable twice": lambda one: one["runtime"]["process"]["env"].append("LD_PRELOAD=/evil.so"),
    "writable root": lambda one: one["runtime"].update(root={"readonly": False}),
    "host name": lambda one: one["runtime"].update(hostname="box"),
    "writable /run": mounted(type="tmpfs", destination="/run"),
    "writable /var/tmp": mounted(type="tmpfs", destination="/var/tmp"),
    "engine's socket": mounted(destination="/x", source="/run/podman/podman.sock"),
    "own file, writable": mounted(destination="/etc/hostname", source=f"{OWN}/hostname", options=["rw"]),
    "volume": mounted(destination="/data", source="/var/lib/containers/storage/volumes/v/_data"),
    "host network": namespaces("pid", "ipc", "uts", "mount", "cgroup"),
    "another's network": namespaces("pid", "ipc", "uts", "mount", "cgroup", network="/proc/1/ns/net"),
    "shared ipc": namespaces("pid", "network", "uts", "mount", "cgroup", ipc="/proc/1/ns/ipc"),
    "host pid": namespaces("network", "ipc", "uts", "mount", "cgroup"),
    "host uts": namespaces("pid", "network", "ipc", "mount", "cgroup"),
    "host cgroup": namespaces("pid", "network", "ipc", "uts", "mount"),
    "memory": resources(memory={"limit": 2**40, "swap": 2**40}),
    "swap": resources(memory={"limit": 2**27, "swap": -1}),
    "processes": resources(pids={"limit": 0}),
    "cpus": resources(cpu={"cpus": ""}),
    "devices": resources(devices=[{"allow": True, "access": "rwm"}]),
    "a device": linux(devices=[{"path": "/dev/sda"}]),
    "a gpu": linux(devices=[{"path": "/dev/nvidia0"}]),
    "no masked paths": linux(maskedPaths=None),
    "no read-only paths": linux(readonlyPaths=[]),
    "no seccomp": linux(seccomp=None),
    "another default": profile(defaultAction="SCMP_ACT_ALLOW"),
    "another machine's calls": profile(architectures=["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]),
    "one call more": lambda one: one["runtime"]["linux"]["seccomp"]["syscalls"].append(
        {"names": ["bpf"], "action": "SCMP_ACT_ALLOW"}
    ),
    "one call without its test": lambda one: one["runtime"]["linux"]["seccomp"]["syscalls"][2].pop("args"),
    "exec in tmp": tmp("nodev,noexec,relatime - tmpfs tmpfs", "nodev,relatime - tmpfs tmpfs"),
    "suid in tmp": tmp("rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs", "rw,nodev,noexec - tmpfs tmpfs"),
    "larger tmp": tmp("size=8192k,nr_inodes", "size=81920k,nr_inodes"),
    "inodes": tmp(",nr_inodes=16384", ""),
    "tmp is a disk": tmp("tmpfs tmpfs rw", "ext4 /dev/vda rw"),
    "no tmp": tmp("/tmp", "/elsewhere"),
    "larger shm": tmp("shm rw,size=8192k", "shm rw,size=81920k"),
    "log": lambda one: one["report"]["HostConfig"].update(LogConfig={"Type": "k8s-file"}),
    "privileged": lambda one: one["report"]["HostConfig"].update(Privileged=True),
    "stop signal": lambda one: one["report"]["Config"].update(StopSignal=15),
    "labels lost": lambda one: one["report"]["Config"].update(Labels=None),
}


@pytest.mark.parametrize("loosen", LOOSENED.values(), ids=LOOSENED.keys())
def test_each_loosened_option_shows(tmp_path: Path, loosen: Callable[[Told], None]) -> None:
    spec = made(tmp_path)
    one = told(spec)
    loosen(one)
    assert differences(spec, read_back(spec, one)) != ()


def test_a_second_gpu_shows(tmp_path: Path) -> None:
    spec = made(tmp_path, "nvidia.com/gpu=1")
    one = told(spec)
    one["runtime"]["linux"]["devices"].append({"path": "/dev/nvidia0"})
    assert differences(spec, read_back(spec, one)) != ()


def test_a_gpu_is_asked_for_by_its_name_alone(tmp_path: Path) -> None:
    body = to_engine(made(tmp_path, "nvidia.com/gpu=1"), seccomp_path="", tmp="/t")
    assert body["devices"] == [{"path": "nvidia.com/gpu=1"}]
    assert body["env"]["NVIDIA_VISIBLE_DEVICES"] == "void"
    assert "devices" not in to_engine(made(tmp_path), seccomp_path="", tmp="/t")


def test_an_executable_tmp_reads_as_such() -> None:
    line = "113 100 0:39 / /tmp rw,nosuid,nodev,relatime - tmpfs tmpfs rw,size=8192k,nr_inodes=16384\n"
    assert tmp_options(line) == "rw,exec,nosuid,nodev,size=8m,nr_inodes=16384,mode=1777"
