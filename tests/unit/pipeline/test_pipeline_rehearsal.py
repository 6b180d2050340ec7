"""The synthetic set fits every indication, and the bar that a model has to clear on it."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import dcmread
from tests.ground import ROOT
from tests.unit.pipeline.assessments import assessment, result

from nccid_eval import partition
from nccid_eval.archive import RunFolder
from nccid_eval.config import load_partition_rules
from nccid_eval.errors import RehearsalFailed, SubmissionError
from nccid_eval.journal import Answered, ContainerEnded, Entry, Journal, RunClosed
from nccid_eval.pipeline import rehearsal
from nccid_eval.pipeline.run import Step, request
from nccid_eval.records import Indications, Outcome, Partition, PartitionRules

UNITS = ("image", "study")


def rules(unit: str = "image") -> PartitionRules:
    narrow = load_partition_rules(ROOT / "configs" / "partition.toml")
    return replace(narrow, case=unit, positive_days_before=0, positive_days_after=0, negative_days=0)


@pytest.fixture(scope="module", params=UNITS)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Partition:
    return rehearsal.build_set(run_folder(tmp_path_factory.mktemp(request.param)), rules(request.param), workers=2)


def run_folder(root: Path) -> RunFolder:
    for name in ("private", "release"):
        (root / name).mkdir()
    return RunFolder(root=root)


@pytest.mark.parametrize(
    ("modalities", "views"),
    list(itertools.product((("DX",), ("CR",), ("DX", "CR")), (("AP",), ("PA",), ("AP", "PA")))),
)
def test_there_are_cases_for_every_indication(
    built: Partition, modalities: tuple[str, ...], views: tuple[str, ...]
) -> None:
    wanted = Indications(
        target="covid_positive", modalities=modalities, views=views, min_age_years=18, uses_demographics=False
    )
    cases, _ = partition.eligible(built, wanted)
    assert len(cases.case) >= 3 * len(modalities) * len(views) * (0.6 if built.rules.case == "study" else 1)


def test_the_set_is_the_same_on_each_machine_and_found_again_on_resume(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = run_folder(tmp_path / "one"), run_folder(tmp_path / "two")
    first = rehearsal.build_set(one, rules(), workers=1)
    (two.private / "warehouse" / "left of a killed harness").mkdir(parents=True)
    assert rehearsal.build_set(two, rules(), workers=2).digest == first.digest
    assert [path.name for path in two.private.iterdir()] == ["staged"]
    made = (one.staged / "manifest.json").stat().st_mtime_ns
    assert rehearsal.build_set(one, rules(), workers=1).digest == first.digest
    assert (one.staged / "manifest.json").stat().st_mtime_ns == made


def test_where_nobody_is_old_enough_the_age_is_passed_over(tmp_path: Path) -> None:
    asked = assessment()
    old = replace(asked.submission.indications, min_age_years=119, modalities=("DX",), views=("AP",))
    run = run_folder(tmp_path)
    built = rehearsal.build_set(run, asked.partition.rules, workers=1)
    with pytest.raises(SubmissionError):
        partition.eligible(built, old)
    asked = replace(asked, submission=replace(asked.submission, indications=old))
    assert len(rehearsal.synthetic_cases(run, asked, workers=1).case) >= 3


def test_a_model_for_ct_is_rehearsed_on_series(tmp_path: Path) -> None:
    asked = assessment()
    volumes = replace(asked.partition.rules, case="series", modalities=("CT",))
    ground = replace(asked.submission.indications, modalities=("CT",))
    asked = replace(
        asked,
        submission=replace(asked.submission, indications=ground),
        partition=replace(asked.partition, rules=volumes),
    )
    found = rehearsal.synthetic_cases(run_folder(tmp_path), asked, workers=1)
    assert len(found.case) >= 4
    assert min(found.files) >= 10


def test_an_outcome_is_rehearsed_on_the_same_cases(tmp_path: Path) -> None:
    asked = assessment()
    dead = replace(asked.partition.rules, target="death", unit="patient", index="nearest", swabs=("rt_pcr",))
    ground = replace(asked.submission.indications, target="death")
    asked = replace(
        asked,
        submission=replace(asked.submission, indications=ground),
        partition=replace(asked.partition, rules=dead),
    )
    run = run_folder(tmp_path)
    assert len(rehearsal.synthetic_cases(run, asked, workers=1).case) >= 3
    assert partition.load(run.staged).rules.swabs == ("rt_pcr", "status", "positive_date")


def test_a_model_that_uses_age_and_sex_is_shown_them_beforehand(tmp_path: Path) -> None:
    asked = assessment()
    told = replace(asked.partition.rules, demographics=True)
    uses = replace(asked.submission.indications, uses_demographics=True)
    asked = replace(
        asked, submission=replace(asked.submission, indications=uses), partition=replace(asked.partition, rules=told)
    )
    run = run_folder(tmp_path)
    found = rehearsal.synthetic_cases(run, asked, workers=1)
    headers = [dcmread(run.staged / "cases" / case / "0000.dcm", stop_before_pixels=True) for case in found.case]
    assert {ds.PatientSex for ds in headers} == {"F", "M"}
    assert all(18 <= int(ds.PatientAge[:3]) <= 90 for ds in headers)


def step_of(run: RunFolder, *entries: Entry) -> Step:
    with Journal(run.journal_of("synthetic")) as journal:
        journal.append(entries)
    return Step(
        name="synthetic cases",
        request=request(assessment()),
        journal=run.journal_of("synthetic"),
        log=run.log_of("synthetic"),
    )


def answers(outcomes: list[Outcome]) -> Answered:
    given = [replace(result(f"c{at}", None), outcome=outcome) for at, outcome in enumerate(outcomes)]
    return Answered(latency_s=0.1, results=tuple(given))


def outcomes(failed: int, of: int, kind: Outcome = Outcome.TIMEOUT) -> list[Outcome]:
    return [kind] * failed + [Outcome.OK] * (of - failed)


@pytest.mark.parametrize(
    ("given", "passes"),
    [
        (outcomes(0, 1), True),
        (outcomes(1, 1), False),
        (outcomes(1, 1, Outcome.DECLINED), True),
        (outcomes(1, 1, Outcome.POISON), True),
        (outcomes(3, 12), True),
        (outcomes(4, 12), False),
        (outcomes(12, 12, Outcome.DECLINED), True),
        (outcomes(12, 12, Outcome.MALFORMED), False),
    ],
)
def test_more_than_a_quarter_failed_is_too_much(given: list[Outcome], passes: bool, tmp_path: Path) -> None:
    run = run_folder(tmp_path)
    step = step_of(run, answers(given), RunClosed(finished="2021-05-28T09:30:00+00:00"))
    assert rehearsal.passed(run, "synthetic") is passes
    if passes:
        rehearsal.judge(run, step, "synthetic", assessment().submission)
        assert step.journal.exists()
        return
    with pytest.raises(RehearsalFailed):
        rehearsal.judge(run, step, "synthetic", assessment().submission)
    assert not rehearsal.passed(run, "synthetic")


def test_a_failed_rehearsal_tells_counts_reasons_and_the_last_words(tmp_path: Path) -> None:
    run = run_folder(tmp_path)
    ended = ContainerEnded(reason="no answer in time", exit_code=None, memory_peak_mib=None, outcome=Outcome.TIMEOUT)
    step = step_of(run, ended, answers(outcomes(6, 12)))
    step.log.write_text("".join(f"line {at} {'x' * 400}\n" for at in range(40)))
    with pytest.raises(RehearsalFailed) as caught:
        rehearsal.judge(run, step, "synthetic", assessment().submission)
    text = str(caught.value)
    assert "6 of 12 synthetic cases (timeout 6: no answer in time)" in text
    assert "line 39" in text
    assert "line 27" not in text
    assert max(map(len, text.splitlines())) < 350
    assert caught.value.safe_for_vendor
    told = json.loads((run.release / "rehearsal.json").read_text())
    assert (told["failures"], told["reasons"]) == ({"timeout": 6}, ["no answer in time"])
    assert told["model"] == assessment().submission.name


def test_nothing_is_found_where_there_was_none(tmp_path: Path) -> None:
    assert rehearsal.found(run_folder(tmp_path)) is None


def test_what_was_found_counts_both_steps(tmp_path: Path) -> None:
    run = run_folder(tmp_path)
    step_of(run, answers([Outcome.OK, Outcome.DECLINED, Outcome.OOM, Outcome.POISON]))
    with Journal(run.journal_of("canary")) as journal:
        journal.append([Answered(latency_s=0.1, results=(result("a", 0.5),))])
    found = rehearsal.found(run)
    assert found is not None
    assert (found.cases, found.declined, found.failed) == (5, 1, 1)
