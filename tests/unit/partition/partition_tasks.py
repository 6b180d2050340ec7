"""Tasks for the reading processes, in a module that imports next to nothing: each process imports it anew."""

import os
import signal
import time


def work(task: str) -> str:
    if task == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "sleep":
        time.sleep(60)
    if task == "nap":
        time.sleep(1.0)
    if task == "spin":
        while True:
            pass
    if task == "fill":
        try:
            return str(len(bytes(10**9)))
        except MemoryError:
            return "no memory"
    if task == "burst":
        return str(len(bytes(10**9)))
    if task == "disk":
        raise OSError(28, "No space left on device")
    return task.upper()
