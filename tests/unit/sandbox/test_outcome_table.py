"""The outcome table, every combination in the stated order, and the engine's errors, which are nobody's but ours."""

from __future__ import annotations

import itertools

import docker.errors
import pytest
import requests

from nccid_eval.engine import Ended
from nccid_eval.engine.docker import DockerContainer
from nccid_eval.errors import SandboxError
from nccid_eval.records import Outcome
from nccid_eval.sandbox.outcome import KILLED, decide

KILLS = (None, Outcome.TIMEOUT, Outcome.MALFORMED)
CODES = (None, 0, 1, 2, 125, 126, 127, KILLED, 128 + 11, 128 + 15, 255)


def in_the_stated_order(killed_for: Outcome | None, ended: Ended | None, lost_before: bool) -> Outcome:
    """The sentences of the contract, one after the other; the first that holds decides."""
    unexplained = ended is not None and ended.exit_code in (None, KILLED)
    sentences = (
        (ended is None, Outcome.INFRA),  # the engine failed
        (killed_for is Outcome.TIMEOUT, Outcome.TIMEOUT),  # we killed it for time
        (killed_for is Outcome.MALFORMED, Outcome.MALFORMED),  # or for form
        (ended is not None and ended.oom_killed, Outcome.OOM),  # it is gone and the engine says it was for memory
        (unexplained and not lost_before, Outcome.INFRA),  # 137 that we did not send, or gone without a status
        (True, Outcome.EXITED),
    )
    return next(outcome for holds, outcome in sentences if holds)


COMBINATIONS = [
    (killed_for, ended, lost_before)
    for killed_for, lost_before in itertools.product(KILLS, (False, True))
    for ended in (None, *(Ended(exit_code=code, oom_killed=oom) for code in CODES for oom in (False, True)))
]


@pytest.mark.parametrize(("killed_for", "ended", "lost_before"), COMBINATIONS, ids=str)
def test_every_combination_is_decided_in_the_stated_order(
    killed_for: Outcome | None, ended: Ended | None, lost_before: bool
) -> None:
    decided = decide(killed_for=killed_for, ended=ended, lost_before=lost_before)
    assert decided is in_the_stated_order(killed_for, ended, lost_before)
    assert decided not in (Outcome.OK, Outcome.DECLINED, Outcome.POISON)


class FailingApi:
    """An engine's client whose every call fails as docker's do."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> object:
        def call(*args: object, **kwargs: object) -> None:
            raise self._error

        return call


ERRORS = (
    docker.errors.APIError("500 Server Error"),
    docker.errors.NotFound("404"),
    docker.errors.DockerException("broken"),
    requests.ConnectionError("refused"),
    requests.ReadTimeout("late"),
    BrokenPipeError(32, "Broken pipe"),
    FileNotFoundError(2, "No such file or directory"),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_of_the_engine_is_a_sandbox_error_and_so_ours(error: Exception) -> None:
    """docker's APIError is an OSError, and an OSError elsewhere is a program's that left: here it must not be."""
    assert isinstance(docker.errors.APIError("x"), OSError)
    container = DockerContainer(FailingApi(error), "0" * 64)
    for call in (container.applied, container.start, lambda: container.end(None, grace_s=0.0)):
        with pytest.raises(SandboxError, match="engine failed") as raised:
            call()
        assert not isinstance(raised.value, OSError)
    assert decide(killed_for=None, ended=None, lost_before=True) is Outcome.INFRA
