"""From answers to what may leave: score, gate, release, report. Nothing here needs an engine or a partition."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nccid_eval import archive, predictions, report, scoring
from nccid_eval.archive import RunFolder
from nccid_eval.pipeline.run import answers
from nccid_eval.records import (
    Assessment,
    CaseResult,
    Evaluation,
    FlowStep,
    Outcome,
    Plan,
    RunFacts,
    SandboxRun,
    Scorecard,
    Truth,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    evaluation: Evaluation
    run: RunFolder
    report: Path
    mlflow_run: str = ""


def score_run(
    run: RunFolder, assessment: Assessment, asked: SandboxRun, truth: Truth, plan: Plan | None = None
) -> Finished:
    """Score a finished run by its own plan or by another, and write everything that comes of it."""
    left_out = {result.case for result in asked.results if result.outcome is Outcome.POISON}
    scored = _only(truth, [case for case in assessment.cases.case if case not in left_out])
    kept = [result for result in asked.results if result.case not in left_out]
    answered = predictions.align(predictions.from_results(kept), scored)
    archive.save_predictions(run, answered, scored)
    card = scoring.score(
        answered,
        scored,
        plan or assessment.plan,
        target=assessment.submission.indications.target,
        threshold=assessment.submission.threshold,
        partition_digest=assessment.partition.digest,
        probability=assessment.submission.probability,
    )
    archive.write_json(run.private / "scorecard.json", scoring.to_json(card))
    released = scoring.gate(card, scored, card.plan.minimum_patients)
    return _release(run, _evaluation(assessment, asked.facts, released, asked.results))


def rescore(run: RunFolder, plan: Plan | None) -> Finished:
    """Score a finished run again from its folder alone."""
    assessment = archive.load_assessment(run)
    asked = answers(run, assessment)
    return score_run(run, assessment, asked, predictions.read_truth(run.private / "truth.csv"), plan)


def rerender(run: RunFolder) -> Path:
    """Write the report again from what the run folder holds."""
    assessment = archive.load_assessment(run)
    asked = answers(run, assessment)
    card = scoring.from_json(archive.read_json(run.release / "scorecard.json"))
    return report.write(_evaluation(assessment, asked.facts, card, asked.results), run.release)


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
    probability: bool = False,
) -> Finished:
    """The same scoring for predictions that were made elsewhere; nothing is written before both files are sound."""
    truth = predictions.read_truth(truth_file)
    answered = predictions.align(predictions.read_predictions(predictions_file), truth)
    card = scoring.score(
        answered, truth, plan, target=target, threshold=threshold, partition_digest="", probability=probability
    )
    run = archive.create(out)
    archive.save_predictions(run, answered, truth)
    archive.write_json(run.private / "scorecard.json", scoring.to_json(card))
    released = scoring.gate(card, truth, plan.minimum_patients) if gate else card
    evaluation = Evaluation(
        run_id=out.resolve().name,
        scorecard=released,
        flow=(),
        submission=None,
        partition=None,
        run=None,
        commit=commit,
    )
    return _release(run, evaluation)


def _release(run: RunFolder, evaluation: Evaluation) -> Finished:
    archive.save_release(run, evaluation)
    archive.write_json(run.release / "scorecard.json", scoring.to_json(evaluation.scorecard))
    return Finished(evaluation=evaluation, run=run, report=report.write(evaluation, run.release))


def _evaluation(
    assessment: Assessment, facts: RunFacts, card: Scorecard, results: Collection[CaseResult]
) -> Evaluation:
    return Evaluation(
        run_id=assessment.run_id,
        scorecard=card,
        flow=(*assessment.flow, *_poison(results)),
        submission=assessment.submission,
        partition=assessment.partition,
        run=facts,
        commit=assessment.commit,
    )


def _poison(results: Collection[CaseResult]) -> tuple[FlowStep, ...]:
    """Cases that killed the harness itself are ours: left out for every vendor, and named."""
    left_out = sum(result.outcome is Outcome.POISON for result in results)
    if not left_out:
        return ()
    reason = "cases that the harness itself could not survive"
    return (FlowStep(stage="evaluation", reason=reason, kept=False, images=left_out, studies=left_out, patients=0),)


def _only(truth: Truth, cases: list[str]) -> Truth:
    """The truth of these cases, in this order."""
    place = {case: index for index, case in enumerate(truth.case)}
    rows = np.array([place[case] for case in cases], dtype=np.intp)
    return Truth(
        case=truth.case[rows],
        patient=truth.patient[rows],
        label=truth.label[rows],
        attributes={name: values[rows] for name, values in truth.attributes.items()},
    )
