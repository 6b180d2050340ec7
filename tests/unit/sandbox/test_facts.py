from __future__ import annotations

from pathlib import Path

import pytest
from tests.hostile.ground import run_request

from nccid_eval.errors import JournalError
from nccid_eval.journal import (
    Answered,
    ContainerEnded,
    ContainerReady,
    Entry,
    RunClosed,
    RunOpened,
    SandboxApplied,
)
from nccid_eval.records import CaseResult, Outcome, SandboxRun
from nccid_eval.sandbox import sandbox_run

OPENED = RunOpened(run_id="run", identity="i", started="2021-05-28T09:30:00")
APPLIED = SandboxApplied(engine="docker", options={"network": "none"}, versions={"kernel": "6"})
READY = ContainerReady(ready_s=3.0, max_batch=2)
CLOSED = RunClosed(finished="2021-05-28T09:31:00")


def answered(latency_s: float, *cases: str) -> Answered:
    rows = tuple(CaseResult(case=one, outcome=Outcome.OK, score=0.5, error="", latency_s=0.0) for one in cases)
    return Answered(latency_s=latency_s, results=rows)


def ended(peak: float | None) -> ContainerEnded:
    return ContainerEnded(reason="", exit_code=0, memory_peak_mib=peak)


def told(folder: Path, *entries: Entry) -> SandboxRun:
    return sandbox_run(run_request(folder, "honest", cases=("a", "b", "c", "d")), entries)


def test_results_come_in_the_order_of_the_request(tmp_path: Path) -> None:
    done = told(tmp_path, OPENED, READY, answered(1.0, "d", "b"), answered(1.0, "a"), answered(1.0, "c"), CLOSED)
    assert [one.case for one in done.results] == ["a", "b", "c", "d"]


def test_latency_is_a_cases_and_the_first_request_of_each_container_stands_apart(tmp_path: Path) -> None:
    entries = [READY, answered(8.0, "a", "b"), READY, answered(6.0, "c"), answered(2.0, "d")]
    facts = told(tmp_path, OPENED, APPLIED, *entries, CLOSED).facts
    assert (facts.latency_first_s, facts.latency_median_s, facts.latency_p95_s) == (4.0, 2.0, 2.0)
    assert (facts.ready_s, facts.max_batch, facts.containers) == (3.0, 2, 2)
    assert (facts.engine, facts.options, facts.versions) == ("docker", {"network": "none"}, {"kernel": "6"})


def test_a_run_that_no_container_answered_has_no_latency(tmp_path: Path) -> None:
    facts = told(tmp_path, OPENED, answered(0.0, "a", "b", "c", "d"), CLOSED).facts
    assert (facts.latency_first_s, facts.latency_median_s, facts.memory_peak_mib) == (0.0, 0.0, None)


def test_the_peak_is_the_largest_of_all_containers(tmp_path: Path) -> None:
    whole = answered(1.0, "a", "b", "c", "d")
    facts = told(tmp_path, OPENED, READY, ended(None), READY, whole, ended(90.5), ended(80.0), CLOSED).facts
    assert facts.memory_peak_mib == 90.5


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [OPENED, answered(1.0, "a", "b", "c", "d")],
        [OPENED, answered(1.0, "a", "b", "c"), CLOSED],
        [OPENED, answered(1.0, "a", "b", "c", "d", "e"), CLOSED],
        [answered(1.0, "a", "b", "c", "d"), CLOSED],
    ],
)
def test_a_run_that_is_not_finished_tells_nothing(tmp_path: Path, entries: list[Entry]) -> None:
    with pytest.raises(JournalError, match="not finished"):
        told(tmp_path, *entries)
