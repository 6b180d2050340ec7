"""What program.py does to the case of that name, under the word `by_case`; standard library only, as all of it.

Each attack is one function of the request and its honest answer. Those that cannot be seen from outside put what
came of them on stderr.
"""

import contextlib
import ctypes
import json
import mmap
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

FOREVER = 3600


def hang(*_):
    time.sleep(FOREVER)


def report(request, found):
    os.write(2, json.dumps({request["cases"][0]["case"]: found}).encode() + b"\n")


# ── answers that are none ───────────────────────────────────────────────────────────────────────────────────


def raw(text):
    """Writes the bytes, with the request's id and its case filled in, and stays."""

    def act(request, *_):
        filled = text.replace(b"REQUEST", request["request"].encode())
        os.write(1, filled.replace(b"CASE", request["cases"][0]["case"].encode()))
        hang()

    return act


def results(inner):
    return raw(b'{"request": "REQUEST", "results": [' + inner + b"]}\n")


def scored(value):
    return results(b'{"case": "CASE", "score": ' + value + b"}")


def endless_line(*_):
    while True:
        os.write(1, b"x" * 65536)


WORDS = {
    "nan": scored(b"NaN"),
    "infinite": scored(b"1e999"),
    "negative": scored(b"-0.1"),
    "above_one": scored(b"1.1"),
    "true": scored(b"true"),
    "text": scored(b'"0.5"'),
    "many_digits": scored(b"1" + b"0" * 5000),
    "nested": scored(b"[" * 60000),
    "two_keys": results(b'{"case": "CASE", "score": 0.1, "score": 0.9}'),
    "two_words": results(b'{"case": "CASE", "score": 0.1, "error": "failed"}'),
    "own_word": results(b'{"case": "CASE", "error": "\\u001b[2Jpatient 17 is positive"}'),
    "other_cases": results(b'{"case": "CASE", "score": 0.1}, {"case": "honest-000", "score": 0.9}'),
    "other_request": raw(b'{"request": "r1", "results": [{"case": "CASE", "score": 0.1}]}\n'),
    "answers_twice": raw(b'{"request": "REQUEST", "results": [{"case": "CASE", "score": 0.1}]}\n' * 2),
    "not_utf8": raw(b'{"request": "REQUEST", "results": "\xff"}\n'),
    "blank_line": raw(b'\n{"request": "REQUEST", "results": [{"case": "CASE", "score": 0.1}]}\n'),
    "rubbish": raw(b"Segmentation fault\n"),
    "half_a_line": raw(b'{"request": "REQUEST", "results": ['),
    "endless_line": endless_line,
}


# ── leaving, staying, not listening ─────────────────────────────────────────────────────────────────────────


def leave(status):
    return lambda *_: os._exit(status)


def crash(*_):
    ctypes.string_at(0)


def kill_all(*_):
    """Itself included, and the init process too if that could be."""
    for pid in (1, -1, os.getpid()):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def leave_child(*_):
    """The model goes; a child of it stays, and holds the streams open."""
    if os.fork() == 0:
        os.setsid()
        hang()
    os._exit(5)


def stop_itself(*_):
    os.kill(os.getpid(), signal.SIGSTOP)
    hang()


def ignore_signals(*_):
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    hang()


def close_streams(*_):
    # where an init process holds the streams open as well, closing our own is not the end of the stream
    for number in (0, 1, 2):
        os.close(number)
    hang()


def drip(number):
    """A byte every now and then, which must not begin the time limit anew."""

    def act(*_):
        while True:
            os.write(number, b" ")
            time.sleep(0.02)

    return act


def flood(number, block):
    def act(*_):
        while True:
            os.write(number, block)

    return act


# ── using up ────────────────────────────────────────────────────────────────────────────────────────────────


def eat_memory(*_):
    held = []
    while True:
        held.append(bytearray(b"x") * (16 * 2**20))


def eat_memory_file(*_):
    number = os.memfd_create("held")
    while True:
        os.write(number, b"x" * 2**20)


def eat_shared_memory(*_):
    """Anonymous, shared, and touched by a child as well."""
    held = []
    while True:
        held.append(mmap.mmap(-1, 16 * 2**20))
        held[-1].write(b"x" * (16 * 2**20))


def eat_scratch(*_):
    with Path("/tmp/big").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 2**20)


def child_eats_memory(request, *_):
    child = os.fork()
    if child == 0:
        eat_memory()
    os.waitpid(child, 0)


def fork_bomb(*_):
    while True:
        try:
            if os.fork() == 0:
                os.execv("/bin/sleep", ["sleep", str(FOREVER)])  # small, so that they end by their number
        except OSError:
            time.sleep(0.01)


def count_until_refused(act, most=100_000):
    for number in range(most):
        try:
            act()
        except (OSError, RuntimeError) as cause:
            return {"made": number, "refused": getattr(cause, "errno", None) or str(cause)}
    return {"made": most, "refused": None}


def threads(request, *_):
    pause = threading.Event()
    threading.stack_size(64 * 1024)
    report(request, count_until_refused(lambda: threading.Thread(target=pause.wait, daemon=True).start()))
    pause.set()


def zombies(request, *_):
    """Children that have left and that nobody asks for."""

    def make():
        if os.fork() == 0:
            os._exit(0)

    report(request, count_until_refused(make))
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def orphans(request, *_):
    """Children of children that have left, many more than there may be processes: the init process takes them."""
    for _ in range(20):
        subprocess.run(["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do (true &) ; done"], check=True)
    time.sleep(0.1)
    report(request, {"processes": sum(one.name.isdigit() for one in Path("/proc").iterdir())})


def open_files(request, *_):
    held = []
    report(request, count_until_refused(lambda: held.append(os.open("/dev/null", os.O_RDONLY))))
    for number in held:
        os.close(number)


def inodes(request, *_):
    folder = Path("/tmp/many")
    folder.mkdir()
    numbers = iter(range(10**6))
    report(request, count_until_refused(lambda: (folder / str(next(numbers))).touch()))
    for file in folder.iterdir():
        file.unlink()


def deep_tree(request, *_):
    os.chdir("/tmp")
    report(request, count_until_refused(lambda: (Path("d").mkdir(), os.chdir("d")), most=3000))
    os.chdir("/")


def root_disk(request, *_):
    """Everywhere but in the scratch: a byte that stays would be on the host's disk."""
    found = {}
    for folder in ("/", "/var/tmp", "/run", "/home", "/input", "/etc", "/dev", "/sys/fs/cgroup", "/var/lib"):
        try:
            Path(folder, "written").write_bytes(b"x")
            found[folder] = "WRITTEN"
        except OSError as cause:
            found[folder] = cause.errno
    report(request, found)


def sockets(request, *_):
    held = []
    report(request, count_until_refused(lambda: held.append(socket.socketpair())))


# ── too much ────────────────────────────────────────────────────────────────────────────────────────────────────


def line_too_many(request, rows):
    """A whole answer and, in the same write, the beginning of another."""
    line = json.dumps({"request": request["request"], "results": rows})
    os.write(1, f'{line}\n{{"request"'.encode())
    hang()


ATTACKS = {
    **WORDS,
    "leaves_0": leave(0),
    "leaves_1": leave(1),
    "leaves_137": leave(137),
    "crashes": crash,
    "kills_all": kill_all,
    "leaves_child": leave_child,
    "hangs": hang,
    "stops_itself": stop_itself,
    "ignores_signals": ignore_signals,
    "closes_streams": close_streams,
    "drips_stdout": drip(1),
    "drips_stderr": drip(2),
    "floods_stdout": flood(1, b"x" * 65536),
    "floods_lines": flood(1, b"\n" * 65536),
    "eats_memory": eat_memory,
    "eats_memory_file": eat_memory_file,
    "eats_shared_memory": eat_shared_memory,
    "eats_scratch": eat_scratch,
    "fork_bomb": fork_bomb,
    # after these it answers as if nothing had been
    "child_eats_memory": child_eats_memory,
    "threads": threads,
    "zombies": zombies,
    "orphans": orphans,
    "open_files": open_files,
    "inodes": inodes,
    "deep_tree": deep_tree,
    "root_disk": root_disk,
    "sockets": sockets,
    "line_too_many": line_too_many,
}
