"""What Podman told its runtime, as options again. Pure.

It is read from the configuration that the runtime got and from the mounts of the container's first process: Podman's
own summary calls a private ipc shareable and knows no seccomp profile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import Signals
from typing import Any

from nccid_eval.engine.docker_options import DEFAULT_RUNTIMES
from nccid_eval.engine.podman_options import TMP
from nccid_eval.records import Bind, ContainerSpec

INIT = "/run/podman-init"
SHM = "/dev/shm"
PLAIN_MOUNTS = ("/sys", "/proc", "/dev", "/dev/mqueue", "/dev/pts", "/sys/fs/cgroup")
PRIVATE = ("pid", "mount", "uts")  # namespaces that the spec has no field for
MACHINES = {"SCMP_ARCH_X86_64": "amd64", "SCMP_ARCH_AARCH64": "arm64"}
CONTROL_DEVICES = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset")


def from_engine(
    report: Mapping[str, Any], runtime: Mapping[str, Any], mountinfo: str, asked: ContainerSpec
) -> ContainerSpec:
    """The options of an initialised container: `report` is the native inspect call's, `runtime` its config.json."""
    process, linux, config, host = runtime["process"], runtime["linux"], report["Config"], report["HostConfig"]
    resources, memory = linux["resources"], linux["resources"]["memory"]
    limits = {one["type"].removeprefix("RLIMIT_").lower(): one["hard"] for one in process.get("rlimits") or ()}
    namespaces = {one["type"]: one.get("path", "") for one in linux["namespaces"]}
    user = process["user"]
    return ContainerSpec(
        image_id="sha256:" + str(report["Image"]).removeprefix("sha256:"),
        runtime=_runtime(report),
        binds=_binds(report, runtime),
        user=f"{user['uid']}:{user['gid']}",
        network=host["NetworkMode"] if namespaces.get("network") == "" else "host",
        read_only_root=bool(runtime["root"].get("readonly")),
        capabilities=(*_capabilities(process), *_loosened(report, runtime, namespaces)),
        no_new_privileges=bool(process.get("noNewPrivileges")),
        seccomp=_seccomp(linux.get("seccomp"), asked.seccomp),
        memory_bytes=memory["limit"],
        memory_swap_bytes=memory["swap"],
        pids=resources["pids"]["limit"],
        cpuset=resources["cpu"]["cpus"],
        nofile=limits.get("nofile", -1),
        file_size_bytes=limits.get("fsize", -1),
        core_bytes=limits.get("core", -1),
        tmp_options=tmp_options(mountinfo),
        shm_bytes=_size_kib(_tmpfs(mountinfo, SHM)[1]) * 1024,
        ipc="private" if namespaces.get("ipc") == "" else host["IpcMode"],
        cgroup_namespace="private" if namespaces.get("cgroup") == "" else "host",
        init=process["args"][0] == INIT,
        hostname=runtime["hostname"],
        log_driver=host["LogConfig"]["Type"],
        stop_signal=Signals(config["StopSignal"]).name,
        gpu=_gpu(linux),
        environment=tuple(_pair(one) for one in process["env"]),
        labels=tuple((config.get("Labels") or {}).items()),
    )


def _pair(variable: str) -> tuple[str, str]:
    name, _, value = variable.partition("=")
    return name, value


def _runtime(report: Mapping[str, Any]) -> str:
    name = Path(report["OCIRuntime"]).name
    return "" if name in DEFAULT_RUNTIMES else name


def _capabilities(process: Mapping[str, Any]) -> tuple[str, ...]:
    sets = (process.get("capabilities") or {}).values()
    return tuple(sorted({one for names in sets for one in names or ()}))


def _is_own(report: Mapping[str, Any], mount: Mapping[str, Any]) -> bool:
    """Files that Podman makes for every container: host name, hosts, group …; read-only, but for /dev/shm."""
    folders = (report["StaticDir"], str(Path(report["PidFile"]).parent))
    here = mount["destination"] == INIT or any(mount["source"].startswith(f"{one}/") for one in folders)
    return here and ("ro" in mount["options"] or mount["destination"] == SHM)


def _binds(report: Mapping[str, Any], runtime: Mapping[str, Any]) -> tuple[Bind, ...]:
    foreign = [one for one in _binding(runtime) if one["destination"] != TMP and not _is_own(report, one)]
    return tuple(_bind(one) for one in sorted(foreign, key=lambda one: str(one["destination"])))


def _binding(runtime: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [one for one in runtime["mounts"] if one["type"] == "bind"]


def _bind(mount: Mapping[str, Any]) -> Bind:
    private = "rprivate" in mount["options"]
    source = str(mount["source"]) if private else f"shared {mount['source']}"
    return Bind(source=source, target=str(mount["destination"]), writable="ro" not in mount["options"])


def _loosened(
    report: Mapping[str, Any], runtime: Mapping[str, Any], namespaces: Mapping[str, str]
) -> tuple[str, ...]:
    """What the spec has no field for, since no policy asks for it; named where the container has it."""
    process, linux = runtime["process"], runtime["linux"]
    others = [one for one in runtime["mounts"] if one["type"] != "bind" and one["destination"] not in PLAIN_MOUNTS]
    groups = set(process["user"].get("additionalGids") or ()) - {process["user"]["gid"]}
    allowed = [one for one in linux["resources"].get("devices") or () if one.get("allow")]
    found = [f"{one} namespace" for one in PRIVATE if namespaces.get(one) != ""]
    found += [f"{one['type']} {one['destination']}" for one in others]
    found += [f"group {one}" for one in sorted(groups)]
    found += ["devices"] if allowed and not linux.get("devices") else []
    found += ["privileged"] if report["HostConfig"].get("Privileged") else []
    found += [f"{key} is empty" for key in ("maskedPaths", "readonlyPaths") if not linux.get(key)]
    return tuple(found)


def _gpu(linux: Mapping[str, Any]) -> str:
    """The devices by their names in CDI; NVIDIA's control devices, which go with any of them, are no GPU."""
    paths = [str(one["path"]) for one in linux.get("devices") or ()]
    numbers = [one.removeprefix("/dev/nvidia") for one in paths if one not in CONTROL_DEVICES]
    return ",".join(f"nvidia.com/gpu={one}" if one.isdigit() else one for one in numbers)


def tmp_options(mountinfo: str) -> str:
    """Options of the tmpfs at /tmp in the policy's spelling, from /proc/PID/mountinfo; empty where there is none."""
    flags, limits = _tmpfs(mountinfo, TMP)
    if not flags:
        return ""
    words = [pair[0] if pair[0] in flags else pair[1] for pair in (("rw", "ro"), ("noexec", "exec"))]
    words += [one if one in flags else one.removeprefix("no") for one in ("nosuid", "nodev")]
    size = _size_kib(limits)
    mode = limits.get("mode", "1777")  # the kernel leaves a tmpfs' own default out
    return ",".join([*words, f"size={size // 1024}m", f"nr_inodes={limits.get('nr_inodes', '')}", f"mode={mode}"])


def _tmpfs(mountinfo: str, where: str) -> tuple[frozenset[str], Mapping[str, str]]:
    """Flags of the mount, and the file system's own options; nothing where it is not one tmpfs."""
    rows = [line.split(" - ") for line in mountinfo.splitlines() if line.split()[4] == where]
    if len(rows) != 1 or rows[0][1].split()[0] != "tmpfs":
        return frozenset(), {}
    own = dict(_pair(one) for one in rows[0][1].split()[2].split(","))
    return frozenset(rows[0][0].split()[5].split(",")), own


def _size_kib(limits: Mapping[str, str]) -> int:
    text = limits.get("size", "")
    return int(text[:-1]) if text.endswith("k") and text[:-1].isdigit() else 0


def _seccomp(applied: Mapping[str, Any] | None, asked: str) -> str:
    """The profile asked for, where the runtime was told the same rules; else what it was told."""
    if not asked and applied:
        return ""
    if not asked or not applied:
        return "none"
    wanted, machine = json.loads(asked), str(applied.get("architectures", [""])[0])
    same = _architectures(wanted, machine) == applied["architectures"] and _rules(
        _for_machine(wanted, machine)
    ) == _rules(applied)
    return asked if same else json.dumps(applied)


def _architectures(profile: Mapping[str, Any], machine: str) -> list[str]:
    """This machine's in the runtime's words, with those that it can also run."""
    rows = [one for one in profile.get("archMap") or () if one["architecture"] == machine]
    return [name for row in rows for name in (row["architecture"], *(row.get("subArchitectures") or ()))]


def _for_machine(profile: Mapping[str, Any], machine: str) -> dict[str, Any]:
    """Docker's form of a profile holds rows for other machines, and for capabilities that no container here has."""
    included = [(one, one.get("includes") or {}) for one in profile.get("syscalls") or ()]
    mine = [
        row
        for row, only in included
        if MACHINES.get(machine) in only.get("arches", (MACHINES.get(machine),)) and not only.get("caps")
    ]
    return {**profile, "syscalls": mine}


def _rules(profile: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a filter does, whichever way its calls are grouped. Docker's and the runtime's rows are spelt alike."""
    calls = {
        (name, row["action"], row.get("errnoRet"), json.dumps(_tests(row), sort_keys=True))
        for row in profile.get("syscalls") or ()
        for name in row["names"]
    }
    return profile.get("defaultAction"), profile.get("defaultErrnoRet"), frozenset(calls)


def _tests(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{key: value for key, value in one.items() if value} for one in row.get("args") or ()]
