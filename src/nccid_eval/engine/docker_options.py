"""A container's options as Docker's JSON, and Docker's report on a container as options again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nccid_eval.records import ContainerSpec

INPUT = "/input"


def to_engine(spec: ContainerSpec) -> dict[str, Any]:
    """The body of a create call (API 1.41). Entry point, command and working directory stay the image's own."""
    host: dict[str, Any] = {
        "NetworkMode": spec.network,
        "ReadonlyRootfs": spec.read_only_root,
        "CapDrop": ["ALL"],
        "CapAdd": list(spec.capabilities),
        "SecurityOpt": ["no-new-privileges:true"] if spec.no_new_privileges else [],
        "Privileged": False,
        "Memory": spec.memory_bytes,
        "MemorySwap": spec.memory_swap_bytes,
        "OomKillDisable": False,
        "OomScoreAdj": 500,
        "PidsLimit": spec.pids,
        "CpusetCpus": spec.cpuset,
        "Ulimits": [
            {"Name": name, "Soft": value, "Hard": value}
            for name, value in (
                ("nofile", spec.nofile),
                ("fsize", spec.file_size_bytes),
                ("core", spec.core_bytes),
                ("memlock", -1 if spec.gpu else 65536),
            )
        ],
        "Tmpfs": {"/tmp": spec.tmp_options},
        "ShmSize": spec.shm_bytes,
        "IpcMode": spec.ipc,
        "CgroupnsMode": spec.cgroup_namespace,
        "Init": spec.init,
        "LogConfig": {"Type": spec.log_driver, "Config": {}},
        "RestartPolicy": {"Name": "no"},
        "AutoRemove": False,
        "Mounts": [
            {
                "Type": "bind",
                "Source": spec.input_dir,
                "Target": INPUT,
                "ReadOnly": True,
                "BindOptions": {"Propagation": "rprivate"},
            }
        ],
    }
    if spec.gpu:
        host["DeviceRequests"] = [
            {"Driver": "nvidia", "DeviceIDs": [spec.gpu], "Capabilities": [["gpu", "compute", "utility"]]}
        ]
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
        "HostConfig": host,
    }


def from_engine(report: Mapping[str, Any]) -> ContainerSpec:
    """What an inspect call says was applied. What could let data out shows as a value that no policy asks for."""
    config, host = report["Config"], report["HostConfig"]
    loosened = _loosened(host)
    limits = {one["Name"]: one["Hard"] for one in host.get("Ulimits") or ()}
    return ContainerSpec(
        image_id=report["Image"],
        input_dir=_input(report, host),
        user=config["User"],
        network=host["NetworkMode"],
        read_only_root=bool(host["ReadonlyRootfs"]),
        capabilities=(*_capabilities(host), *loosened),
        no_new_privileges=_no_new_privileges(host),
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


def _input(report: Mapping[str, Any], host: Mapping[str, Any]) -> str:
    """The one bind mount's source; anything more, writable or shared with the host, reads as what it is."""
    mounts = list(report.get("Mounts") or ())
    if len(mounts) == 1 and not host.get("Binds") and not host.get("VolumesFrom"):
        only = mounts[0]
        sealed = not only["RW"] and only["Type"] == "bind" and only.get("Propagation", "rprivate") == "rprivate"
        if only["Destination"] == INPUT and sealed:
            return str(only["Source"])
    words = (f"{one.get('Type')} {one.get('Destination')} {'rw' if one.get('RW') else 'ro'}" for one in mounts)
    return "mounts: " + ", ".join(sorted(words))


def _capabilities(host: Mapping[str, Any]) -> tuple[str, ...]:
    kept = tuple(host.get("CapAdd") or ())
    if host.get("Privileged"):
        return ("privileged", *kept)
    return kept if "ALL" in (host.get("CapDrop") or ()) else ("default", *kept)


LOOSE_MODES = ("PidMode", "UTSMode", "UsernsMode")  # "" is the container's own; host or another container's is loose
LOOSE_LISTS = ("DeviceCgroupRules", "GroupAdd", "Sysctls", "ExtraHosts", "Links")
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
    loose = any("unconfined" in one or "label" in one for one in options)
    return not loose and any(one.replace("=", ":") == "no-new-privileges:true" for one in options)


def _pair(variable: str) -> tuple[str, str]:
    name, _, value = variable.partition("=")
    return name, value


def _gpu(host: Mapping[str, Any]) -> str:
    requests = host.get("DeviceRequests") or ()
    devices = [str(one) for request in requests for one in request.get("DeviceIDs") or ("all",)]
    return ",".join([*devices, *(str(one.get("PathOnHost")) for one in host.get("Devices") or ())])
