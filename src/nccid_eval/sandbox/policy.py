"""What a vendor's container may do, as data. Pure: an engine applies it, and what it applied is compared with it."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence

from nccid_eval.errors import EngineUnavailable, PolicyNotApplied
from nccid_eval.records import Bind, ContainerSpec, RunRequest

INPUT = "/input"
PASSWD = "/etc/passwd"
LABEL = "org.nccid-eval"
MIB = 2**20
GIB = 2**30
FIRST_UID = 200_000
MIN_FILE_SIZE = 256 * MIB  # smaller kills torch.compile and large DataLoader batches with SIGXFSZ
OPEN_FILES = 4096  # 1024 hangs a DataLoader silently
TMP_INODES = 16_384


def container_spec(request: RunRequest, *, host_cpus: int, owner: str, deadline: int) -> ContainerSpec:
    """The hardened options of one container of this run. `deadline` is in seconds since the epoch."""
    needs = request.needs
    cpus = usable_cpus(host_cpus, request.limits.cpus)
    memory = int(needs.memory_gib * GIB)
    return ContainerSpec(
        image_id=request.image_id,
        runtime=request.limits.runtime,
        binds=_binds(request),
        user=f"{user_id(request.run_id)}:{user_id(request.run_id)}",
        network="none",
        read_only_root=True,
        capabilities=(),
        no_new_privileges=True,
        seccomp=request.seccomp,
        memory_bytes=memory,
        memory_swap_bytes=memory,  # memory and swap together: no swap
        pids=max(512, 16 * cpus),
        cpuset=f"0-{cpus - 1}" if cpus > 1 else "0",
        nofile=OPEN_FILES,
        file_size_bytes=max(needs.tmp_mib * MIB, needs.shm_mib * MIB, MIN_FILE_SIZE),
        core_bytes=0,
        tmp_options=_tmp_options(needs.tmp_mib, jit=needs.jit),
        shm_bytes=needs.shm_mib * MIB,
        ipc="private",
        cgroup_namespace="private",
        init=True,
        hostname="sandbox",
        log_driver="none",
        stop_signal="SIGKILL",
        gpu=request.gpu,
        environment=_environment(cpus, gpu=request.gpu),
        labels=labels_of(request, owner, deadline),
    )


def labels_of(request: RunRequest, owner: str, deadline: int) -> tuple[tuple[str, str], ...]:
    """Whose container it is, and until when: what the reaper goes by."""
    return ((f"{LABEL}.run", request.run_id), (f"{LABEL}.owner", owner), (f"{LABEL}.deadline", str(deadline)))


def _binds(request: RunRequest) -> tuple[Bind, ...]:
    names = () if request.passwd is None else (Bind(source=str(request.passwd), target=PASSWD, writable=False),)
    return (*names, Bind(source=str(request.input_dir.resolve()), target=INPUT, writable=False))


def choose_gpu(wish: str, need: str, available: Sequence[str]) -> str:
    """The one device of a run, or "". `wish` is the evaluator's (auto, none or an index), `need` the submission's."""
    if wish not in ("auto", "none") and wish not in available:
        raise EngineUnavailable(
            f"there is no GPU {wish} for containers here",
            where=f"GPUs: {', '.join(available) or 'none'}",
            mend="name one of them, or see 'nccid-eval doctor'",
        )
    if need == "required" and (wish == "none" or not available):
        raise EngineUnavailable(
            "the submission requires a GPU", where="container.gpu", mend="run it where 'nccid-eval doctor' shows one"
        )
    if need == "none" or wish == "none" or not available:
        return ""
    return available[0] if wish == "auto" else wish


def usable_cpus(host: int, limit: int) -> int:
    """Whole cores for a container; where there are more than two, one is left for the harness."""
    free = host - 1 if host > 2 else host
    return max(1, min(free, limit) if limit else free)


def check_applied(asked: ContainerSpec, applied: ContainerSpec) -> None:
    """Raises PolicyNotApplied where the engine reports other options than those asked for."""
    wrong = differences(asked, applied)
    if wrong:
        raise PolicyNotApplied(
            "the engine did not apply every option of the sandbox: " + "; ".join(wrong),
            where="options read back before the container was started",
            mend="use an engine that enforces them; 'nccid-eval doctor' shows its version",
        )


def differences(asked: ContainerSpec, applied: ContainerSpec) -> tuple[str, ...]:
    """Every field that differs. Of environment and labels, what the image adds is allowed, what we set must hold."""
    wrong = []
    for field in dataclasses.fields(ContainerSpec):
        want, have = getattr(asked, field.name), getattr(applied, field.name)
        holds = _all_set(want, have) if field.name in ("environment", "labels") else want == have
        if not holds:
            wrong.append(f"{field.name}: asked {want!r}, applied {have!r}")
    return tuple(wrong)


def _all_set(want: Sequence[tuple[str, str]], have: Sequence[tuple[str, str]]) -> bool:
    """Each name that we set is there once, with our value: of two, a program may read the other."""
    ours = {name for name, _ in want}
    return sorted(want) == sorted(pair for pair in have if pair[0] in ours)


def options_in_words(applied: ContainerSpec, sealed: str = "") -> Mapping[str, str]:
    """The options for the report: no host path, no label, no environment of the image. `sealed` names the input."""
    hidden = ("binds", "labels", "environment", "image_id", "seccomp")
    rows = {f.name: getattr(applied, f.name) for f in dataclasses.fields(applied) if f.name not in hidden}
    rows["binds"] = tuple(f"{one.target} {'writable' if one.writable else 'read-only'}" for one in applied.binds)
    rows["seccomp"] = "sha256:" + _sha256(applied.seccomp) if applied.seccomp else "the engine's own"
    rows["input"] = f"sealed, sha256:{sealed}" if sealed else "a folder, not sealed"
    rows["runtime"] = applied.runtime or "the engine's own"
    words = {name: ", ".join(value) if isinstance(value, tuple) else str(value) for name, value in rows.items()}
    return {name: text or "none" for name, text in words.items()}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def user_id(run_id: str) -> int:
    """One user id a run, so that nothing is shared between runs."""
    return FIRST_UID + int.from_bytes(hashlib.sha256(run_id.encode()).digest()[:2], "big")


def _tmp_options(tmp_mib: int, *, jit: bool) -> str:
    run = "exec" if jit else "noexec"
    return f"rw,{run},nosuid,nodev,size={tmp_mib}m,nr_inodes={TMP_INODES},mode=1777"


def _environment(cpus: int, *, gpu: str) -> tuple[tuple[str, str], ...]:
    return (
        ("HOME", "/tmp"),
        ("TMPDIR", "/tmp"),
        ("USER", "model"),
        ("LOGNAME", "model"),
        ("OMP_NUM_THREADS", str(cpus)),
        ("GOMP_SPINCOUNT", "1000"),
        ("PYTHONUNBUFFERED", "1"),
        ("HF_HUB_OFFLINE", "1"),
        ("LD_PRELOAD", ""),
        ("NVIDIA_VISIBLE_DEVICES", gpu if gpu and "=" not in gpu else "void"),  # CDI needs no variable
    )
