"""Whose failure it was. The order of the questions is part of the contract: exit status 137 alone proves nothing."""

from __future__ import annotations

from nccid_eval.engine import Ended
from nccid_eval.records import Outcome

KILLED = 128 + 9


def decide(*, killed_for: Outcome | None, ended: Ended | None, lost_before: bool) -> Outcome:
    """The outcome of the request during which a container ended.

    `ended` is None where the engine could not say; `killed_for` is our own reason for the kill. A container that is
    gone with status 137, or whose stream closed while it ran on, looks the same whether the engine restarted or the
    program did it to have its run thrown away. So it is ours once; when the same request does it again
    (`lost_before`) under an engine that answers, it is the program's.
    """
    if ended is None:
        return Outcome.INFRA
    if killed_for is not None:
        return killed_for
    if ended.oom_killed:
        return Outcome.OOM
    if ended.exit_code is None or ended.exit_code == KILLED:
        return Outcome.EXITED if lost_before else Outcome.INFRA
    return Outcome.EXITED
