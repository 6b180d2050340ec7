"""One file out of a container that is not running, through Docker's archive call."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import docker.errors

TAR_OVERHEAD = 64 * 1024  # headers, and those of long names


def read_member(api: Any, container_id: str, path: str, cap: int) -> bytes | None:
    """The file's content; None where it is not there, is no regular file, or has more than `cap` bytes."""
    try:
        stream, _ = api.get_archive(container_id, path)
    except docker.errors.NotFound:
        return None
    archive = bytearray()
    try:
        for chunk in stream:
            archive += chunk
            if len(archive) > cap + TAR_OVERHEAD:
                return None
    finally:
        stream.close()
    return first_file(bytes(archive), cap)


def first_file(archive: bytes, cap: int) -> bytes | None:
    """The content of a tar's only member, if it is a regular file."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            member = tar.next()
            file = tar.extractfile(member) if member is not None and member.isreg() and member.size <= cap else None
            return file.read() if file is not None else None
    except (tarfile.TarError, ValueError):
        return None
