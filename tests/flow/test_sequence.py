"""The steps of an assessment: canary, synthetic set, unseen partition, order check; each only when it may be."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from tests.flow import chosen
from tests.flow.bright import IMAGE_ID, PlainEngine, around, quick_plan, write_submission
from tests.ground import ROOT

from nccid_eval import archive, journal, partition, pipeline
from nccid_eval.archive import RunFolder
from nccid_eval.config import load_limits
from nccid_eval.errors import ImageRefused, JournalError, RehearsalFailed
from nccid_eval.journal import Answered, Attempted, ContainerReady, Entry
from nccid_eval.pipeline import Finished
from nccid_eval.records import OrderCheck


def evaluate(built: Path, work: Path, engine: PlainEngine) -> Finished:
    return pipeline.evaluate(
        write_submission(work / "submission", f"brightness@{IMAGE_ID}"),
        built,
        plan=quick_plan(),
        limits=load_limits(ROOT / "configs" / "limits.toml"),
        reports=work / "reports",
        seed=1,
        gpu="auto",
        around=around(engine),
    )


def only_run(work: Path) -> RunFolder:
    (root,) = (work / "reports").iterdir()
    return RunFolder(root=root)


def of(kind: type[Entry], path: Path) -> list[Any]:
    return [entry for entry in journal.read(path) if isinstance(entry, kind)]


@pytest.fixture(scope="module")
def honest(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    work = tmp_path_factory.mktemp("honest")
    return evaluate(built, work, PlainEngine(SEEN=str(work / "seen")))


def test_an_honest_model_answers_the_same_again(honest: Finished) -> None:
    found = honest.evaluation.order_check
    assert found == OrderCheck(asked=50, compared=50, largest_change=0.0, crossed=0, failed=0)
    assert "0: every answer was the same" in honest.report.read_text()
    assert "does not always give the same answer" not in honest.report.read_text()
    record = json.loads((honest.run.release / "run.json").read_text())
    assert record["order_check"]["compared"] == 50
    assert record["rehearsal"] == {"cases": 13, "declined": 0, "failed": 0}


def test_each_step_has_a_container_and_a_journal_of_its_own(honest: Finished) -> None:
    cases = {}
    for step in ("canary", "synthetic", "journal", "repeat"):
        path = honest.run.private / f"{step}.log"
        assert len(of(ContainerReady, path)) == 1
        cases[step] = {result.case for entry in of(Answered, path) for result in entry.results}
    assert [len(asked) for asked in cases.values()] == [1, 12, honest.evaluation.scorecard.counts.cases, 50]
    assert cases["canary"] < cases["synthetic"]
    assert not cases["synthetic"] & cases["journal"]
    assert not cases["repeat"] & cases["journal"]
    assert not honest.run.staged.exists()


def test_asked_again_in_other_batches(honest: Finished) -> None:
    sizes = [len(entry.results) for entry in of(Answered, honest.run.journal_of("repeat"))]
    assert set(sizes) == {2}  # half of the model's four


def test_an_order_check_is_the_same_when_scored_and_rendered_again(honest: Finished) -> None:
    page = honest.report.read_bytes()
    again = pipeline.rescore(honest.run).evaluation
    assert (again.order_check, again.rehearsal) == (honest.evaluation.order_check, honest.evaluation.rehearsal)
    assert pipeline.rerender(honest.run).read_bytes() == page


def test_a_model_that_remembers_is_caught_and_its_scores_stay(built: Path, tmp_path: Path) -> None:
    done = evaluate(built, tmp_path, PlainEngine(BEHAVIOUR="order"))
    found = done.evaluation.order_check
    assert found is not None
    assert found.largest_change is not None
    assert found.largest_change > 0.01
    assert found.crossed > 0
    assert chosen.in_order_check(asdict(found)) == []
    assert "The model does not always give the same answer" in done.report.read_text()
    first = {result.case: result.score for entry in of(Answered, done.run.journal) for result in entry.results}
    rows = [line.split(",") for line in (done.run.private / "predictions.csv").read_text().splitlines()[1:]]
    assert {case: float(score) for case, score, _ in rows} == first


def test_none_is_asked_again_where_the_limits_say_so(run_of: Callable[[str], Finished]) -> None:
    done = run_of("nan")
    assert not done.run.journal_of("repeat").exists()
    assert done.evaluation.order_check is not None
    assert "repeat_cases = 0" in done.evaluation.order_check.not_available
    assert "Not available: the limits ask for none" in done.report.read_text()


def test_what_fails_on_the_canary_never_sees_an_unseen_case(built: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    with pytest.raises(RehearsalFailed, match="failed on 1 of 1 synthetic cases") as caught:
        evaluate(built, tmp_path, PlainEngine(BEHAVIOUR="crash", SEEN=str(seen)))
    run = only_run(tmp_path)
    assert not run.journal.exists()
    names = set(seen.read_text().split())
    (tried,) = run.private.glob("canary-failed-*.log")
    assert names >= {case for entry in of(Attempted, tried) for case in entry.cases}
    assert not run.staged.exists()
    assert not names & set(partition.load(built).cases.case)
    assert "no [31mkernel[0m image for" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(JournalError, match="not finished"):
        pipeline.rescore(run)
    told = archive.read_json(run.release / "rehearsal.json")
    assert (told["step"], told["failures"]) == ("canary", {"exited": 1})
    letter = (run.release / "letter.html").read_text()
    assert "Your model was not scored" in letter
    assert str(tmp_path) not in letter
    assert "letter.html\n" in (run.release / archive.SUMS).read_text()


def test_a_resume_asks_the_step_that_failed_and_none_before_it(built: Path, tmp_path: Path) -> None:
    with pytest.raises(RehearsalFailed, match="synthetic cases"):
        evaluate(built, tmp_path, PlainEngine(BEHAVIOUR="later"))
    run = only_run(tmp_path)
    canary = run.journal_of("canary").read_bytes()
    assert not run.journal.exists()
    with pytest.raises(RehearsalFailed):
        pipeline.resume(run, around(PlainEngine(BEHAVIOUR="later")))
    failed = sorted(path.name for path in run.private.glob("*-failed-*.log"))
    assert failed == ["synthetic-failed-1.log", "synthetic-failed-2.log"]
    done = pipeline.resume(run, around(PlainEngine()))
    assert run.journal_of("canary").read_bytes() == canary
    assert done.evaluation.rehearsal is not None
    assert done.evaluation.rehearsal.failed == 0
    assert not (run.release / "rehearsal.json").exists()
    assert "Your model was not scored" not in (run.release / "letter.html").read_text()


def test_a_model_that_fails_now_and_then_is_let_through_to_be_scored(run_of: Callable[[str], Finished]) -> None:
    done = run_of("nan")
    assert done.evaluation.rehearsal is not None
    assert 0 < done.evaluation.rehearsal.failed <= 3
    assert done.evaluation.scorecard.counts.failures


class IdleEngine(PlainEngine):
    """Has no image and can start nothing."""

    def image_configuration(self, reference: str) -> Mapping[str, Any] | None:
        return None

    def create(self, spec: Any) -> Any:
        raise AssertionError(f"a container of {spec.image_id} was asked for")


def test_a_finished_run_is_resumed_without_an_image_and_cleaned_of_what_a_kill_left(honest: Finished) -> None:
    before = (honest.run.release / "scorecard.json").read_bytes()
    (honest.run.staged / "cases" / "left").mkdir(parents=True)
    done = pipeline.resume(honest.run, around(IdleEngine()))
    assert (done.run.release / "scorecard.json").read_bytes() == before
    assert done.evaluation.order_check == honest.evaluation.order_check
    assert not honest.run.staged.exists()


class SwappedEngine(PlainEngine):
    """Holds another image under the same name once so many containers were made."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def create(self, spec: Any) -> Any:
        self.after -= 1
        return super().create(spec)

    def image_configuration(self, reference: str) -> Mapping[str, Any] | None:
        found = super().image_configuration(reference)
        if found is None or self.after > 0:
            return found
        return {**found, "RootFS": {"Layers": ["sha256:" + "e" * 64]}}


@pytest.mark.parametrize(("containers", "last"), [(1, "canary.log"), (2, "synthetic.log"), (3, "journal.log")])
def test_an_image_that_changes_between_steps_is_refused(
    built: Path, tmp_path: Path, containers: int, last: str
) -> None:
    with pytest.raises(ImageRefused, match="not the one that was admitted"):
        evaluate(built, tmp_path, SwappedEngine(after=containers))
    private = only_run(tmp_path).private
    steps = ["canary.log", "synthetic.log", "journal.log", "repeat.log"]
    answered = [name for name in steps if (private / name).exists() and of(Answered, private / name)]
    assert answered[-1] == last
