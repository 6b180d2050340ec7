"""Files out of a container that is not running, through Docker's archive call.

What is in an image is a vendor's: an engine that meets a FIFO opens it, waits for a writer for ever and keeps the
container locked. So it is asked first what there is, which opens nothing; and what is there of all files, as Docker
opens the image's /etc/passwd and /etc/group whichever file it hands out.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nccid_eval.errors import ImageRefused

NOT_THERE, FAILED = 404, 500
READ_BY_ENGINE = ("/etc/passwd", "/etc/group")
NO_WAY = re.compile(r"too many links|too many levels|not a directory|file exists", re.IGNORECASE)
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


def read_files(api: Any, container_id: str, paths: Sequence[str], cap: int) -> Mapping[str, bytes]:
    """The files' contents; without what is not there, is a folder, or has more than `cap` bytes.

    `api` is docker's APIClient, used as the requests.Session that it is. Raises requests' errors, and ImageRefused
    for what would keep whoever opens it waiting, or leads in a circle: the engine itself reads some of an image's
    files at a start.
    """
    url = f"{api.base_url}/v{api.api_version}/containers/{container_id}/archive"
    small = {path: _small_file(api, url, path, cap) for path in dict.fromkeys((*READ_BY_ENGINE, *paths))}
    read = {path: _content(api, url, small[path], cap) for path in paths}
    return {path: content for path, content in read.items() if content is not None}


def _small_file(api: Any, url: str, path: str, cap: int) -> str | None:
    """Where it is in the end, if it is a regular file of at most `cap` bytes."""
    status = _status(api, url, path)
    if status is not None and status.mode & LINK:
        path, status = status.target, _status(api, url, status.target)
    return path if status is not None and is_small_file(status, path, cap) else None


def _content(api: Any, url: str, path: str | None, cap: int) -> bytes | None:
    if path is None:
        return None
    with contextlib.closing(api.get(url, params={"path": path}, timeout=api.timeout, stream=True)) as reply:
        reply.raise_for_status()
        archive = reply.raw.read(cap + TAR_OVERHEAD, decode_content=True)
    return first_file(archive, cap)


def _status(api: Any, url: str, path: str) -> Status | None:
    reply = _asked(api, url, path)
    if reply.status_code == FAILED and _is_images_fault(api, url, path):
        raise ImageRefused(
            "the image cannot be started: a link in it leads in a circle, or a file is where a folder has to be",
            where=f"the way to {path}, or what is mounted at /input",
            mend="look at the image's links, and leave /input out",
        )
    if reply.status_code == NOT_THERE:
        return None
    reply.raise_for_status()
    return parse_status(reply.headers.get(STATUS, ""))


def _is_images_fault(api: Any, url: str, path: str) -> bool:
    """Why a path cannot be looked at. A HEAD gives no reason, so a name is asked for that no image can have.

    Either that fails too and says why, or the engine is well and fails on this one path again.
    """
    nowhere = "/" + url.split("/")[-2]  # the container's own id
    with contextlib.closing(api.get(url, params={"path": nowhere}, timeout=api.timeout)) as reply:
        if reply.status_code == NOT_THERE:
            return bool(_asked(api, url, path).status_code == FAILED)
        return bool(NO_WAY.search(reply.text))


def _asked(api: Any, url: str, path: str) -> Any:
    with contextlib.closing(api.head(url, params={"path": path}, timeout=api.timeout)) as reply:
        return reply


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
