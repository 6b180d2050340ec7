"""A vendor's batch program: honest, or misbehaving as /input/behaviour says. Standard library only.

The file holds one word and, after it, what the word needs. Each behaviour is one function below; where they lie, the
list and the folder for output are named by the environment, so that the program also runs as a plain process.
"""

import json
import os
import socket
import sys
import time
from pathlib import Path

INPUT = Path(os.environ.get("NCCID_INPUT", "/input"))
LIST = Path(os.environ.get("NCCID_LIST", INPUT / "cases.json"))
OUTPUT = Path(os.environ.get("NCCID_OUTPUT", "/output"))
PREDICTIONS = OUTPUT / "predictions.jsonl"


def cases():
    return [one["case"] for one in json.loads(LIST.read_text())["cases"]]


def line(case, score=0.25):
    return json.dumps({"case": case, "score": score}) + "\n"


def write(text, mode="a"):
    with PREDICTIONS.open(mode) as file:
        file.write(text)


def honest(*_):
    for case in cases():
        write(line(case))


def declines(bad):
    for case in cases():
        write(json.dumps({"case": case, "error": "unreadable"}) + "\n" if case == bad else line(case))


def leaves_out(bad, status="0"):
    for case in cases():
        if case != bad:
            write(line(case))
    sys.exit(int(status))


def writes_for(bad, *text):
    """`text` stands where the line of the case `bad` is due."""
    for case in cases():
        write(" ".join(text) + "\n" if case == bad else line(case))


def half(*_):
    asked = cases()
    for case in asked[: len(asked) // 2]:
        write(line(case))


def torn(*_):
    asked = cases()
    write("".join(map(line, asked[:-1])) + line(asked[-1])[:-2])


def never_exits(*_):
    asked = cases()
    write("".join(map(line, asked[:2])))
    time.sleep(3600)


def flips(*_):
    """Writes an answer and keeps changing it."""
    write("".join(map(line, cases())))
    for number in range(60):
        write("".join(line(case, (number % 10) / 10) for case in cases()), "w")
        time.sleep(0.01)
    write("".join(line(case, 0.75) for case in cases()), "w")


def eats_memory(*_):
    write(line(cases()[0]))
    hold = bytearray(2**30)
    for start in range(0, len(hold), 4096):
        hold[start] = 1


def dies(status):
    write(line(cases()[0]))
    sys.exit(int(status))


def closes_streams(*_):
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    time.sleep(0.5)
    honest()


def closes_streams_and_stays(*_):
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    honest()
    time.sleep(3600)


def floods(*_):
    honest()
    while True:
        os.write(1, b"x" * 65536)
        os.write(2, b"y" * 65536)


def chatters(*_):
    print("Loading model", flush=True)
    honest()
    print("done", file=sys.stderr, flush=True)


def reads_stdin(*_):
    sys.stdin.read()
    honest()


def slow(seconds):
    time.sleep(float(seconds))
    honest()


def links_to(target):
    PREDICTIONS.symlink_to(target)


def fifo(*_):
    os.mkfifo(PREDICTIONS)


def unix_socket(*_):
    held = socket.socket(socket.AF_UNIX)
    held.bind(str(PREDICTIONS))
    held.close()


def folder(*_):
    PREDICTIONS.mkdir()


def hard_link(*_):
    honest()
    os.link(PREDICTIONS, OUTPUT / "other")


def sparse(*_):
    with PREDICTIONS.open("wb") as file:
        file.truncate(int(200e6))


def setuid(*_):
    shell = OUTPUT / "shell"
    shell.write_bytes(Path("/bin/true").read_bytes())
    shell.chmod(0o6755)
    try:
        os.execv(shell, [str(shell)])  # would leave without an answer
    except OSError:
        honest()


def fills_bytes(*_):
    """Then says how much went in, in place of a score."""
    size = 0
    try:
        with (OUTPUT / "fill").open("wb", buffering=0) as file:
            while True:
                size += file.write(b"x" * 65536)
    except OSError:
        (OUTPUT / "fill").unlink()
    for case in cases():
        write(line(case, size / 2**30))


def fills_files(*_):
    made = []
    try:
        while True:
            made.append(OUTPUT / str(len(made)))
            made[-1].touch()
    except OSError:
        made[0].unlink()
    for case in cases():
        write(line(case, len(made) / 1e6))


def deep_tree(*_):
    honest()
    os.chdir(OUTPUT)
    depth = 0
    try:
        while True:
            Path("d").mkdir()
            os.chdir("d")
            depth += 1
    except OSError:
        print(depth, file=sys.stderr, flush=True)


def others(*_):
    """Answers cases that it was not asked, found by looking around."""
    for case in [*cases()[:1], "someone-else", *cases()[1:]]:
        write(line(case))


def huge_line(*_):
    write(line(cases()[0]) + '{"case": "' + "a" * 10**6)


def many_lines(number):
    first = line(cases()[0])
    with PREDICTIONS.open("w") as file:
        for _ in range(int(number) // 1000):
            file.write(first * 1000)


def looks(*_):
    """What it finds, for the evaluator's log."""
    told = {
        "mounts": [row.split(" ") for row in Path("/proc/self/mountinfo").read_text().splitlines()],
        "list": LIST.read_text(),
        "input": sorted(one.name for one in INPUT.iterdir()),
        "output": oct(OUTPUT.stat().st_mode),
    }
    try:
        LIST.write_text("")
    except OSError as error:
        told["write"] = error.strerror
    print(json.dumps(told), file=sys.stderr, flush=True)
    honest()


if __name__ == "__main__":
    word, *rest = (INPUT / "behaviour").read_text().split(" ")
    globals()[word](*rest)
