"""Reading one file that a container wrote, as if every name in its folder were a trap.

A naive open() as root follows a link to /etc/shadow, waits for ever on a FIFO, and reads a device to its end. Here
one known name is opened beneath one folder by openat2(2), which follows no link and crosses no mount; what was opened
is looked at before it is read, and never more than a cap is read. Only for containers that are gone: what still runs
could change a file between the look and the read.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from pathlib import Path

from nccid_eval.errors import SandboxError

OPENAT2 = 437  # its number on every architecture
NO_XDEV, NO_MAGICLINKS, NO_SYMLINKS, BENEATH = 0x01, 0x02, 0x04, 0x08
RESOLVE = NO_XDEV | NO_MAGICLINKS | NO_SYMLINKS | BENEATH
FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
CANNOT = (errno.ENOSYS, errno.EPERM, errno.EINVAL, errno.E2BIG, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO)


class OutputRefusedError(Exception):
    """There is something under the name, but no file that may be read. The text is one of ours."""


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def read_output(folder: Path, name: str, *, owner: int, cap: int) -> bytes | None:
    """The bytes of `folder/name`, at most `cap`; None where there is nothing of that name.

    Raises OutputRefusedError for anything but a plain file of the user id `owner`, with one name and no more than
    `cap` bytes; SandboxError where this system cannot open a file that carefully.
    """
    top = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        file = _open_beneath(top, name)
    finally:
        os.close(top)
    if file is None:
        return None
    try:
        _check(os.fstat(file), owner, cap)
        return _read(file, cap)
    finally:
        os.close(file)


def _open_beneath(top: int, name: str) -> int | None:
    how = _OpenHow(FLAGS, 0, RESOLVE)
    system = ctypes.CDLL(None, use_errno=True)
    file = system.syscall(OPENAT2, top, os.fsencode(name), ctypes.byref(how), ctypes.c_size_t(ctypes.sizeof(how)))
    if file >= 0:
        return int(file)
    reason = ctypes.get_errno()
    if reason == errno.ENOENT:
        return None
    if reason in CANNOT:
        raise SandboxError(
            f"a container's output cannot be opened with care: {os.strerror(reason)}",
            where=name,
            mend="run on Linux 5.6 or later, where openat2 is allowed; or use nccid-stdio/1, which writes no file",
        )
    raise OutputRefusedError(f"is not a file that may be opened ({os.strerror(reason)})")


def _check(found: os.stat_result, owner: int, cap: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OutputRefusedError("is not a plain file")
    if found.st_nlink != 1:
        raise OutputRefusedError("has more than one name")
    if found.st_uid != owner:
        raise OutputRefusedError("belongs to another user than the container's")
    if found.st_size > cap:
        raise OutputRefusedError("is larger than an output may be")


def _read(file: int, cap: int) -> bytes:
    """To the end, and one byte past the cap, so that a file that grew is seen to have grown."""
    chunks: list[bytes] = []
    left = cap + 1
    while left and (chunk := os.read(file, min(left, 2**20))):
        chunks.append(chunk)
        left -= len(chunk)
    if not left:
        raise OutputRefusedError("is larger than an output may be")
    return b"".join(chunks)
