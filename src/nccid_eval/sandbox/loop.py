"""A loop device of one's own over a file.

mount(8) gives two mounts of one file the same device, and so one superblock: two containers could then pass bits by
locking its files. The device is set to clear itself, so a process that is killed at any moment leaves none behind.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nccid_eval.errors import SandboxError

LOOP_CONFIGURE, LOOP_CTL_GET_FREE = 0x4C0A, 0x4C82  # <linux/loop.h>; the first since Linux 5.8
READ_ONLY, AUTOCLEAR = 1, 4
CONFIG = struct.Struct("=II 5Q 4I 160x 2Q 8Q")  # struct loop_config: fd, block size, loop_info64, reserved
TRIES = 50  # another process may take the device that was found free


@contextmanager
def loop_device(file: Path) -> Iterator[str]:
    """A read-only device over `file`. It lasts until the block has ended and what was mounted of it is unmounted.

    Raises SandboxError where this machine gives none.
    """
    try:
        with file.open("rb") as backing:
            device, number = _configured(backing.fileno())
    except OSError as cause:
        raise SandboxError(
            f"no loop device: {cause.strerror}", where=str(file), mend="load the kernel's module loop (modprobe loop)"
        ) from None
    try:
        yield f"/dev/loop{number}"
    finally:
        os.close(device)


def _configured(backing: int) -> tuple[int, int]:
    """An open descriptor of a fresh device, and its number."""
    for _ in range(TRIES):
        number = _free_number()
        device = os.open(f"/dev/loop{number}", os.O_RDONLY | os.O_CLOEXEC)
        info = (0, 0, 0, 0, 0, 0, 0, 0, READ_ONLY | AUTOCLEAR, 0, 0)
        try:
            fcntl.ioctl(device, LOOP_CONFIGURE, CONFIG.pack(backing, 0, *info, *[0] * 8))
        except OSError as cause:
            os.close(device)
            if cause.errno != errno.EBUSY:
                raise
        else:
            return device, number
    raise OSError(errno.EBUSY, "every free device was taken by somebody else")


def _free_number() -> int:
    control = os.open("/dev/loop-control", os.O_RDWR | os.O_CLOEXEC)
    try:
        return fcntl.ioctl(control, LOOP_CTL_GET_FREE)
    finally:
        os.close(control)
