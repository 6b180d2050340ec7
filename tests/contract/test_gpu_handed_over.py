"""One GPU a container, on a machine that has one: that device and no other."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from pathlib import Path

import pytest
from tests.hostile.ground import run_request

from nccid_eval.engine import Engine
from nccid_eval.sandbox.policy import container_spec, differences

pytestmark = pytest.mark.engine


def test_a_container_finds_the_one_device_that_it_was_given(
    docker_engine: Engine, hostile_image: str, tmp_path: Path
) -> None:
    devices = docker_engine.gpus()
    if not devices:
        pytest.skip("NO GPU FOR CONTAINERS HERE, so handing one over was not tested")
    request = run_request(tmp_path, "hang_before_ready", image_id=hostile_image, run_id=tmp_path.name)
    request = dataclasses.replace(request, gpu=devices[-1].index)
    spec = container_spec(request, host_cpus=docker_engine.cpus(), owner="contract", deadline=2**31)
    container = docker_engine.create(spec)
    try:
        assert differences(spec, container.applied()) == ()
        channel = container.start()
        listed = subprocess.run(
            ["docker", "exec", container.id, "ls", "/dev"], capture_output=True, text=True, check=True
        )
        channel.close()
        number = devices[-1].index.rpartition("=")[2]
        assert re.findall(r"^nvidia(\d+)$", listed.stdout, re.MULTILINE) == [number]
    finally:
        container.remove()
