"""Two containers that run at the same time on the same images of the same patients cannot speak to each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.hostile.ground import hardened, run_request

from nccid_eval.engine import Channel, Engine
from nccid_eval.journal.owner import this_process
from nccid_eval.sandbox.policy import container_spec

pytestmark = pytest.mark.engine
WAYS = (
    *("abstract", "loopback", "lock", "lease", "record_lock", "watch"),
    *("queue", "shared_memory", "segment", "signal"),
)


@pytest.fixture(scope="module")
def found(
    docker_engine: Engine, hostile_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What `neighbour` could tell of what `sender` does, by way; asked while both run, on one sealed file."""
    folder = tmp_path_factory.mktemp("neighbours")
    with ExitStack() as stack:
        sender = begin(stack, docker_engine, folder, hostile_image, "sender")
        assert read_line(sender) == {"sending": True}
        neighbour = begin(stack, docker_engine, folder, hostile_image, "neighbour")
        yield read_line(neighbour)


def begin(stack: ExitStack, engine: Engine, folder: Path, image: str, run_id: str) -> Channel:
    """A container with the options of a run of its own; which it is stands in its user's number, not in its input."""
    request = run_request(folder, "neighbours", image_id=image, run_id=run_id)
    ready = stack.enter_context(hardened(request, engine))
    spec = container_spec(ready, host_cpus=engine.cpus(), owner=this_process(), deadline=2**31)
    container = engine.create(spec)
    stack.callback(container.remove)
    channel = container.start()
    stack.callback(channel.close)
    channel.poll(f"{run_id}\n".encode(), 1.0)
    return channel


def read_line(channel: Channel) -> dict[str, Any]:
    text = b""
    for _ in range(60):
        polled = channel.poll(b"", 0.5)
        text += polled.stdout
        assert not polled.closed, polled.stderr
        if text.endswith(b"\n"):
            break
    told: dict[str, Any] = json.loads(text)
    return told


def test_all_ways_were_tried(found: dict[str, Any]) -> None:
    assert set(found) == set(WAYS)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_told(found: dict[str, Any], way: str) -> None:
    assert found[way] == "nothing"
