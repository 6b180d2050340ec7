"""Ways out of a container, and what came of trying them; standard library only, for program.py."""

import contextlib
import ctypes
import os
import resource
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path


def outcome_of(act):
    try:
        return repr(act())
    except BaseException as cause:
        return f"{type(cause).__name__}: {getattr(cause, 'errno', '') or cause}"


def connect(family, kind, address):
    connection = socket.socket(family, kind)
    connection.settimeout(2)
    connection.connect(address)
    connection.send(b"x")
    return "CONNECTED"


def write_file(path):
    Path(path).write_bytes(b"x")
    return "WRITTEN"


def fill(folder):
    written = 0
    try:
        with Path(folder, "big").open("wb", buffering=0) as file:
            while written < 2**31:
                written += file.write(b"x" * 2**20)
    except OSError as cause:
        Path(folder, "big").unlink()
        return f"stopped after {written >> 20} MiB by errno {cause.errno}"
    return "FILLED"


def sparse_file():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with Path("/tmp/sparse").open("wb") as file:
        file.truncate(2**40)
    return "MADE"


def setuid_child():
    return subprocess.run(["/usr/local/bin/suid-id"], capture_output=True, text=True).stdout.strip()


def capabilities():
    lines = Path("/proc/self/status").read_text().splitlines()
    return [line for line in lines if line.startswith(("Cap", "NoNewPrivs", "Uid", "Seccomp:"))]


def mount():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) != 0:
        raise OSError(ctypes.get_errno(), "mount")
    return "MOUNTED"


def interfaces():
    """All that are up."""
    there = (name for _, name in socket.if_nameindex())
    return [name for name in there if Path(f"/sys/class/net/{name}/operstate").read_text().strip() != "down"]


def run_from(folder):
    script = Path(folder, "script")
    script.write_text("#!/bin/sh\necho RAN\n")
    script.chmod(0o755)
    return subprocess.run([str(script)], capture_output=True, text=True).stdout.strip()


def open_device(path):
    with Path(path).open("rb", buffering=0) as file:
        return len(file.read(16))


def listed(folder):
    return [one.name for one in Path(folder).iterdir()]


def writable():
    """Every folder that this user may write to, and the file systems' own idea of it put to the test."""
    found = []
    for folder, below, _ in os.walk("/"):
        below[:] = [one for one in below if not (folder == "/" and one == "proc")]
        if os.access(folder, os.W_OK | os.X_OK):
            found.append(folder)
    return sorted(found)


def devices():
    """Device files that this user may read or write."""
    there = [Path(folder, name) for folder, _, names in os.walk("/dev") for name in names]
    return sorted(
        str(one)
        for one in there
        if not one.is_symlink()
        and (stat.S_ISCHR(one.stat().st_mode) or stat.S_ISBLK(one.stat().st_mode))
        and (os.access(one, os.R_OK) or os.access(one, os.W_OK))
    )


def kernel_log():
    libc = ctypes.CDLL(None, use_errno=True)
    text = ctypes.create_string_buffer(4096)
    if libc.klogctl(3, text, 4096) < 0:
        raise OSError(ctypes.get_errno(), "klogctl")
    return "READ"


def all_processors():
    """Those it runs on after it has asked for every one that there may be."""
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, range(1024))
    return sorted(os.sched_getaffinity(0))


def spin():
    """Seconds of processor time in two seconds, by four processes together."""
    end = time.monotonic() + 2
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            while time.monotonic() < end:
                pass
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


TRIES = {
    "tcp": lambda: connect(socket.AF_INET, socket.SOCK_STREAM, ("1.1.1.1", 443)),
    "metadata": lambda: connect(socket.AF_INET, socket.SOCK_STREAM, ("169.254.169.254", 80)),
    "udp": lambda: connect(socket.AF_INET, socket.SOCK_DGRAM, ("8.8.8.8", 53)),
    "dns": lambda: socket.getaddrinfo("example.org", 80),
    "raw": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1) and "OPENED",
    "interfaces": interfaces,
    "loopback": lambda: connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 9)),
    "root": lambda: write_file("/written"),
    "input": lambda: write_file("/input/written"),
    "proc": lambda: write_file("/proc/sys/kernel/core_pattern"),
    "device": lambda: os.mknod("/tmp/device", 0o600 | 0o060000, os.makedev(7, 0)) or "MADE",
    "mount": mount,
    "chroot": lambda: os.chroot("/tmp") or "DONE",
    "setuid": lambda: os.setuid(0) or "DONE",
    "setuid_file": setuid_child,
    "capabilities": capabilities,
    "uid": os.getuid,
    "sethostname": lambda: socket.sethostname("x") or "DONE",
    "tmp": lambda: fill("/tmp"),
    "shm": lambda: fill("/dev/shm"),
    "sparse": sparse_file,
    "exec_tmp": lambda: run_from("/tmp"),
    "exec_shm": lambda: run_from("/dev/shm"),
    "core": lambda: resource.getrlimit(resource.RLIMIT_CORE),
    "open_files": lambda: resource.getrlimit(resource.RLIMIT_NOFILE),
    "docker": lambda: Path("/var/run/docker.sock").exists(),
    "hostname": socket.gethostname,
    "tcp6": lambda: connect(socket.AF_INET6, socket.SOCK_STREAM, ("2606:4700:4700::1111", 443)),
    "packet": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) and "OPENED",
    "abstract": lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, "\0nccid-eval-test"),
    "kernel_log": kernel_log,
    "clock": lambda: time.clock_settime(time.CLOCK_REALTIME, 0) or "SET",
    "nice": lambda: os.nice(-5),
    "realtime": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)) or "DONE",
    "more_files": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192)) or "DONE",
    "cgroup": lambda: write_file("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    "cgroup_event": lambda: write_file("/sys/fs/cgroup/release_agent"),
    "sysrq": lambda: write_file("/proc/sysrq-trigger"),
    "kcore": lambda: open_device("/proc/kcore"),
    "memory_device": lambda: open_device("/dev/mem"),
    "disk": lambda: open_device("/dev/sda"),
    "firmware": lambda: listed("/sys/firmware"),
    "init_memory": lambda: open_device("/proc/1/mem"),
    "writable": writable,
    "devices": devices,
    "environment": lambda: sorted(os.environ),
    "all_processors": all_processors,
    "signal": lambda: os.kill(os.getppid(), signal.SIGSTOP) or "SENT",
    "processes": lambda: sum(one.name.isdigit() for one in Path("/proc").iterdir()),
}
