"""A container's options as Docker's JSON, and Docker's report on a container as options again. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nccid_eval.records import Bind, ContainerSpec

SECCOMP = "seccomp="
CONTAINERD_STORE = ["driver-type", "io.containerd.snapshotter.v1"]
DEFAULT_RUNTIMES = ("runc", "crun", "io.containerd.runc.v2")


def to_engine(spec: ContainerSpec) -> dict[str, Any]:
    """The body of a create call (API 1.41). Entry point, command and working directory stay the image's own."""
    return {
        "Image": spec.image_id,
        "User": spec.user,
        "Hostname": spec.hostname,
        "OpenStdin": True,
        "StdinOnce": True,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Tty": False,
        "Env": [f"{name}={value}" for name, value in spec.environment],
        "Labels": dict(spec.labels),
        "Healthcheck": {"Test": ["NONE"]},
        "StopSignal": spec.stop_signal,
        "HostConfig": {**_isolation(spec), **_resources(spec), "Mounts": [_mount(one) for one in spec.binds]},
    }


def never_started(image_id: str, binds: Sequence[Bind], labels: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The body of a create call for a container whose files alone are looked at."""
    host = {"NetworkMode": "none", "ReadonlyRootfs": True, "Mounts": [_mount(one) for one in binds]}
    program = {"Entrypoint": ["never-started"], "Cmd": None, "WorkingDir": "/"}
    return {"Image": image_id, **program, "Labels": dict(labels), "HostConfig": host}


def _isolation(spec: ContainerSpec) -> dict[str, Any]:
    privileges = ["no-new-privileges:true"] if spec.no_new_privileges else []
    host: dict[str, Any] = {
        "NetworkMode": spec.network,
        "ReadonlyRootfs": spec.read_only_root,
        "CapDrop": ["ALL"],
        "CapAdd": list(spec.capabilities),
        "SecurityOpt": [*privileges, *([SECCOMP + spec.seccomp] if spec.seccomp else [])],
        "Privileged": False,
        "IpcMode": spec.ipc,
        "CgroupnsMode": spec.cgroup_namespace,
        "Init": spec.init,
        "LogConfig": {"Type": spec.log_driver, "Config": {}},
        "RestartPolicy": {"Name": "no"},
        "AutoRemove": False,
    }
    if spec.runtime:
        host["Runtime"] = spec.runtime
    if spec.gpu:
        host["DeviceRequests"] = [_device(spec.gpu)]
    return host


def _device(gpu: str) -> dict[str, Any]:
    """One device: by its name in CDI, or by its number from NVIDIA's toolkit."""
    if "=" in gpu:
        return {"Driver": "cdi", "DeviceIDs": [gpu]}
    return {"Driver": "nvidia", "DeviceIDs": [gpu], "Capabilities": [["gpu", "compute", "utility"]]}


def keeps_images_by_manifest(info: Mapping[str, Any]) -> bool:
    """Whether an info report is of a Docker with containerd's image store, whose ids are digests of manifests."""
    return any(list(one) == CONTAINERD_STORE for one in info.get("DriverStatus") or ())


def _resources(spec: ContainerSpec) -> dict[str, Any]:
    limits = (
        ("nofile", spec.nofile),
        ("fsize", spec.file_size_bytes),
        ("core", spec.core_bytes),
        ("memlock", -1 if spec.gpu else 65536),
    )
    return {
        "Memory": spec.memory_bytes,
        "MemorySwap": spec.memory_swap_bytes,
        "OomKillDisable": False,
        "OomScoreAdj": 500,
        "PidsLimit": spec.pids,
        "CpusetCpus": spec.cpuset,
        "Ulimits": [{"Name": name, "Soft": value, "Hard": value} for name, value in limits],
        "Tmpfs": {"/tmp": spec.tmp_options},
        "ShmSize": spec.shm_bytes,
    }


def _mount(bind: Bind) -> dict[str, Any]:
    return {
        "Type": "bind",
        "Source": bind.source,
        "Target": bind.target,
        "ReadOnly": not bind.writable,
        "BindOptions": {"Propagation": "rprivate"},
    }


def from_engine(report: Mapping[str, Any]) -> ContainerSpec:
    """What an inspect call says was applied. What could let data out shows as a value that no policy asks for."""
    config, host = report["Config"], report["HostConfig"]
    loosened = _loosened(host)
    limits = {one["Name"]: one["Hard"] for one in host.get("Ulimits") or ()}
    return ContainerSpec(
        image_id=report["Image"],
        runtime=_runtime(host),
        binds=_binds(report),
        user=config["User"],
        network=host["NetworkMode"],
        read_only_root=bool(host["ReadonlyRootfs"]),
        capabilities=(*_capabilities(host), *loosened),
        no_new_privileges=_no_new_privileges(host),
        seccomp=_seccomp(host),
        memory_bytes=host["Memory"],
        memory_swap_bytes=host["MemorySwap"],
        pids=host.get("PidsLimit") or 0,
        cpuset=host["CpusetCpus"],
        nofile=limits.get("nofile", -1),
        file_size_bytes=limits.get("fsize", -1),
        core_bytes=limits.get("core", -1),
        tmp_options=(host.get("Tmpfs") or {}).get("/tmp", ""),
        shm_bytes=host["ShmSize"],
        ipc=host["IpcMode"],
        cgroup_namespace=host.get("CgroupnsMode", ""),
        init=bool(host.get("Init")),
        hostname=config["Hostname"],
        log_driver=host["LogConfig"]["Type"],
        stop_signal=config.get("StopSignal", ""),
        gpu=_gpu(host),
        environment=tuple(_pair(one) for one in config["Env"] or ()),
        labels=tuple((config.get("Labels") or {}).items()),
    )


def _binds(report: Mapping[str, Any]) -> tuple[Bind, ...]:
    """All mounts; what is no private bind mount reads as what it is, and so as no bind that a policy asks for."""
    return tuple(
        _bind(one) for one in sorted(report.get("Mounts") or (), key=lambda one: str(one.get("Destination")))
    )


def _bind(mount: Mapping[str, Any]) -> Bind:
    kind, propagation = str(mount.get("Type")), str(mount.get("Propagation", "rprivate"))
    private = kind == "bind" and propagation == "rprivate"
    source = str(mount.get("Source")) if private else f"{kind} ({propagation}) {mount.get('Source')}"
    return Bind(source=source, target=str(mount.get("Destination")), writable=bool(mount.get("RW")))


def _runtime(host: Mapping[str, Any]) -> str:
    """Empty for the engine's own, which inspect names by its default's name."""
    runtime = str(host.get("Runtime") or "")
    return "" if runtime in DEFAULT_RUNTIMES else runtime


def _seccomp(host: Mapping[str, Any]) -> str:
    profiles = [one for one in host.get("SecurityOpt") or () if one.startswith(SECCOMP)]
    return profiles[0].removeprefix(SECCOMP) if len(profiles) == 1 else "; ".join(profiles)


def _capabilities(host: Mapping[str, Any]) -> tuple[str, ...]:
    kept = tuple(host.get("CapAdd") or ())
    if host.get("Privileged"):
        return ("privileged", *kept)
    return kept if "ALL" in (host.get("CapDrop") or ()) else ("default", *kept)


LOOSE_MODES = ("PidMode", "UTSMode", "UsernsMode")  # "" is the container's own; host or another container's is loose
LOOSE_LISTS = ("Binds", "VolumesFrom", "DeviceCgroupRules", "GroupAdd", "Sysctls", "ExtraHosts", "Links")
LOOSE_FLAGS = ("OomKillDisable", "PublishAllPorts")


def _loosened(host: Mapping[str, Any]) -> tuple[str, ...]:
    """Options that the spec has no field for, since no policy asks for them; named where the engine has them."""
    found = [f"{key}={host[key]}" for key in LOOSE_MODES if host.get(key)]
    found += [f"{key}={host[key]}" for key in (*LOOSE_LISTS, *LOOSE_FLAGS) if host.get(key)]
    found += [f"tmpfs {where}" for where in host.get("Tmpfs") or () if where != "/tmp"]
    found += [f"{key} is empty" for key in ("MaskedPaths", "ReadonlyPaths") if host.get(key) == []]
    return tuple(found)


def _no_new_privileges(host: Mapping[str, Any]) -> bool:
    options = host.get("SecurityOpt") or ()
    words = [one for one in options if not one.startswith(SECCOMP)] + [
        one for one in options if one == "seccomp=unconfined"
    ]
    loose = any("unconfined" in one or "label" in one for one in words)
    return not loose and any(one.replace("=", ":") == "no-new-privileges:true" for one in options)


def _pair(variable: str) -> tuple[str, str]:
    name, _, value = variable.partition("=")
    return name, value


def _gpu(host: Mapping[str, Any]) -> str:
    requests = host.get("DeviceRequests") or ()
    devices = [str(one) for request in requests for one in request.get("DeviceIDs") or ("all",)]
    return ",".join([*devices, *(str(one.get("PathOnHost")) for one in host.get("Devices") or ())])
