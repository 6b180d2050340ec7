"""Options as Docker's JSON and back: a report that repeats what was asked holds, and each loosened option shows."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.hostile.ground import run_request

from nccid_eval.engine.docker_options import from_engine, keeps_images_by_manifest, to_engine
from nccid_eval.records import ContainerSpec
from nccid_eval.sandbox.policy import container_spec, differences

PROFILE = '{"defaultAction":"SCMP_ACT_ERRNO"}'


def made(tmp_path: Path, gpu: str = "", runtime: str = "") -> ContainerSpec:
    """As an evaluation asks for it: with a profile, and with a passwd file of the run's own."""
    request = run_request(tmp_path, "honest", image_id="sha256:" + "a" * 64)
    limits = dataclasses.replace(request.limits, runtime=runtime)
    passwd = tmp_path / "passwd"
    protected = dataclasses.replace(request, gpu=gpu, seccomp=PROFILE, passwd=passwd, limits=limits)
    return container_spec(protected, host_cpus=8, owner="host:1:2", deadline=1700000000)


def report(spec: ContainerSpec) -> dict[str, Any]:
    """What an engine that did as asked says of the container, with an image's own variable and label in it."""
    body = copy.deepcopy(to_engine(spec))
    host = body.pop("HostConfig")
    mounts = [
        {"Type": one["Type"], "Source": one["Source"], "Destination": one["Target"], "RW": False, "Mode": ""}
        | one["BindOptions"]
        for one in host["Mounts"]
    ]
    body["Env"].append("PATH=/usr/bin")
    body["Labels"]["maintainer"] = "someone"
    unset = {
        "Binds": None,
        "Devices": None,
        "PidMode": "",
        "UTSMode": "",
        "UsernsMode": "",
        "MaskedPaths": ["/proc/x"],
    }
    return {"Image": spec.image_id, "Config": body, "HostConfig": host | unset, "Mounts": mounts}


@pytest.mark.parametrize("gpu", ["", "1", "nvidia.com/gpu=0"])
@pytest.mark.parametrize("runtime", ["", "runsc"])
def test_a_report_that_repeats_what_was_asked_holds(tmp_path: Path, gpu: str, runtime: str) -> None:
    spec = made(tmp_path, gpu, runtime)
    assert (spec.runtime, spec.seccomp) == (runtime, PROFILE)
    assert [(one.target, one.writable) for one in spec.binds] == [("/etc/passwd", False), ("/input", False)]
    assert differences(spec, from_engine(report(spec))) == ()


def test_a_container_runs_under_the_runtime_asked_for(tmp_path: Path) -> None:
    gvisor, own = made(tmp_path, runtime="runsc"), made(tmp_path)
    assert differences(gvisor, from_engine(report(own))) != ()
    assert differences(own, from_engine(report(gvisor))) != ()


def host(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda table: table["HostConfig"].update(changes)


def config(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda table: table["Config"].update(changes)


def mount(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda table: table["Mounts"][-1].update(changes)  # the input


def names(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda table: table["Mounts"][0].update(changes)  # /etc/passwd


def more_mounts(**mount: Any) -> Callable[[dict[str, Any]], None]:
    return lambda table: table["Mounts"].append(mount)


def ulimit(name: str, hard: int | None) -> Callable[[dict[str, Any]], None]:
    def change(table: dict[str, Any]) -> None:
        rows = [one for one in table["HostConfig"]["Ulimits"] if one["Name"] != name]
        more = [] if hard is None else [{"Name": name, "Soft": 1, "Hard": hard}]
        table["HostConfig"]["Ulimits"] = rows + more

    return change


def environment(*variables: str) -> Callable[[dict[str, Any]], None]:
    return lambda table: table["Config"]["Env"].extend(variables)


LOOSENED = {
    "another image": lambda table: table.update(Image="sha256:" + "b" * 64),
    "network": host(NetworkMode="bridge"),
    "host network": host(NetworkMode="host"),
    "writable root": host(ReadonlyRootfs=False),
    "privileged": host(Privileged=True),
    "capability": host(CapAdd=["SYS_ADMIN"]),
    "default capabilities": host(CapDrop=[]),
    "no capabilities key": host(CapDrop=None),
    "new privileges": host(SecurityOpt=[]),
    "new privileges, none": host(SecurityOpt=None),
    "seccomp off": host(SecurityOpt=["no-new-privileges:true", "seccomp=unconfined"]),
    "another seccomp": host(SecurityOpt=["no-new-privileges:true", "seccomp={}"]),
    "the engine's own seccomp": host(SecurityOpt=["no-new-privileges:true"]),
    "two profiles": host(SecurityOpt=["no-new-privileges:true", f"seccomp={PROFILE}", "seccomp={}"]),
    "apparmor off": host(SecurityOpt=["no-new-privileges:true", "apparmor=unconfined"]),
    "system paths": host(SecurityOpt=["no-new-privileges:true", "systempaths=unconfined"]),
    "no masked paths": host(MaskedPaths=[]),
    "no read-only paths": host(ReadonlyPaths=[]),
    "label off": host(SecurityOpt=["no-new-privileges:true", "label=disable"]),
    "memory": host(Memory=0),
    "swap": host(MemorySwap=-1),
    "no kill": host(OomKillDisable=True),
    "processes": host(PidsLimit=None),
    "cpus": host(CpusetCpus=""),
    "open files": ulimit("nofile", 1048576),
    "no file size": ulimit("fsize", None),
    "core": ulimit("core", -1),
    "no ulimits": host(Ulimits=None),
    "tmp options": host(Tmpfs={"/tmp": "rw,exec"}),
    "no tmp": host(Tmpfs=None),
    "more tmp": lambda table: table["HostConfig"]["Tmpfs"].update({"/run": "rw"}),
    "shm": host(ShmSize=2**40),
    "ipc": host(IpcMode="shareable"),
    "cgroup": host(CgroupnsMode="host"),
    "no cgroup": host(CgroupnsMode=""),
    "pid": host(PidMode="host"),
    "another's pid": host(PidMode="container:abc"),
    "uts": host(UTSMode="host"),
    "user namespace": host(UsernsMode="host"),
    "init": host(Init=None),
    "log": host(LogConfig={"Type": "json-file"}),
    "device": host(Devices=[{"PathOnHost": "/dev/sda"}]),
    "device rule": host(DeviceCgroupRules=["a *:* rwm"]),
    "every gpu": host(DeviceRequests=[{"Count": -1, "DeviceIDs": None}]),
    "group": host(GroupAdd=["docker"]),
    "sysctl": host(Sysctls={"net.ipv4.ip_forward": "1"}),
    "hosts": host(ExtraHosts=["a:1.2.3.4"]),
    "binds": host(Binds=["/:/host"]),
    "volumes from": host(VolumesFrom=["other"]),
    "another runtime": host(Runtime="kata"),
    "writable passwd": names(RW=True),
    "another passwd": names(Source="/etc/passwd"),
    "passwd elsewhere": names(Destination="/etc/shadow"),
    "writable input": mount(RW=True),
    "another input": mount(Source="/etc"),
    "input elsewhere": mount(Destination="/data"),
    "shared input": mount(Propagation="rshared"),
    "input is a volume": mount(Type="volume"),
    "volume": more_mounts(Type="volume", Destination="/data", RW=True),
    "volume at tmp": more_mounts(Type="volume", Destination="/tmp", RW=True),
    "engine's socket": more_mounts(Type="bind", Source="/var/run/docker.sock", Destination="/x", RW=False),
    "no input": lambda table: table.update(Mounts=[]),
    "root": config(User=""),
    "host name": config(Hostname="box"),
    "stop signal": config(StopSignal="SIGTERM"),
    "variable lost": config(Env=["PATH=/bin"]),
    "variable twice": environment("LD_PRELOAD=/evil.so"),
    "gpu widened": environment("NVIDIA_VISIBLE_DEVICES=all"),
    "labels lost": config(Labels=None),
}


@pytest.mark.parametrize("loosen", LOOSENED.values(), ids=LOOSENED.keys())
def test_each_loosened_option_shows(tmp_path: Path, loosen: Callable[[dict[str, Any]], None]) -> None:
    spec = made(tmp_path)
    table = report(spec)
    loosen(table)
    assert differences(spec, from_engine(table)) != ()


def test_a_gpu_is_one_device_and_no_other_variable(tmp_path: Path) -> None:
    body = to_engine(made(tmp_path, "1"))
    (wanted,) = body["HostConfig"]["DeviceRequests"]
    assert wanted["DeviceIDs"] == ["1"]
    assert "NVIDIA_VISIBLE_DEVICES=1" in body["Env"]
    assert "DeviceRequests" not in to_engine(made(tmp_path))["HostConfig"]
    assert "NVIDIA_VISIBLE_DEVICES=void" in to_engine(made(tmp_path))["Env"]


def test_a_gpu_by_cdi_is_one_device_and_the_variable_stays_void(tmp_path: Path) -> None:
    spec = made(tmp_path, "nvidia.com/gpu=1")
    assert to_engine(spec)["HostConfig"]["DeviceRequests"] == [{"Driver": "cdi", "DeviceIDs": ["nvidia.com/gpu=1"]}]
    assert "NVIDIA_VISIBLE_DEVICES=void" in to_engine(spec)["Env"]
    assert from_engine(report(spec)).gpu == "nvidia.com/gpu=1"


@pytest.mark.parametrize(
    ("status", "by_manifest"),
    [
        ([["driver-type", "io.containerd.snapshotter.v1"]], True),
        ([["Backing Filesystem", "extfs"], ["Native Overlay Diff", "true"]], False),
        (None, False),
    ],
)
def test_containerds_image_store_is_known_by_its_driver(status: object, by_manifest: bool) -> None:
    """As Docker 29 reports it, and 20.10."""
    assert keeps_images_by_manifest({"DriverStatus": status}) is by_manifest


def test_the_image_keeps_its_own_program(tmp_path: Path) -> None:
    assert not {"Entrypoint", "Cmd", "WorkingDir"} & set(to_engine(made(tmp_path)))
