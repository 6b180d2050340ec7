"""The whole story: submission + partition -> run -> scorecard -> release -> MLflow -> report. The stages in order."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from nccid_eval import archive, partition, predictions, report, sandbox, scoring, submission, tracking
from nccid_eval.archive import RunFolder
from nccid_eval.engine import Engine
from nccid_eval.errors import Interrupted, JournalError, PartitionError, SubmissionError
from nccid_eval.journal import Journal, RunOpened, read
from nccid_eval.records import (
    Assessment,
    Evaluation,
    Limits,
    Plan,
    Predictions,
    RunFacts,
    RunRequest,
    Scorecard,
    Truth,
)

PRINTABLE = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the stages get from outside: the engine, what tells a person how it goes, and where MLflow is."""

    engine: Engine
    say: Callable[[str], None]
    progress: Callable[[str, int, int], None]  # stage, done, total
    tracking_uri: str  # "" for none
    experiment: str
    workers: int
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    evaluation: Evaluation
    run: RunFolder
    report: Path
    mlflow_run: str = ""


def evaluate(
    submission_folder: Path,
    partition_folder: Path,
    *,
    plan: Plan,
    limits: Limits,
    reports: Path,
    seed: int,
    gpu: str,
    around: Surroundings,
) -> Finished:
    """One evaluation from the start. `gpu` is auto, none or a device's index."""
    entered = submission.load(submission_folder, limits)
    unseen = partition.load(partition_folder)
    device = sandbox.choose_gpu(gpu, entered.container.gpu, [one.index for one in around.engine.gpus()])
    cases, steps = partition.eligible(unseen, entered.indications)
    if not cases.case:
        raise SubmissionError(
            "no case of the partition is within the indications of use",
            where=str(submission_folder / "submission.toml"),
            mend="widen [indications], or use a partition with such cases",
        )
    around.say(f"partition {unseen.digest[:19]}…: {len(cases.case)} of {len(unseen.cases.case)} cases are eligible")
    partition.verify(partition_folder, workers=around.workers, progress=_stage(around, "verify partition"))
    around.say(f"intake of {entered.container.image}")
    image = submission.admit(entered, around.engine)
    around.say(f"image {image.id[:19]}… admitted")
    assessment = Assessment(
        run_id=archive.run_id(entered, datetime.now(UTC), secrets.token_hex(2)),
        submission=entered,
        partition=unseen,
        image=image,
        cases=cases,
        flow=(*unseen.flow, *steps),
        plan=plan,
        limits=limits,
        gpu=device,
        seed=seed,
        commit=around.commit,
    )
    run = archive.create(reports / assessment.run_id)
    archive.save_assessment(run, assessment)
    return _carry_on(run, assessment, around)


def resume(run: RunFolder, around: Surroundings) -> Finished:
    """Go on with a run that was interrupted; nothing that is answered is asked again."""
    assessment = archive.load_assessment(run)
    unseen = partition.load(assessment.partition.folder)
    if unseen.digest != assessment.partition.digest:
        raise PartitionError(
            "the partition is not the one that this run began on",
            where=str(assessment.partition.folder),
            mend="put that version back, or start a new run",
        )
    partition.verify(unseen.folder, workers=around.workers, progress=_stage(around, "verify partition"))
    if around.engine.image_configuration(assessment.image.id) is None:
        image = submission.admit(assessment.submission, around.engine)
        if image.id != assessment.image.id:
            raise SubmissionError(
                "the image has changed since this run began",
                where=str(assessment.submission.folder),
                mend="put the image back, or start a new run",
            )
    return _carry_on(run, assessment, around)


def _carry_on(run: RunFolder, assessment: Assessment, around: Surroundings) -> Finished:
    facts = _run_container(run, assessment, around)
    around.say("scoring")
    truth = _truth(assessment)
    answered = predictions.align(_predictions(run, assessment), truth)
    archive.save_predictions(run, answered, truth)
    done = _finish(run, assessment, facts, _score(assessment, answered, truth, assessment.plan), truth)
    if not around.tracking_uri:
        return done
    around.say(f"logging to MLflow at {around.tracking_uri}")
    mlflow_run = tracking.log(done.evaluation, run.release, uri=around.tracking_uri, experiment=around.experiment)
    return replace(done, mlflow_run=mlflow_run)


def _run_container(run: RunFolder, assessment: Assessment, around: Surroundings) -> RunFacts:
    """Ask what is left. The reference standard is not loaded before the last container is gone."""
    sandbox.reap(around.engine, time.time())
    request = _request(assessment)
    try:
        with Journal(run.journal) as journal:
            _claim(journal, assessment)
            sandbox.execute(
                request,
                around.engine,
                journal,
                clock=time.monotonic,
                progress=_stage(around, "cases"),
                log=lambda text: archive.append_log(run.container_log, readable(text)),
            )
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; what was answered is kept",
            where=str(run.root),
            mend=f"go on with: nccid-eval evaluate --resume {run.root}",
        ) from None
    return sandbox.sandbox_run(request, read(run.journal)).facts


def _claim(journal: Journal, assessment: Assessment) -> None:
    """Open a fresh journal, or make sure that this one is of this very run."""
    identity = archive.identity(assessment)
    opened = next((entry for entry in journal.entries if isinstance(entry, RunOpened)), None)
    if opened is None:
        started = datetime.now(UTC).isoformat(timespec="seconds")
        journal.append([RunOpened(run_id=assessment.run_id, identity=identity, started=started)])
    elif opened.identity != identity:
        raise JournalError(
            "the journal belongs to another run", where=str(journal.path), mend="restore its assessment.json"
        )


def rescore(run: RunFolder, plan: Plan | None) -> Finished:
    """Score a finished run again from its folder alone, by its own plan or by another."""
    assessment = archive.load_assessment(run)
    facts = sandbox.sandbox_run(_request(assessment), read(run.journal)).facts
    truth = predictions.read_truth(run.private / "truth.csv")
    answered = predictions.align(_predictions(run, assessment), truth)
    card = _score(assessment, answered, truth, plan or assessment.plan)
    return _finish(run, assessment, facts, card, truth)


def score_files(
    predictions_file: Path,
    truth_file: Path,
    *,
    threshold: float,
    plan: Plan,
    gate: bool,
    target: str,
    out: Path,
    commit: str,
) -> tuple[Evaluation, Path]:
    """The same scoring for predictions that were made elsewhere; nothing is written before both files are sound."""
    truth = predictions.read_truth(truth_file)
    answered = predictions.align(predictions.read_predictions(predictions_file), truth)
    card = scoring.score(answered, truth, plan, target=target, threshold=threshold, partition_digest="")
    run = archive.create(out)
    archive.save_predictions(run, answered, truth)
    archive.write_json(run.private / "scorecard.json", scoring.to_json(card))
    released = scoring.gate(card, truth, plan.minimum_patients) if gate else card
    evaluation = Evaluation(
        run_id=out.name, scorecard=released, flow=(), submission=None, partition=None, run=None, commit=commit
    )
    _release(run, evaluation)
    return evaluation, report.write(evaluation, run.release)


def rerender(run: RunFolder) -> Path:
    """Write the report again from what the run folder holds."""
    assessment = archive.load_assessment(run)
    facts = sandbox.sandbox_run(_request(assessment), read(run.journal)).facts
    card = scoring.from_json(archive.read_json(run.release / "scorecard.json"))
    return report.write(_evaluation(assessment, facts, card), run.release)


def _finish(run: RunFolder, assessment: Assessment, facts: RunFacts, card: Scorecard, truth: Truth) -> Finished:
    """From the full scorecard to what may leave: gate, release, report."""
    archive.write_json(run.private / "scorecard.json", scoring.to_json(card))
    released = scoring.gate(card, truth, card.plan.minimum_patients)
    evaluation = _evaluation(assessment, facts, released)
    _release(run, evaluation)
    page = report.write(evaluation, run.release)
    return Finished(evaluation=evaluation, run=run, report=page)


def _release(run: RunFolder, evaluation: Evaluation) -> None:
    archive.save_release(run, evaluation)
    archive.write_json(run.release / "scorecard.json", scoring.to_json(evaluation.scorecard))


def _evaluation(assessment: Assessment, facts: RunFacts, card: Scorecard) -> Evaluation:
    return Evaluation(
        run_id=assessment.run_id,
        scorecard=card,
        flow=assessment.flow,
        submission=assessment.submission,
        partition=assessment.partition,
        run=facts,
        commit=assessment.commit,
    )


def _score(assessment: Assessment, answered: Predictions, truth: Truth, plan: Plan) -> Scorecard:
    return scoring.score(
        answered,
        truth,
        plan,
        target=assessment.submission.indications.target,
        threshold=assessment.submission.threshold,
        partition_digest=assessment.partition.digest,
    )


def _request(assessment: Assessment) -> RunRequest:
    return RunRequest(
        run_id=assessment.run_id,
        image_id=assessment.image.id,
        input_dir=assessment.partition.folder / "cases",
        cases=assessment.cases,
        needs=assessment.submission.container,
        limits=assessment.limits,
        gpu=assessment.gpu,
        seed=assessment.seed,
    )


def _predictions(run: RunFolder, assessment: Assessment) -> Predictions:
    return predictions.from_results(sandbox.sandbox_run(_request(assessment), read(run.journal)).results)


def _truth(assessment: Assessment) -> Truth:
    """The reference standard of the eligible cases, in the order of the assessment's cases."""
    whole = partition.load_truth(assessment.partition.folder)
    place = {case: index for index, case in enumerate(whole.case)}
    rows = np.array([place[case] for case in assessment.cases.case], dtype=np.intp)
    return Truth(
        case=whole.case[rows],
        patient=whole.patient[rows],
        label=whole.label[rows],
        attributes={name: values[rows] for name, values in whole.attributes.items()},
    )


def _stage(around: Surroundings, stage: str) -> Callable[[int, int], None]:
    return lambda done, total: around.progress(stage, done, total)


def readable(log: bytes) -> str:
    """A container's log for the evaluator's eyes: control characters out, whatever the bytes were."""
    with suppress(ValueError):
        return log.decode("utf-8", errors="replace").translate(PRINTABLE)
    return ""
