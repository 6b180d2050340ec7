"""Two containers try to tell each other one bit; standard library only, for program.py.

The sender does what it can to be noticed, over and over; the neighbour looks for a trace of it.
"""

import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import struct
import sys
import threading
import time
from pathlib import Path

SHARED = "/input/behaviour"
NAME = "\0nccid-eval-neighbour"
PORT = 4743
QUEUE = b"/nccid-eval-neighbour"
KEY = 0x4E434944
SEGMENT = 4096
LIBC = ctypes.CDLL(None, use_errno=True)


def neighbours(*_):
    role = sys.stdin.readline().strip()
    if role == "sender":
        send()
    else:
        found = {name: told(listen) for name, listen in LISTEN.items()}
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
    time.sleep(3600)


def told(listen):
    try:
        return "something" if listen() else "nothing"
    except OSError as cause:
        return "nothing" if cause.errno in (errno.ENOENT, errno.ECONNREFUSED, errno.ESRCH) else repr(cause)


def send():
    held = [serve(socket.AF_UNIX, NAME), serve(socket.AF_INET, ("127.0.0.1", PORT))]
    locked, recorded = os.open(SHARED, os.O_RDONLY), os.open(SHARED, os.O_RDONLY)
    fcntl.flock(locked, fcntl.LOCK_EX)
    fcntl.fcntl(recorded, fcntl.F_SETLK, record(fcntl.F_RDLCK))
    LIBC.mq_open(QUEUE, os.O_CREAT | os.O_RDWR, 0o666, None)
    Path("/dev/shm/nccid-eval-neighbour").write_bytes(b"1")
    LIBC.shmget(KEY, SEGMENT, 0o1666)
    threading.Thread(target=be_read, args=(held,), daemon=True).start()
    sys.stdout.write('{"sending": true}\n')
    sys.stdout.flush()


def serve(family, address):
    listening = socket.socket(family)
    listening.bind(address)
    listening.listen()
    return listening


def record(kind):
    """A lock of the whole file, as the kernel's struct flock."""
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, 0, 0, 0)


def be_read(held):
    while held:
        Path(SHARED).read_bytes()
        time.sleep(0.01)


def connects(family, address):
    def listen():
        with socket.socket(family) as connection:
            connection.settimeout(2)
            connection.connect(address)
        return True

    return listen


def lock():
    with Path(SHARED).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def lease():
    """A read lease tells of writers alone; that it is given at all would tell nothing. It is refused to others."""
    with Path(SHARED).open("rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except OSError as cause:
            if cause.errno == errno.EAGAIN:  # somebody else has the file open
                return True
    return False


def record_lock():
    """Whose lock stands in the way, if any."""
    with Path(SHARED).open("rb") as file:
        answer = fcntl.fcntl(file, fcntl.F_GETLK, record(fcntl.F_WRLCK))
    return struct.unpack("hhqqi4x", answer)[0] != fcntl.F_UNLCK


def watch():
    """Whether anybody opens the file that both have."""
    number = LIBC.inotify_init1(os.O_NONBLOCK)
    if number < 0 or LIBC.inotify_add_watch(number, SHARED.encode(), 0x20 | 0x1) < 0:  # IN_OPEN, IN_ACCESS
        return False
    time.sleep(0.5)
    try:
        return bool(os.read(number, 4096))
    except BlockingIOError:
        return False


def queue():
    return LIBC.mq_open(QUEUE, os.O_RDWR) >= 0


def shared_memory():
    return Path("/dev/shm/nccid-eval-neighbour").exists()


def segment():
    return LIBC.shmget(KEY, SEGMENT, 0) >= 0


def signal_others():
    """Any process but its own and its init."""
    others = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
    others = [one for one in others if one not in (1, os.getpid())]
    for one in others:
        os.kill(one, signal.SIGCONT)
    return bool(others)


LISTEN = {
    "abstract": connects(socket.AF_UNIX, NAME),
    "loopback": connects(socket.AF_INET, ("127.0.0.1", PORT)),
    "lock": lock,
    "lease": lease,
    "record_lock": record_lock,
    "watch": watch,
    "queue": queue,
    "shared_memory": shared_memory,
    "segment": segment,
    "signal": signal_others,
}
