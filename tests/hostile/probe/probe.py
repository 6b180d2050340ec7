"""A model that first writes to stderr, as a line of JSON, what its container lets it do; then it answers honestly."""

import asyncio
import contextlib
import ctypes
import errno
import getpass
import grp
import json
import mmap
import multiprocessing
import os
import pwd
import socket
import subprocess
import sys
import threading
from pathlib import Path

CALLS = {  # numbers on x86-64
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "keyctl": 250,
    "add_key": 248,
    "request_key": 249,
    "ptrace": 101,
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "pidfd_getfd": 438,
    "kcmp": 312,
    "userfaultfd": 323,
    "memfd_secret": 447,
    "bpf": 321,
    "perf_event_open": 298,
    "setns": 308,
    "unshare": 272,
    "mount": 165,
    "umount2": 166,
    "pivot_root": 155,
    "chroot": 161,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "mount_setattr": 442,
    "open_by_handle_at": 304,
    "fanotify_init": 300,
    "quotactl": 179,
    "kexec_load": 246,
    "init_module": 175,
    "reboot": 169,
    "syslog": 103,
    "modify_ldt": 154,
    "vmsplice": 278,
    "clone3": 435,
    "not_a_call": 999,
}
FAMILIES = {
    "UNIX": 1,
    "INET": 2,
    "INET6": 10,
    "NETLINK": 16,
    "PACKET": 17,
    "ALG": 38,
    "VSOCK": 40,
    "TIPC": 30,
}
GETPID_I386 = bytes.fromhex("b814000000cd80c3")  # mov eax, 20; int 0x80; ret
GETPID_X32 = bytes.fromhex("b8270000400f05c3")  # mov eax, 0x40000027; syscall; ret
NEW_USER_NAMESPACE = 0x10000000 | 17  # with SIGCHLD
libc = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    ctypes.set_errno(0)
    values = [ctypes.c_long(one) for one in (*arguments, 0, 0, 0, 0, 0, 0)[:6]]
    if libc.syscall(ctypes.c_long(number), *values) >= 0:
        return "done"
    return errno.errorcode.get(ctypes.get_errno(), str(ctypes.get_errno()))


def opened(family, protocol=0):
    try:
        socket.socket(family, socket.SOCK_RAW if family in (16, 17) else socket.SOCK_STREAM, protocol).close()
    except OSError as cause:
        return errno.errorcode[cause.errno]
    return "done"


def machine_code(code):
    """The signal that ended a child which ran the code; 0 where it came back."""
    child = os.fork()
    if child == 0:
        memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        memory.write(code)
        ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))()
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def in_threads():
    done = []
    threads = [threading.Thread(target=done.append, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return sorted(done)


def in_processes(way):
    with multiprocessing.get_context(way).Pool(2) as pool:
        return pool.map(abs, [-1, -2, -3])


async def echoed():
    process = await asyncio.create_subprocess_exec("echo", "here", stdout=subprocess.PIPE)
    return (await process.communicate())[0].decode().strip()


def of_user():
    own = pwd.getpwuid(os.getuid())
    with contextlib.suppress(KeyError):
        grp.getgrgid(os.getgid())
    return {
        "name": own.pw_name,
        "home": own.pw_dir,
        "getuser": getpass.getuser(),
        "tilde": str(Path("~").expanduser()),
    }


def of_input():
    paths = [Path("/input"), *Path("/input").rglob("*")]
    return {"times": sorted({path.stat().st_mtime for path in paths}), "files": sorted(map(str, paths))}


def found():
    calls = {name: call(number, -1, -1) for name, number in CALLS.items()}
    return {
        **calls,
        "clone_newuser": call(56, NEW_USER_NAMESPACE),
        **{f"AF_{name}": opened(family) for name, family in FAMILIES.items()},
        "netlink_audit": opened(16, 9),
        "i386": machine_code(GETPID_I386),
        "x32": machine_code(GETPID_X32),
        "threads": in_threads(),
        "spawn": in_processes("spawn"),
        "fork": in_processes("fork"),
        "asyncio": asyncio.run(echoed()),
        "interfaces": [name for _, name in socket.if_nameindex()],
        "memfd": os.memfd_create("mine") > 0,
        "user": of_user(),
        "input": of_input(),
        "mounts": Path("/proc/self/mountinfo").read_text(),
        "loops": [path.read_text() for path in Path("/sys/block").glob("loop*/loop/backing_file")],
    }


def main():
    print(json.dumps(found()), file=sys.stderr, flush=True)
    print(json.dumps({"ready": True, "protocol": "nccid-stdio/1"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        results = [{"case": one["case"], "score": 0.25} for one in request["cases"]]
        print(json.dumps({"request": request["request"], "results": results}), flush=True)


if __name__ == "__main__":
    main()
