from __future__ import annotations

import pytest

from nccid_eval.engine import Ended
from nccid_eval.records import Outcome
from nccid_eval.sandbox.outcome import decide


def ended(exit_code: int | None, oom: bool = False) -> Ended:
    return Ended(exit_code=exit_code, oom_killed=oom)


@pytest.mark.parametrize(
    ("killed_for", "how", "lost_before", "outcome"),
    [
        (None, None, False, Outcome.INFRA),
        (Outcome.TIMEOUT, None, False, Outcome.INFRA),
        (Outcome.MALFORMED, None, True, Outcome.INFRA),
        (Outcome.TIMEOUT, ended(None), False, Outcome.TIMEOUT),
        (Outcome.MALFORMED, ended(None), False, Outcome.MALFORMED),
        (Outcome.TIMEOUT, ended(None, oom=True), False, Outcome.TIMEOUT),
        (Outcome.TIMEOUT, ended(0), False, Outcome.TIMEOUT),
        (None, ended(137, oom=True), False, Outcome.OOM),
        (None, ended(0, oom=True), False, Outcome.OOM),
        (None, ended(None, oom=True), True, Outcome.OOM),
        (None, ended(137), False, Outcome.INFRA),
        (None, ended(137), True, Outcome.EXITED),
        (None, ended(None), False, Outcome.INFRA),
        (None, ended(None), True, Outcome.EXITED),
        (None, ended(0), False, Outcome.EXITED),
        (None, ended(1), False, Outcome.EXITED),
        (None, ended(139), True, Outcome.EXITED),
    ],
)
def test_whose_failure_it_was(
    killed_for: Outcome | None, how: Ended | None, lost_before: bool, outcome: Outcome
) -> None:
    assert decide(killed_for=killed_for, ended=how, lost_before=lost_before) is outcome
