"""A vendor's program that misbehaves as /input/behaviour says. Standard library only: it also runs inside containers.

The file holds one word and, after it, what the word needs: `exit_on bad` leaves when it is asked the case `bad`.
Each behaviour is one function below; all others answer honestly with 0.25 for every case.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # an isolated interpreter does not look beside its program
from attacks import ATTACKS
from neighbours import neighbours
from tries import TRIES, outcome_of, spin

INPUT = Path(os.environ.get("NCCID_INPUT", "/input"))
SCORE = 0.25


def say(table):
    os.write(1, json.dumps(table).encode() + b"\n")


def ready(**more):
    say({"ready": True, "protocol": "nccid-stdio/1", **more})


def result(case):
    return {"case": case, "score": SCORE}


def answer(request, results=None):
    rows = [result(one["case"]) for one in request["cases"]] if results is None else results
    say({"request": request["request"], "results": rows})


def requests():
    for line in sys.stdin:
        yield json.loads(line)


def names(request):
    return [one["case"] for one in request["cases"]]


def honest(*_):
    ready(max_batch=int(os.environ.get("MAX_BATCH", "1")))
    for request in requests():
        answer(request)


def batches(size):
    ready(max_batch=int(size))
    for request in requests():
        answer(request)


def declines(case):
    ready(max_batch=2)
    for request in requests():
        rows = [{"case": one, "error": "unreadable"} if one == case else result(one) for one in names(request)]
        answer(request, rows)


def by_case(size="1"):
    """Does to each case what its name says; all other cases are answered honestly."""
    ready(max_batch=int(size))
    for request in requests():
        rows = [result(one) for one in names(request)]
        for name in names(request):
            ATTACKS.get(name, lambda *_: None)(request, rows)
        answer(request, rows)


# ── before it is ready ──────────────────────────────────────────────────────────────────────────────────────


def exit_before_ready(status):
    sys.exit(int(status))


def hang_before_ready(*_):
    time.sleep(3600)


def rubbish_before_ready(*_):
    os.write(1, b"Loading model weights ...\n")
    honest()


def flood_before_ready(number):
    flood(int(number))()


def drip_before_ready(*_):
    drip()


def eat_memory_before_ready(*_):
    eat_memory()


def max_batch_zero(*_):
    ready(max_batch=0)
    time.sleep(3600)


def exit_after_ready(*_):
    ready()


# ── on one case: `bad` names it ─────────────────────────────────────────────────────────────────────────────


def on_bad(act, size=1):
    def run(bad, *rest):
        ready(max_batch=size)
        for request in requests():
            if bad in names(request):
                act(request, *rest)
            else:
                answer(request)

    return run


def raw(text):
    def act(request, *_):
        filled = text.replace(b"REQUEST", request["request"].encode())
        os.write(1, filled.replace(b"CASE", names(request)[0].encode()))
        time.sleep(3600)

    return act


def scored(value):
    return raw(b'{"request": "REQUEST", "results": [{"case": "CASE", "score": ' + value + b"}]}\n")


def leave(request, status="1"):
    os._exit(int(status))


def close_streams(*_):
    # where an init process holds the streams open as well, closing our own is not the end of the stream
    for number in (1, 2):
        os.close(number)
    time.sleep(3600)


def drip(*_):
    while True:
        os.write(1, b" ")
        time.sleep(0.02)


def flood(number):
    def act(*_):
        block = b"x" * 65536
        while True:
            os.write(number, block)

    return act


def flood_lines(*_):
    block = b"\n" * 65536
    while True:
        os.write(1, block)


def stop_itself(*_):
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(3600)


def ignore_signals(*_):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(3600)


def fork_bomb(*_):
    while True:
        try:
            if os.fork() == 0:
                time.sleep(3600)
        except OSError:
            time.sleep(0.01)


def eat_memory(*_):
    held = []
    while True:
        held.append(bytearray(b"x") * (16 * 2**20))


def eat_memory_in_child(request, *_):
    """The child dies of it; the model itself goes on and answers."""
    child = os.fork()
    if child == 0:
        eat_memory()
    os.waitpid(child, 0)
    answer(request)


def poison_then_next(request, *_):
    """Answers, and leaves before the next question."""
    answer(request)
    os._exit(3)


def kill_harness_on(bad, size):
    """Only where it runs as a plain process: whoever started it."""
    ready(max_batch=int(size))
    for request in requests():
        if bad in names(request):
            os.kill(os.getppid(), signal.SIGKILL)
        answer(request)


# ── on the stream ───────────────────────────────────────────────────────────────────────────────────────────


def answers_twice(*_):
    ready()
    for request in requests():
        line = json.dumps({"request": request["request"], "results": [result(one) for one in names(request)]})
        os.write(1, f"{line}\n{line}\n".encode())


def answers_before_asked(*_):
    first = json.dumps({"ready": True, "protocol": "nccid-stdio/1"})
    os.write(1, f'{first}\n{{"request": "r1", "results": []}}\n'.encode())
    for request in requests():
        answer(request)


def pollutes_stdout(*_):
    ready()
    for request in requests():
        os.write(1, b"0%|          | 0/1 [00:00<?, ?it/s]\n")
        answer(request)


def pollutes_later(*_):
    ready()
    for request in requests():
        answer(request)
        time.sleep(0.2)
        os.write(1, b"done\n")


def floods_stderr(*_):
    ready(max_batch=16)
    stop = threading.Event()
    threading.Thread(target=lambda: [os.write(2, b"e" * 4096) for _ in iter(stop.is_set, True)], daemon=True).start()
    for request in requests():
        answer(request)
    stop.set()


def ignores_closed_stdin(*_):
    honest()
    time.sleep(3600)


def smaller_batch_later(bad):
    """Takes batches of four at the first start and of two afterwards. Only where the input can be written to."""
    later = INPUT / "later"
    ready(max_batch=2 if later.exists() else 4)
    later.touch()
    for request in requests():
        if bad in names(request):
            leave(request)
        answer(request)


def exits_with(status):
    ready()
    sys.stdin.read()
    sys.exit(int(status))


def slow(seconds):
    ready(max_batch=2)
    for request in requests():
        time.sleep(float(seconds))
        answer(request)


def echo_sizes(*_):
    """Answers with the length of each line, so that what was sent can be compared with what arrived."""
    threading.Thread(target=flood(2), daemon=True).start()
    for line in sys.stdin:
        os.write(1, b"%d\n" % len(line))


def flood_both(*_):
    threading.Thread(target=flood(2), daemon=True).start()
    flood(1)()


# ── what it may not do ──────────────────────────────────────────────────────────────────────────────────────


def spins(*_):
    os.write(2, f"{spin()}\n".encode())
    honest()


def tries(*wanted):
    """Tries the ways of tries.py, all of them or those named, and puts what came of each on stderr."""
    found = {name: outcome_of(TRIES[name]) for name in wanted or TRIES}
    os.write(2, json.dumps(found).encode() + b"\n")
    honest()


NAN = scored(b"NaN")
BEHAVIOURS = {
    "neighbours": neighbours,
    "answers_nan": on_bad(NAN),
    "answers_text": on_bad(scored(b'"0.5"')),
    "answers_too_much": on_bad(scored(b"1.1")),
    "answers_other_case": on_bad(raw(b'{"request": "REQUEST", "results": [{"case": "x", "score": 0.5}]}\n')),
    "answers_rubbish": on_bad(raw(b"Segmentation fault\n")),
    "half_a_line": on_bad(raw(b'{"request": "REQUEST"')),
    "exit_on": on_bad(leave),
    "exit_on_in_batch": on_bad(leave, size=4),
    "exit_after": on_bad(poison_then_next),
    "hang_on": on_bad(lambda *_: time.sleep(3600)),
    "hang_on_in_batch": on_bad(lambda *_: time.sleep(3600), size=4),
    "drip_on": on_bad(drip),
    "close_streams_on": on_bad(close_streams),
    "flood_stdout_on": on_bad(flood(1)),
    "flood_stderr_on": on_bad(flood(2)),
    "flood_lines_on": on_bad(flood_lines),
    "stop_on": on_bad(stop_itself),
    "ignore_signals_on": on_bad(ignore_signals),
    "fork_bomb_on": on_bad(fork_bomb),
    "eat_memory_on": on_bad(eat_memory),
    "child_eats_memory_on": on_bad(eat_memory_in_child),
}


def main():
    word, *rest = (INPUT / "behaviour").read_text().split()
    (BEHAVIOURS.get(word) or globals()[word])(*rest)


if __name__ == "__main__":
    main()
