"""What a run may have left behind: containers, volumes, mounts, loop devices, files outside its own folder."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import docker

from nccid_eval.engine import Engine
from nccid_eval.sandbox.place import base_folder
from nccid_eval.sandbox.policy import FIRST_UID, LABEL

Left = dict[str, set[str]]


@contextmanager
def left_by(engine: Engine, folder: Path) -> Iterator[Callable[[], Left]]:
    """What is there after the block and was not before; empty where nothing is. `folder` is the run's own."""
    scratch = folder.with_name(f"{folder.name}-scratch")
    scratch.mkdir(mode=0o755)
    usual, tempfile.tempdir = tempfile.tempdir, str(scratch)
    before = _there(engine, folder)
    after: Left = {}
    try:
        yield lambda: after
    finally:
        tempfile.tempdir = usual
        for kind, names in _there(engine, folder).items():
            if new := names - before[kind]:
                after[kind] = new
        if scratch.exists() and (files := {str(one) for one in scratch.rglob("*")}):
            after["files of the harness"] = files


def _there(engine: Engine, folder: Path) -> Left:
    pid, own = str(os.getpid()), (str(folder), f"-{os.getpid()}-")
    return {
        "containers": {
            one.id
            for one in engine.find(f"{LABEL}.run")
            if one.labels[f"{LABEL}.run"] == folder.name or f":{pid}:" in one.labels.get(f"{LABEL}.owner", "")
        },
        "volumes": _volumes(),
        "mounts": {line for line in _lines("/proc/self/mountinfo") if _names(line, own)},
        "loop devices": {
            text for one in Path("/sys/block").glob("loop*/loop/backing_file") if _names(text := _text(one), own)
        },
        "private places": {one.name for one in base_folder().glob("*") if _names(one.name, own)},
        "files of a container's user": {str(one) for one in folder.rglob("*") if one.lstat().st_uid >= FIRST_UID},
        "children": {str(one.pid) for one in multiprocessing.active_children()} | _children(),
    }


def _names(text: str, own: tuple[str, ...]) -> bool:
    return any(one in text for one in own)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # gone in this moment
        return ""


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def _children() -> set[str]:
    return {one for task in Path("/proc/self/task").iterdir() for one in _text(task / "children").split()}


def _volumes() -> set[str]:
    client = docker.from_env()
    try:
        return {volume.name for volume in client.volumes.list()}
    finally:
        client.close()
