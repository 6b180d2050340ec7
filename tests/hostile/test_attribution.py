"""Attacks that need a run of their own: contained, charged to the case that did it, and nothing left."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.hostile.ground import LIMITS, NEEDS, Ran, hardened, run_request

from nccid_eval.engine import Engine
from nccid_eval.engine.docker import DockerContainer, DockerEngine
from nccid_eval.errors import PolicyNotApplied
from nccid_eval.journal import Attempted, ContainerEnded, ContainerReady, Failed, read
from nccid_eval.records import ContainerSpec, Outcome

pytestmark = pytest.mark.engine
FEW = ("a", "bad", "b")
Run = Callable[..., Ran]


@pytest.fixture
def run(docker_engine: Engine, hostile_image: str, tmp_path: Path) -> Run:
    def execute(behaviour: str, engine: Engine = docker_engine, **limits: object) -> Ran:
        fixed = dataclasses.replace(LIMITS, **{"case_s": 2.0, **limits})  # type: ignore[arg-type]
        request = run_request(
            tmp_path, behaviour, image_id=hostile_image, limits=fixed, cases=FEW, run_id=tmp_path.name
        )
        with hardened(request, engine) as ready:
            return Ran(ready, engine, tmp_path / "journal.log")

    return execute


def only_bad(outcome: Outcome) -> dict[str, Outcome]:
    return {"a": Outcome.OK, "bad": outcome, "b": Outcome.OK}


@pytest.mark.parametrize(
    ("behaviour", "outcome", "attempts"),
    [
        ("hang_on bad", Outcome.TIMEOUT, 2),
        ("exit_on bad 9", Outcome.EXITED, 2),
        ("eat_memory_on bad", Outcome.OOM, 2),
        ("answers_rubbish bad", Outcome.MALFORMED, 1),
        ("flood_stderr_on bad", Outcome.MALFORMED, 1),
    ],
)
def test_a_case_is_asked_again_where_that_may_help(run: Run, behaviour: str, outcome: Outcome, attempts: int) -> None:
    done = run(behaviour)
    assert done.outcomes == only_bad(outcome)
    assert [one.cases for one in done.entries_of(Attempted)].count(("bad",)) == attempts
    assert len(done.log) <= 64 * 1024 * len(done.entries_of(ContainerEnded))


def test_one_that_spoils_a_batch_spoils_no_other_case_of_it(run: Run) -> None:
    done = run("exit_on_in_batch bad")
    assert done.outcomes == only_bad(Outcome.EXITED)
    assert any(len(one.cases) > 1 for one in done.entries_of(Failed))


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("hang_before_ready", Outcome.TIMEOUT),
        ("exit_before_ready 3", Outcome.EXITED),
        ("rubbish_before_ready", Outcome.MALFORMED),
        ("flood_before_ready 1", Outcome.MALFORMED),
        ("flood_before_ready 2", Outcome.MALFORMED),
        ("drip_before_ready", Outcome.TIMEOUT),
        ("eat_memory_before_ready", Outcome.OOM),
    ],
)
def test_one_that_never_gets_ready_fails_every_case_and_is_shown_none(
    run: Run, behaviour: str, outcome: Outcome
) -> None:
    done = run(behaviour, ready_s=1.0 if outcome is Outcome.TIMEOUT else 20.0)
    assert done.outcomes == dict.fromkeys(FEW, outcome)
    assert not done.entries_of(Attempted)
    assert not done.entries_of(ContainerReady)
    assert {one.outcome for one in done.entries_of(ContainerEnded)} == {outcome, None}


def test_one_that_leaves_between_two_cases_costs_neither(run: Run) -> None:
    """Whether it is gone already or goes while it is asked: the next case is asked again, and answered."""
    done = run("exit_after bad")
    assert done.outcomes == dict.fromkeys(FEW, Outcome.OK)
    assert {one.outcome for one in done.entries_of(ContainerEnded)} == {Outcome.EXITED, None}
    assert all(one.cases != ("bad",) for one in done.entries_of(Failed))


def test_exit_137_is_ours_only_once(run: Run) -> None:
    done = run("exit_on bad 137")
    assert [one.outcome for one in done.entries_of(Failed)] == [Outcome.INFRA, Outcome.EXITED, Outcome.EXITED]
    assert {one.exit_code for one in done.entries_of(ContainerEnded) if one.outcome} == {137}
    assert done.outcomes == only_bad(Outcome.EXITED)


def test_one_that_stays_after_all_is_answered_is_ended_and_costs_nothing(run: Run) -> None:
    done = run("ignores_closed_stdin")
    assert done.outcomes == dict.fromkeys(FEW, Outcome.OK)
    assert [one.reason for one in done.entries_of(ContainerEnded)] == ["did not leave with exit status 0"]


def test_a_container_that_someone_kills_from_outside_is_ours(run: Run) -> None:
    """As an engine that is stopped does it: the case is asked again and answered."""

    class KilledOnce(DockerEngine):
        killed = False

        def create(self, spec: ContainerSpec) -> DockerContainer:
            made = super().create(spec)
            if not self.killed:
                self.killed = True
                self.killer = subprocess.Popen(["sh", "-c", f"sleep 1.5; docker kill {made.id} >/dev/null"])
            return made

    engine = KilledOnce(None)
    done = run("slow 1", engine)
    engine.killer.wait()
    assert done.outcomes == dict.fromkeys(FEW, Outcome.OK)
    assert [one.outcome for one in done.entries_of(Failed)] == [Outcome.INFRA]


def test_an_engine_that_does_otherwise_than_asked_is_refused(run: Run, tmp_path: Path) -> None:
    class Loose(DockerEngine):
        def create(self, spec: ContainerSpec) -> DockerContainer:
            return super().create(dataclasses.replace(spec, network="host", read_only_root=False))

    with pytest.raises(PolicyNotApplied, match=r"network: asked 'none', applied 'host'") as refused:
        run("honest", Loose(None))
    assert "read_only_root" in str(refused.value)
    assert not any(isinstance(one, Attempted) for one in read(tmp_path / "journal.log"))


def test_memory_is_the_limit_of_all_its_processes_together(run: Run) -> None:
    """A child that eats it all dies; the model lives on and answers."""
    done = run("child_eats_memory_on bad")
    assert done.outcomes == dict.fromkeys(FEW, Outcome.OK)
    peak = max(one.memory_peak_mib or 0.0 for one in done.entries_of(ContainerEnded))
    assert peak <= NEEDS.memory_gib * 1024
