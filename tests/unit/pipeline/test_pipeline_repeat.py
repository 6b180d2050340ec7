"""The order check's arithmetic and its sample, and how its input is laid out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.pipeline.assessments import assessment, facts, result

from nccid_eval.archive import RunFolder
from nccid_eval.pipeline import repeat
from nccid_eval.records import CaseResult, Outcome, SandboxRun

SCORES = st.integers(0, 10**6).map(lambda number: number / 10**6)


def pairs(*scores: tuple[float | None, float | None]) -> list[tuple[CaseResult, CaseResult]]:
    return [(result(f"c{at}", one), result(f"n{at}", two)) for at, (one, two) in enumerate(scores)]


def test_the_largest_change_and_what_crossed() -> None:
    found = repeat.compare(pairs((0.2, 0.2), (0.40, 0.43), (0.6, 0.45), (0.9, 0.9)), 0.42)
    assert (found.asked, found.compared, found.crossed, found.failed) == (4, 4, 1, 0)
    assert found.largest_change == 0.15


def test_a_score_on_the_threshold_is_positive() -> None:
    assert repeat.compare(pairs((0.5, 0.499999)), 0.5).crossed == 1
    assert repeat.compare(pairs((0.5, 0.500001)), 0.5).crossed == 0


def test_what_is_not_answered_again_is_counted_and_not_compared() -> None:
    found = repeat.compare(pairs((0.5, None), (0.7, 0.7)), 0.5)
    assert (found.asked, found.compared, found.failed, found.largest_change) == (2, 1, 1, 0.0)


def test_a_case_that_killed_the_harness_is_no_failure_of_the_model() -> None:
    ours = CaseResult(case="n", outcome=Outcome.POISON, score=None, error="", latency_s=0.0)
    found = repeat.compare([(result("c", 0.5), ours)], 0.5)
    assert (found.compared, found.failed, found.largest_change) == (0, 0, None)


@given(st.lists(st.tuples(SCORES, SCORES), min_size=1), SCORES)
def test_a_change_has_as_many_decimals_as_a_score(scores: list[tuple[float, float]], threshold: float) -> None:
    found = repeat.compare(pairs(*scores), threshold)
    assert found.largest_change == max(round(abs(one - two), 6) for one, two in scores)
    assert found.crossed <= sum(one != two for one, two in scores)


def run_of(answered: int, failed: int) -> SandboxRun:
    results = [result(f"c{at:03}", 0.5 if at < answered else None) for at in range(answered + failed)]
    return SandboxRun(results=tuple(results), facts=facts())


def test_the_sample_is_of_answered_cases_and_always_the_same() -> None:
    asked = run_of(answered=80, failed=20)
    names = repeat.new_names(assessment(repeat_cases=30), asked)
    assert len(names) == len(set(names.values())) == 30
    assert names == repeat.new_names(assessment(repeat_cases=30), asked)
    answered = {one.case for one in asked.results if one.outcome is Outcome.OK}
    assert set(names) < answered
    assert not set(names.values()) & {one.case for one in asked.results}


def test_new_names_look_like_the_partition_s_and_differ_from_run_to_run() -> None:
    asked = run_of(answered=9, failed=0)
    names = repeat.new_names(assessment(repeat_cases=50), asked)
    assert len(names) == 9
    assert all(len(name) == 12 and set(name) <= set("abcdefghijklmnopqrstuvwxyz234567") for name in names.values())
    other = repeat.new_names(assessment(repeat_cases=50, run_id="another"), asked)
    assert not set(names.values()) & set(other.values())


@pytest.mark.parametrize(
    ("changes", "answered", "why"),
    [
        ({"protocol": "nccid-batch/1"}, 3, "in one go"),
        ({"repeat_cases": 0}, 3, "repeat_cases = 0"),
        ({}, 0, "no case was answered"),
        ({}, 3, "not made in this run"),
    ],
)
def test_where_there_is_none_it_is_said_why(
    changes: dict[str, object], answered: int, why: str, tmp_path: Path
) -> None:
    found = repeat.order_check(run_folder(tmp_path), assessment(**changes), run_of(answered, 1))
    assert why in found.not_available
    assert (found.asked, found.largest_change) == (0, None)


def run_folder(root: Path) -> RunFolder:
    (root / "private").mkdir()
    return RunFolder(root=root)


def test_the_input_is_a_copy_that_tells_neither_time_nor_kinship(tmp_path: Path) -> None:
    for case in ("one", "two"):
        (tmp_path / "cases" / case).mkdir(parents=True)
        for number in range(2):
            (tmp_path / "cases" / case / f"{number:04}.dcm").write_text(f"{case} {number}")
    repeat.stage(tmp_path / "cases", tmp_path / "staged", {"one": "zzz", "two": "aaa"})
    made = tmp_path / "staged" / "cases"
    assert sorted(path.relative_to(tmp_path / "staged").as_posix() for path in (tmp_path / "staged").rglob("*")) == [
        "cases",
        *("cases/aaa", "cases/aaa/0000.dcm", "cases/aaa/0001.dcm"),
        *("cases/zzz", "cases/zzz/0000.dcm", "cases/zzz/0001.dcm"),
    ]
    assert (made / "zzz" / "0001.dcm").read_text() == "one 1"
    for path in (made, *made.rglob("*")):
        assert path.stat().st_mtime == 0
        assert path.stat().st_mode & 0o044 == 0o044
    assert {path.stat().st_nlink for path in made.rglob("*.dcm")} == {1}
