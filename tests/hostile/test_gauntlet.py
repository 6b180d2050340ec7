"""One run, 200 honest answers among some fifty kinds of misbehaviour: each costs its own case and nothing else."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from typing import Any

import pytest
from tests.hostile.ground import LIMITS, NEEDS, Ran, hardened, run_request
from tests.hostile.nothing_left import left_by

from nccid_eval.engine import Engine
from nccid_eval.journal import Answered, Attempted, ContainerEnded, Failed
from nccid_eval.records import Outcome
from nccid_eval.sandbox.policy import MIB, OPEN_FILES, TMP_INODES

pytestmark = pytest.mark.engine
HONEST = tuple(f"honest-{number:03}" for number in range(200))
MALFORMED = (
    *("nan", "infinite", "negative", "above_one", "true", "text", "many_digits", "nested", "two_keys", "two_words"),
    *("own_word", "other_cases", "other_request", "answers_twice", "not_utf8", "blank_line", "rubbish"),
    *("endless_line", "floods_stdout", "floods_lines", "line_too_many"),
)
EXITED = {"leaves_0": 0, "leaves_1": 1, "leaves_137": 137, "crashes": 139, "kills_all": 137, "leaves_child": 5}
TIMEOUT = (
    *("half_a_line", "hangs", "stops_itself", "ignores_signals", "closes_streams", "drips_stdout", "drips_stderr"),
    "fork_bomb",
)
OOM = ("eats_memory", "eats_memory_file", "eats_shared_memory", "eats_scratch")
HELD = (  # held in by a limit or by the read-only root, after which the program answers as if nothing had been
    *("child_eats_memory", "threads", "zombies", "orphans", "open_files", "inodes", "deep_tree", "root_disk"),
    "sockets",
)
EXPECTED = {
    **dict.fromkeys(MALFORMED, Outcome.MALFORMED),
    **dict.fromkeys(EXITED, Outcome.EXITED),
    **dict.fromkeys(TIMEOUT, Outcome.TIMEOUT),
    **dict.fromkeys(OOM, Outcome.OOM),
    **dict.fromkeys(HELD, Outcome.OK),
}
PIDS = 512
INIT_AND_ITSELF = 2


@pytest.fixture(scope="module")
def gauntlet(docker_engine: Engine, hostile_image: str, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("gauntlet")
    limits = dataclasses.replace(LIMITS, case_s=3.0, run_s=600.0, attempts_per_case=1, restarts=len(EXPECTED))
    needs = dataclasses.replace(NEEDS, memory_gib=0.25, tmp_mib=320)
    request = run_request(
        folder,
        "by_case",
        image_id=hostile_image,
        cases=(*HONEST, *EXPECTED),
        limits=limits,
        needs=needs,
        run_id=folder.name,
    )
    with left_by(docker_engine, folder) as left, hardened(request, docker_engine) as ready:
        done = Ran(ready, docker_engine, folder / "journal.log")
    assert left() == {}
    return done


def found(gauntlet: Ran, case: str) -> Any:
    """What the attack of that name put on stderr."""
    (told,) = re.findall(rb'\{"%s": .*' % case.encode(), gauntlet.log)
    return json.loads(told)[case]


def test_two_hundred_honest_answers_survive(gauntlet: Ran) -> None:
    assert {gauntlet.results[case].score for case in HONEST} == {0.25}
    assert Counter(gauntlet.outcomes[case] for case in HONEST) == {Outcome.OK: 200}
    assert len(EXPECTED) >= 19


@pytest.mark.parametrize(("attack", "outcome"), list(EXPECTED.items()))
def test_it_costs_its_own_case(gauntlet: Ran, attack: str, outcome: Outcome) -> None:
    assert gauntlet.results[attack].outcome is outcome
    assert gauntlet.results[attack].score == (0.25 if outcome is Outcome.OK else None)
    charged = [one.cases for one in gauntlet.entries_of(Failed) if attack in one.cases and one.outcome.is_vendors]
    assert charged == ([(attack,)] if outcome is not Outcome.OK else [])


def test_no_failure_is_charged_to_anything_else(gauntlet: Ran) -> None:
    blamed = {case for one in gauntlet.entries_of(Failed) for case in one.cases}
    assert blamed == {attack for attack, outcome in EXPECTED.items() if outcome is not Outcome.OK}
    containers = [one for one in gauntlet.entries_of(ContainerEnded) if one.outcome is not None]
    assert sum(one.outcome.is_vendors for one in containers if one.outcome) == len(blamed)


def test_every_case_is_answered_once_and_asked_no_more_than_it_must_be(gauntlet: Ran) -> None:
    times = Counter(one.case for entry in gauntlet.entries_of(Answered) for one in entry.results)
    assert times == Counter((*HONEST, *EXPECTED))
    asked = Counter(case for entry in gauntlet.entries_of(Attempted) for case in entry.cases)
    twice = {case for case, count in asked.items() if count > 1}
    assert twice <= {"leaves_137", "kills_all"}  # an exit status that could be the engine's is ours the first time


@pytest.mark.parametrize(("attack", "status"), list(EXITED.items()))
def test_the_programs_own_exit_status_is_kept(gauntlet: Ran, attack: str, status: int) -> None:
    entries = gauntlet.entries
    ends = [
        entries[at - 1]
        for at, one in enumerate(entries)
        if isinstance(one, Failed) and attack in one.cases and one.outcome is Outcome.EXITED
    ]
    assert [one.exit_code for one in ends if isinstance(one, ContainerEnded)] == [status]


@pytest.mark.parametrize(
    ("attack", "most"),
    [
        ("threads", PIDS),
        ("zombies", PIDS),
        ("open_files", OPEN_FILES),
        ("sockets", OPEN_FILES),
        ("inodes", TMP_INODES),
    ],
)
def test_it_gets_as_many_as_it_may_and_no_more(gauntlet: Ran, attack: str, most: int) -> None:
    told = found(gauntlet, attack)
    assert told["refused"] is not None
    assert 0 < told["made"] <= most


def test_orphans_are_taken_by_the_init_process(gauntlet: Ran) -> None:
    assert found(gauntlet, "orphans")["processes"] <= INIT_AND_ITSELF + 1


def test_nothing_is_written_outside_the_scratch(gauntlet: Ran) -> None:
    told = found(gauntlet, "root_disk")
    assert told
    assert "WRITTEN" not in told.values()


def test_floods_leave_no_more_than_a_tail_for_the_evaluator(gauntlet: Ran) -> None:
    containers = len(gauntlet.entries_of(ContainerEnded))
    assert len(gauntlet.log) <= containers * 64 * 1024
    assert len(gauntlet.log) < LIMITS.output_mib * MIB


def test_a_vendors_own_words_are_nowhere_in_the_journal(gauntlet: Ran) -> None:
    told = " ".join(repr(one) for one in gauntlet.entries)
    assert "patient 17" not in told
    assert "Segmentation" not in told
