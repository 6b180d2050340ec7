"""What a killed harness left behind: containers, and the private places that were mounted for them."""

from __future__ import annotations

from contextlib import suppress

from nccid_eval.engine import Engine, Found
from nccid_eval.errors import SandboxError
from nccid_eval.journal.owner import start_time, this_host, this_process
from nccid_eval.sandbox.place import clear_abandoned
from nccid_eval.sandbox.policy import LABEL


def reap(engine: Engine, now: float) -> int:
    """Remove abandoned containers, then what was mounted for them; how many containers.

    `now` is in seconds since the epoch. What a living process of this machine has is left alone until its deadline,
    by which its run must be over, has passed.
    """
    abandoned = [one for one in engine.find(f"{LABEL}.owner") if is_abandoned(one, now)]
    removed = sum(_removed(engine, one) for one in abandoned)
    clear_abandoned()
    return removed


def clear_run(engine: Engine, run_id: str) -> None:
    """Remove what an engine that was away when it should have removed it still has of this process's run."""
    with suppress(SandboxError):
        for one in engine.find(f"{LABEL}.run"):
            if (one.labels[f"{LABEL}.run"], one.labels.get(f"{LABEL}.owner")) == (run_id, this_process()):
                _removed(engine, one)


def _removed(engine: Engine, one: Found) -> bool:
    """One that cannot be removed now waits for the next start, and keeps no run from starting."""
    with suppress(SandboxError):
        engine.remove(one.id)
        return True
    return False


def is_abandoned(found: Found, now: float) -> bool:
    """Another host's container is left alone until its deadline has passed."""
    with suppress(ValueError):
        if float(found.labels.get(f"{LABEL}.deadline", "nan")) < now:
            return True
    host, _, rest = found.labels.get(f"{LABEL}.owner", "").partition(":")
    pid, _, start = rest.partition(":")
    if host != this_host() or not pid.isdigit():
        return False
    return start_time(int(pid)) != start
