"""A plain process as an engine. It contains nothing: for tests alone, and never offered for an evaluation."""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from nccid_eval.engine.gpu import Gpu
from nccid_eval.engine.protocol import Channel, Ended, Found, Labels, Polled
from nccid_eval.errors import SandboxError
from nccid_eval.records import Bind, ContainerSpec

CHUNK = 64 * 1024
KILL_TIMEOUT_S = 10
VARIABLES = {  # nothing can be mounted for a process, so the program is told where it lies
    "/input": "NCCID_INPUT",
    "/input/cases.json": "NCCID_LIST",
    "/output": "NCCID_OUTPUT",
}


class ProcessEngine:
    """Runs `programs[image_id]` with the environment of the spec; all other options are only repeated."""

    name = "process"

    def __init__(self, programs: Mapping[str, Sequence[str]]) -> None:
        self._programs = programs
        self._numbers = itertools.count(1)
        self._containers: dict[str, ProcessContainer] = {}

    def versions(self) -> Mapping[str, str]:
        return {"kernel": os.uname().release}

    def cpus(self) -> int:
        return os.cpu_count() or 1

    def gpus(self) -> tuple[Gpu, ...]:
        return ()

    def image_configuration(self, reference: str) -> Mapping[str, Any] | None:
        return {"Id": reference} if reference in self._programs else None

    def load_image(self, archive: Iterable[bytes]) -> None:
        raise SandboxError(f"a process engine loads no {type(archive).__name__}", mend="name a program instead")

    def pull_image(self, reference: str) -> None:
        raise SandboxError("a process engine pulls nothing", where=reference, mend="name a program instead")

    def remove_image(self, reference: str) -> tuple[str, ...]:
        known = self._programs.keys() & {reference}
        self._programs = {name: program for name, program in self._programs.items() if name != reference}
        return tuple(known)

    def files(
        self, image_id: str, paths: Sequence[str], *, binds: tuple[Bind, ...], labels: Labels, cap: int
    ) -> Mapping[str, bytes]:
        """What is bound; a program has no files of its own."""
        del image_id, labels
        places = {path: Path(bind.source + path.removeprefix(bind.target)) for path in paths for bind in binds}
        there = {path: place for path, place in places.items() if place.is_file() and place.stat().st_size <= cap}
        return {path: place.read_bytes() for path, place in there.items()}

    def create(self, spec: ContainerSpec) -> ProcessContainer:
        if spec.image_id not in self._programs:
            raise SandboxError(
                "there is no such program", where=spec.image_id, mend="name it when the engine is made"
            )
        made = ProcessContainer(f"process-{next(self._numbers)}", spec, self._programs[spec.image_id])
        self._containers[made.id] = made
        return made

    def find(self, label: str) -> tuple[Found, ...]:
        there = [one for one in self._containers.values() if not one.removed]
        return tuple(Found(id=one.id, labels=one.labels) for one in there if label in one.labels)

    def remove(self, container_id: str) -> None:
        if container_id in self._containers:
            self._containers[container_id].remove()


class ProcessContainer:
    def __init__(self, number: str, spec: ContainerSpec, program: Sequence[str]) -> None:
        self.id = number
        self.labels = dict(spec.labels)
        self.removed = False
        self._spec = spec
        self._program = program
        self._folder = Path(tempfile.mkdtemp(prefix="nccid-process-"))
        self._process: subprocess.Popen[bytes] | None = None

    def applied(self) -> ContainerSpec:
        return self._spec

    def start(self) -> PipeChannel:
        environment = {
            "PATH": os.defpath,
            **dict(self._spec.environment),
            **{VARIABLES[one.target]: one.source for one in self._spec.binds if one.target in VARIABLES},
        }
        try:
            self._process = subprocess.Popen(
                self._program,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env=environment,
                cwd=self._folder,
                start_new_session=True,  # so that its children die with it
            )
        except OSError as cause:
            raise SandboxError(f"the program cannot be started: {cause.strerror}", mend="look at its path") from None
        return PipeChannel(self._process)

    def memory_peak_mib(self) -> float | None:
        return None

    def gpu_memory_peak_mib(self) -> float | None:
        return None

    def end(self, channel: Channel | None, *, grace_s: float) -> Ended:
        if channel is not None:
            channel.close()
        if self._process is None:
            return Ended(exit_code=None, oom_killed=False)
        left_by_itself = _stopped(self._process, grace_s)
        self._kill()
        code = self._process.returncode
        return Ended(exit_code=_shell_code(code) if left_by_itself else None, oom_killed=False)

    def remove(self) -> None:
        self.removed = True
        self._kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _kill(self) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        _stopped(self._process, KILL_TIMEOUT_S)


def _stopped(process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def _shell_code(returncode: int) -> int:
    """A process that a signal ended has 128 + its number, as a container has."""
    return 128 - returncode if returncode < 0 else returncode


class PipeChannel:
    """A Channel over three pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._stdin: IO[bytes] = process.stdin
        self._outputs: dict[int, IO[bytes]] = {one.fileno(): one for one in (process.stdout, process.stderr)}
        self._stdout = process.stdout.fileno()
        for pipe in (self._stdin, *self._outputs.values()):
            os.set_blocking(pipe.fileno(), False)

    def poll(self, outgoing: bytes, timeout_s: float) -> Polled:
        poller = select.poll()
        for number in self._outputs:
            poller.register(number, select.POLLIN)
        sending = outgoing and not self._stdin.closed
        if sending:
            poller.register(self._stdin.fileno(), select.POLLOUT)
        if not self._outputs:
            return Polled(sent=0, stdout=b"", stderr=b"", closed=True)
        ready = dict(poller.poll(max(0.0, timeout_s) * 1000))
        sent = self._send(outgoing) if sending and self._stdin.fileno() in ready else 0
        printed = {number: self._read(number) for number in list(self._outputs) if number in ready}
        stdout = printed.pop(self._stdout, b"")
        stderr = b"".join(printed.values())
        return Polled(sent=sent, stdout=stdout, stderr=stderr, closed=not (self._outputs or stdout or stderr))

    def _send(self, outgoing: bytes) -> int:
        try:
            return os.write(self._stdin.fileno(), outgoing)
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            self.close_stdin()
            return 0

    def _read(self, number: int) -> bytes:
        try:
            data = os.read(number, CHUNK)
        except BlockingIOError:
            return b""
        if not data:
            self._outputs.pop(number).close()
        return data

    def close_stdin(self) -> None:
        self._stdin.close()

    def close(self) -> None:
        self._stdin.close()
        while self._outputs:
            self._outputs.popitem()[1].close()
