"""One file out of a container that is not running, through Docker's archive call.

What is in an image is a vendor's: an engine that is asked for a FIFO opens it, waits for a writer for ever and keeps
the container locked. So the engine is asked first what there is, which opens nothing.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import tarfile
from dataclasses import dataclass
from typing import Any

from nccid_eval.errors import ImageRefused

NOT_THERE = 404
STATUS = "X-Docker-Container-Path-Stat"
FOLDER, LINK = 1 << 31, 1 << 27  # bits of Go's os.FileMode
HOLDS = 1 << 26 | 1 << 25 | 1 << 24 | 1 << 21 | 1 << 19  # device, FIFO, socket, terminal, whatever else there is
TAR_OVERHEAD = 64 * 1024  # headers, and those of long names


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The engine's word on a path. `target` is where a link leads in the end, inside the image."""

    mode: int
    size: int
    target: str


def read_member(api: Any, container_id: str, path: str, cap: int) -> bytes | None:
    """The file's content; None where it is not there, is a folder, or has more than `cap` bytes.

    `api` is docker's APIClient, used as the requests.Session that it is. Raises requests' errors, and ImageRefused
    for what would keep whoever opens it waiting: the engine itself reads some files of an image at a start.
    """
    url = f"{api.base_url}/v{api.api_version}/containers/{container_id}/archive"
    status = _status(api, url, path)
    if status is not None and status.mode & LINK:
        path, status = status.target, _status(api, url, status.target)
    if status is None or not is_small_file(status, path, cap):
        return None
    with contextlib.closing(api.get(url, params={"path": path}, timeout=api.timeout, stream=True)) as reply:
        reply.raise_for_status()
        archive = reply.raw.read(cap + TAR_OVERHEAD, decode_content=True)
    return first_file(archive, cap)


def _status(api: Any, url: str, path: str) -> Status | None:
    with contextlib.closing(api.head(url, params={"path": path}, timeout=api.timeout)) as reply:
        if reply.status_code == NOT_THERE:
            return None
        reply.raise_for_status()
        return parse_status(reply.headers.get(STATUS, ""))


def parse_status(header: str) -> Status | None:
    """Of JSON in base64; None where the engine says nothing that can be understood."""
    try:
        table = json.loads(base64.b64decode(header))
        return Status(mode=int(table["mode"]), size=int(table["size"]), target=str(table["linkTarget"]))
    except (ValueError, KeyError, TypeError):
        return None


def is_small_file(status: Status, path: str, cap: int) -> bool:
    """Whether it is a regular file of at most `cap` bytes. Raises ImageRefused for a FIFO, a socket or a device."""
    if status.mode & HOLDS:
        raise ImageRefused(
            f"the image cannot be started: {path} is no regular file",
            where="a file that a container engine reads when it starts a container",
            mend="make it a regular file, or leave it out",
        )
    return not status.mode & (FOLDER | LINK) and 0 <= status.size <= cap


def first_file(archive: bytes, cap: int) -> bytes | None:
    """The content of a tar's only member, if it is a regular file."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            member = tar.next()
            file = tar.extractfile(member) if member is not None and member.isreg() and member.size <= cap else None
            return file.read() if file is not None else None
    except (tarfile.TarError, ValueError):
        return None
