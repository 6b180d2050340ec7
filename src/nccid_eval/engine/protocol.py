"""The Protocol that every engine fulfils. Engines raise SandboxError, never an OSError."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nccid_eval.engine.gpu import Gpu
from nccid_eval.records import Bind, ContainerSpec

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one step of a channel brought: bytes taken from us, bytes printed, and whether the stream has ended."""

    sent: int
    stdout: bytes
    stderr: bytes
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a container ended. `exit_code` is that of its own end, None where we had to kill it."""

    exit_code: int | None
    oom_killed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A container on the engine that carries our labels."""

    id: str
    labels: Mapping[str, str]


class Channel(Protocol):
    """stdin, stdout and stderr of one running container, without ever blocking."""

    def poll(self, outgoing: bytes, timeout_s: float) -> Polled:
        """Wait at most `timeout_s` until something can be sent or read; send a part of `outgoing`, read the rest."""

    def close_stdin(self) -> None: ...

    def close(self) -> None:
        """Give up reading. Must come before a kill: a flooding container that nobody reads cannot be killed."""


class Container(Protocol):
    @property
    def id(self) -> str: ...

    def applied(self) -> ContainerSpec:
        """The options as the engine reports them, read back."""

    def start(self) -> Channel:
        """Attach, then start. Never attach again: a lost stream is our failure.

        Raises ImageRefused where the image itself cannot be started.
        """

    def memory_peak_mib(self) -> float | None: ...

    def gpu_memory_peak_mib(self) -> float | None:
        """Highest use of its device's memory so far; None without a device, or where the driver does not tell."""

    def end(self, channel: Channel | None, *, grace_s: float) -> Ended:
        """Close the channel, wait `grace_s` for it to leave by itself, else kill it."""

    def remove(self) -> None:
        """Remove it with its volumes, whatever state it is in."""


class Engine(Protocol):
    @property
    def name(self) -> str: ...

    def versions(self) -> Mapping[str, str]: ...

    def cpus(self) -> int: ...

    def gpus(self) -> tuple[Gpu, ...]:
        """The GPUs that a container of this engine can be given."""

    def image_configuration(self, reference: str) -> Mapping[str, Any] | None:
        """The engine's report on an image (`Id`, `Architecture`, `Os`, `Config`), or None where it has none."""

    def load_image(self, archive: Iterable[bytes]) -> None: ...

    def pull_image(self, reference: str) -> None: ...

    def remove_image(self, reference: str) -> tuple[str, ...]:
        """Remove an image and those of its layers that no other image uses; the engine's ids of what went.

        Nothing where there is no such image. Raises SandboxError where a tag or a container holds it.
        """

    def files(
        self, image_id: str, paths: Sequence[str], *, binds: tuple[Bind, ...], labels: Labels, cap: int
    ) -> Mapping[str, bytes]:
        """The content of regular files of at most `cap` bytes, as a container of the image with these binds would
        find them; none is run. What is not there, or is something else, is left out."""

    def create(self, spec: ContainerSpec) -> Container:
        """A container with these options, not started. Raises PolicyNotApplied for what the engine cannot do."""

    def find(self, label: str) -> tuple[Found, ...]:
        """Containers in any state that carry the label."""

    def remove(self, container_id: str) -> None: ...
