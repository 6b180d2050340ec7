"""The life of one sandboxed container: made by the policy, checked, talked to, and always removed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from nccid_eval.engine import Channel, Container, Ended, Engine
from nccid_eval.errors import SandboxError
from nccid_eval.journal.owner import this_process
from nccid_eval.records import Bind, ContainerSpec, RunRequest
from nccid_eval.sandbox.conversation import Clock, Conversation
from nccid_eval.sandbox.policy import MIB, check_applied, container_spec

GRACE_S = 5.0  # from closed stdin to a closed stream, and from there to the end of the process
MEMORY_EVERY_S = 1.0


@dataclass(slots=True, kw_only=True)
class LiveContainer:
    """A started container. `peak_mib` is brought up to date while it runs, since it cannot be read afterwards."""

    container: Container
    channel: Channel
    applied: ContainerSpec
    talk: Conversation
    peak_mib: float | None = None
    gpu_peak_mib: float | None = None
    grace_s: float
    tick: Callable[[], None]  # to be called now and then by whoever polls the channel
    end_within: Callable[[float], Ended | None]  # how it ended, after a kill once so many seconds have passed

    def leave(self) -> Ended | None:
        """Ask it to go by closing stdin."""
        return self.end(kill=not self.talk.leave(self.grace_s))

    def end(self, *, kill: bool) -> Ended | None:
        """How it ended, after a kill or by itself; None where the engine cannot say."""
        return self.end_within(0.0 if kill else self.grace_s)


@contextmanager
def started(
    request: RunRequest, engine: Engine, clock: Clock, grace_s: float = GRACE_S, binds: tuple[Bind, ...] = ()
) -> Iterator[LiveContainer]:
    """A container with exactly the options of the policy, and `binds` more; it is removed on every way out."""
    deadline = int(time.time() + request.limits.run_s + request.limits.ready_s)
    spec = container_spec(request, host_cpus=engine.cpus(), owner=this_process(), deadline=deadline)
    spec = replace(spec, binds=tuple(sorted((*spec.binds, *binds), key=lambda bind: bind.target)))
    container = engine.create(spec)
    try:
        applied = container.applied()
        check_applied(spec, applied)
        channel = container.start()
        sampler = _MemorySampler(container, clock)
        talk = Conversation(channel, clock, request.limits.output_mib * MIB, sampler.tick)

        def end(grace_s: float) -> Ended | None:
            sampler.read()
            with suppress(SandboxError):
                return container.end(channel, grace_s=grace_s)
            return None

        live = LiveContainer(
            container=container,
            channel=channel,
            applied=applied,
            talk=talk,
            grace_s=grace_s,
            tick=sampler.tick,
            end_within=end,
        )
        sampler.live = live
        try:
            yield live
        finally:
            channel.close()
    finally:
        container.remove()


class _MemorySampler:
    def __init__(self, container: Container, clock: Clock) -> None:
        self._container = container
        self._clock = clock
        self._next = 0.0
        self.live: LiveContainer | None = None

    def tick(self) -> None:
        if self._clock() >= self._next:
            self.read()
            self._next = self._clock() + MEMORY_EVERY_S

    def read(self) -> None:
        peak = self._container.memory_peak_mib()
        if peak is not None and self.live is not None:
            self.live.peak_mib = max(peak, self.live.peak_mib or 0.0)
        if self.live is not None:
            self.live.gpu_peak_mib = self._container.gpu_memory_peak_mib()
