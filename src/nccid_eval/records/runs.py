"""3 sandbox: what a container is given, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from nccid_eval.records.cases import CaseTable
from nccid_eval.records.configuration import Limits
from nccid_eval.records.submitted import ContainerNeeds


class Outcome(StrEnum):
    OK = "ok"
    DECLINED = "declined"
    TIMEOUT = "timeout"
    OOM = "oom"
    EXITED = "exited"
    MALFORMED = "malformed"
    INFRA = "infra"  # ours, never scored
    POISON = "poison"  # ours: the case killed the harness itself

    @property
    def is_vendors(self) -> bool:
        return self not in (Outcome.INFRA, Outcome.POISON)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """All that the sandbox gets. The order of asking is a shuffle of the cases by `seed`."""

    run_id: str
    image_id: str
    input_dir: Path  # one folder a case
    cases: CaseTable
    needs: ContainerNeeds
    limits: Limits
    gpu: str  # a device index, or "" for none
    seed: int
    seccomp: str  # the profile's JSON, "" for the engine's own
    sealed: str = ""  # SHA-256 of the sealed file that is mounted at input_dir, "" where that is a plain folder
    passwd: Path | None = None  # what the container finds as /etc/passwd, None for the image's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """A path of the host inside a container: private propagation, nothing executable gained."""

    source: str
    target: str
    writable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSpec:
    """Every option of a hardened container, independent of the engine; what was applied is read back as one."""

    image_id: str
    runtime: str  # "" for the engine's own, or runsc (gVisor)
    binds: tuple[Bind, ...]  # sorted by target
    user: str
    network: str
    read_only_root: bool
    capabilities: tuple[str, ...]
    no_new_privileges: bool
    seccomp: str  # the profile's JSON, "" for the engine's own
    memory_bytes: int
    memory_swap_bytes: int
    pids: int
    cpuset: str
    nofile: int
    file_size_bytes: int
    core_bytes: int
    tmp_options: str
    shm_bytes: int
    ipc: str
    cgroup_namespace: str
    init: bool
    hostname: str
    log_driver: str
    stop_signal: str
    gpu: str
    environment: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    case: str
    outcome: Outcome
    score: float | None  # six decimals, only with outcome ok
    error: str  # the container's own word when declined
    latency_s: float  # its request's latency divided by the cases in it


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """How a run went, apart from what was answered; nothing here moves a number of the scorecard.

    None is what cannot be told: under nccid-batch/1 no time of a case is. In an Evaluation times, memory and counts
    are in steps (pipeline/steps.py), each the most that it was, and moments to the hour.
    """

    run_id: str
    started: str  # ISO 8601, UTC
    finished: str
    seed: int
    image_id: str
    engine: str
    options: Mapping[str, str]  # the options as they were read back
    max_batch: int  # 0 under nccid-batch/1
    ready_s: float | None
    containers: int
    latency_first_s: float | None
    latency_median_s: float | None  # a case, first request left out
    latency_p95_s: float | None
    memory_peak_mib: float | None  # None where the engine cannot tell
    versions: Mapping[str, str]
    protocol: str = "nccid-stdio/1"
    gpu_memory_peak_mib: float | None = None  # of the run's one device; None without one


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What the model did on synthetic cases before it was shown an unseen one."""

    cases: int  # the canary and the synthetic set together
    declined: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCheck:
    """A sample of answered cases asked again: under new ids, in another order, other batches, a fresh container.

    A case is compared where it was answered both times. `not_available` says why there is nothing to compare. In an
    Evaluation, as a finer number could carry a message, `compared` is the least that it was and all else the most.
    """

    asked: int
    compared: int
    largest_change: float | None  # of a score
    crossed: int  # cases whose two scores lie on different sides of the threshold
    failed: int  # cases that were answered at first and then were not
    not_available: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRun:
    results: tuple[CaseResult, ...]
    facts: RunFacts
