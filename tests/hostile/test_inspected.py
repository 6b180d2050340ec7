"""A container as the engine's own report shows it, by the numbers of the CIS Docker Benchmark, section 5.

Read from the raw report, not through the code that the sandbox itself compares with.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import docker
import pytest
from tests.hostile.ground import NEEDS, hardened, run_request
from tests.hostile.nothing_left import left_by

from nccid_eval.engine import Engine
from nccid_eval.journal.owner import this_process
from nccid_eval.sandbox.policy import GIB, LABEL, MIB, container_spec, user_id

pytestmark = pytest.mark.engine
DEADLINE = 2**31
RUN = "inspected"

Report = dict[str, Any]
Holds = Callable[[Report, Report], bool]  # of HostConfig and the whole report

CIS: dict[str, Holds] = {
    "5.4 no capability": lambda host, _: host["CapDrop"] == ["ALL"] and not host["CapAdd"],
    "5.5 not privileged": lambda host, _: host["Privileged"] is False,
    "5.6 no folder of the host but the input and one file": lambda _, whole: (
        [one["Destination"] for one in sorted(whole["Mounts"], key=lambda one: one["Destination"])]
        == ["/etc/passwd", "/input"]
    ),
    "5.6 what is mounted is read-only": lambda _, whole: not any(one["RW"] for one in whole["Mounts"]),
    "5.7 and 5.8 no port": lambda host, _: not host["PortBindings"] and host["PublishAllPorts"] is False,
    "5.9 and 5.13 on no interface": lambda _, whole: not whole["NetworkSettings"]["Ports"],
    "5.10 a network of its own with nothing in it": lambda host, _: host["NetworkMode"] == "none",
    "5.11 memory": lambda host, _: host["Memory"] == int(NEEDS.memory_gib * GIB) == host["MemorySwap"],
    "5.12 processors": lambda host, _: bool(host["CpusetCpus"]),
    "5.13 read-only root": lambda host, _: host["ReadonlyRootfs"] is True,
    "5.15 never started again": lambda host, _: host["RestartPolicy"]["Name"] == "no",
    "5.16 processes of its own": lambda host, _: host["PidMode"] == "",
    "5.17 shared memory of its own": lambda host, _: host["IpcMode"] == "private",
    "5.18 no device": lambda host, _: not host["Devices"] and not host["DeviceRequests"],
    "5.18 no rule for devices": lambda host, _: not host["DeviceCgroupRules"],
    "5.19 limits of its own": lambda host, _: (
        {one["Name"]: one["Hard"] for one in host["Ulimits"]}
        == {"nofile": 4096, "fsize": 256 * MIB, "core": 0, "memlock": 65536}
    ),
    "5.20 nothing mounted later reaches it": lambda _, whole: (
        {one["Propagation"] for one in whole["Mounts"]} == {"rprivate"}
    ),
    "5.21 a name of its own": lambda host, whole: (host["UTSMode"], whole["Config"]["Hostname"]) == ("", "sandbox"),
    "5.22 a seccomp profile that allows by name alone": lambda host, _: (
        json.loads(_option(host, "seccomp="))["defaultAction"] == "SCMP_ACT_ERRNO"
    ),
    "5.24 not root": lambda _, whole: whole["Config"]["User"] == f"{user_id(RUN)}:{user_id(RUN)}",
    "5.25 under the engine's own cgroup": lambda host, _: host["CgroupParent"] == "",
    "5.26 no new privileges": lambda host, _: "no-new-privileges:true" in host["SecurityOpt"],
    "5.27 no command of the image's as a health check": lambda _, whole: (
        whole["Config"]["Healthcheck"] == {"Test": ["NONE"]}
    ),
    "5.29 processes": lambda host, _: 0 < host["PidsLimit"] <= 1024,
    "5.30 not on the engine's bridge": lambda _, whole: set(whole["NetworkSettings"]["Networks"]) <= {"none"},
    "5.31 users as the engine maps them": lambda host, _: host["UsernsMode"] == "",
    "5.32 no socket of the engine": lambda _, whole: (
        not any("docker.sock" in one["Source"] for one in whole["Mounts"])
    ),
    "no log on the host's disk": lambda host, whole: (host["LogConfig"]["Type"], whole["LogPath"]) == ("none", ""),
    "no anonymous volume": lambda _, whole: all(one["Type"] == "bind" for one in whole["Mounts"]),
    "no terminal": lambda _, whole: whole["Config"]["Tty"] is False,
    "polite programs end with the harness": lambda _, whole: whole["Config"]["StdinOnce"] is True,
    "a killed harness's container is known": lambda _, whole: (
        whole["Config"]["Labels"][f"{LABEL}.owner"] == this_process()
    ),
}


def _option(host: Report, name: str) -> str:
    (found,) = [one for one in host["SecurityOpt"] if one.startswith(name)]
    return str(found).removeprefix(name)


@pytest.fixture(scope="module")
def inspected(docker_engine: Engine, hostile_image: str, tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("inspected")
    request = run_request(folder, "honest", image_id=hostile_image, run_id=RUN)
    with left_by(docker_engine, folder) as left, hardened(request, docker_engine) as ready:
        spec = container_spec(ready, host_cpus=docker_engine.cpus(), owner=this_process(), deadline=DEADLINE)
        container = docker_engine.create(spec)
        client = docker.from_env()
        try:
            report: Report = client.api.inspect_container(container.id)
        finally:
            container.remove()
            client.close()
    assert left() == {}
    return report


@pytest.mark.parametrize("rule", list(CIS))
def test_the_engine_reports_what_the_benchmark_asks_for(inspected: Report, rule: str) -> None:
    assert CIS[rule](inspected["HostConfig"], inspected)
