"""From answers to what may leave: score, gate, release, report. Nothing here needs an engine or a partition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nccid_eval import archive, predictions, scoring
from nccid_eval.archive import RunFolder
from nccid_eval.errors import JournalError, PredictionsError
from nccid_eval.journal import Entry, Journal, TruthSealed, read
from nccid_eval.pipeline import again, counted, pages, rehearsal, steps, vendor
from nccid_eval.pipeline.holding import held
from nccid_eval.pipeline.quality import fit_to_leave
from nccid_eval.pipeline.repeat import order_check
from nccid_eval.pipeline.run import answers
from nccid_eval.records import (
    Assessment,
    Evaluation,
    Outcome,
    Plan,
    Predictions,
    SandboxRun,
    Scorecard,
    Truth,
    Units,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    evaluation: Evaluation
    run: RunFolder
    report: Path
    differs: str = ""  # from what was released before, in words; empty: the same bytes, or the first time


def score_run(run: RunFolder, assessment: Assessment, asked: SandboxRun, truth: Truth) -> Finished:
    """Score a finished run by its plan for the first time, and write everything that comes of it."""
    left_out = {result.case for result in asked.results if result.outcome is Outcome.POISON}
    scored = only(truth, [case for case in assessment.cases.case if case not in left_out])
    archive.save_predictions(run, _answered(asked, scored), scored)
    _seal(run)
    return _write_scores(run, assessment, asked, scored)


def rescore(run: RunFolder) -> Finished:
    """Score a finished run again from its folder alone; the same bytes come out, or `differs` says what does not."""
    with held(run):
        assessment, before = archive.load_assessment(run), again.released(run)
        done = _write_scores(run, assessment, answers(run, assessment), _sealed_truth(run))
        return replace(done, differs=again.differs(before, again.released(run)))


def rescore_by(run: RunFolder, plan: Plan, out: Path) -> Finished:
    """Score a finished run by another plan, into a run folder of its own that says so."""
    assessment = archive.load_assessment(run)
    asked, truth = answers(run, assessment), _sealed_truth(run)
    other = replace(assessment, plan=plan, plan_fixed=False)
    with archive.new(out) as copy:
        archive.copy_evidence(run, copy)
        archive.save_assessment(copy, other)
        done = _write_scores(copy, other, asked, truth)
    return _moved(done, out)


def _write_scores(run: RunFolder, assessment: Assessment, asked: SandboxRun, scored: Truth) -> Finished:
    answered = _answered(asked, scored)
    rules = assessment.partition.rules
    answers_by_unit, truth_by_unit = scoring.by_unit(
        answered, scored, rules.aggregation, decimals=predictions.DECIMALS
    )
    card = scoring.score(
        answers_by_unit,
        truth_by_unit,
        assessment.plan,
        target=assessment.submission.indications.target,
        threshold=assessment.submission.threshold,
        partition_digest=assessment.partition.digest,
        probability=assessment.submission.probability and not scoring.has_units(scored),
    )
    archive.write_record(run.private / "scorecard.json", scoring.to_json(scoring.steady(card)))
    released = scoring.steady(scoring.gate(card, truth_by_unit, card.plan.minimum_patients, answers_by_unit))
    return _release(run, _evaluation(run, assessment, asked, released), read(run.journal))


def _answered(asked: SandboxRun, scored: Truth) -> Predictions:
    wanted = set(scored.case.tolist())
    kept = [result for result in asked.results if result.case in wanted]
    return predictions.align(predictions.from_results(kept), scored)


def _seal(run: RunFolder) -> None:
    """Note the reference standard's digest in the journal, once."""
    if not any(isinstance(entry, TruthSealed) for entry in read(run.journal)):
        with Journal(run.journal) as journal:
            journal.append([TruthSealed(sha256=archive.sha256(run.truth))])


def _sealed_truth(run: RunFolder) -> Truth:
    seal = next((entry for entry in read(run.journal) if isinstance(entry, TruthSealed)), None)
    if seal is None or archive.sha256(run.truth) != seal.sha256:
        found = "is not the one that this run was scored with" if run.truth.exists() else "is missing"
        raise JournalError(
            f"the reference standard {found}: private/{run.truth.name}",
            where=str(run.truth),
            mend="restore private/truth.csv from a backup, or resume the run where its partition is",
        )
    return predictions.read_truth(run.truth)


def rerender(run: RunFolder) -> Path:
    """Write the pages again from what the run folder holds; the report's path."""
    with held(run):
        return _rerender(run)


def _rerender(run: RunFolder) -> Path:
    assessment = archive.load_assessment(run)
    asked = answers(run, assessment)
    card = scoring.from_json(archive.read_record(run.release / "scorecard.json", scoring.SCHEMAS[Scorecard]))
    evaluation = _evaluation(run, assessment, asked, card)
    pages.write(run.release, evaluation, vendor.for_vendor(evaluation, read(run.journal)))
    archive.save_sums(run.release)
    return run.report


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
    aggregation: str = "max",
) -> Finished:
    """The same scoring for predictions that were made elsewhere; nothing is written before both files are sound.

    Where the truth has a column `unit`, each unit's cases are joined by `aggregation` (max or mean) first: the run
    holds units alone.
    """
    by_case = predictions.read_truth(truth_file)
    has_units = scoring.has_units(by_case)
    answered, truth = scoring.by_unit(
        predictions.align(predictions.read_predictions(predictions_file), by_case), by_case, aggregation
    )
    if gate and (why := too_few(truth, plan.minimum_patients)):
        raise PredictionsError(why, where=str(truth_file), mend="score more patients, or leave out --gate")
    card = scoring.score(
        answered,
        truth,
        plan,
        target=target,
        threshold=threshold,
        partition_digest="",
        probability=probability and not has_units,
    )
    released = scoring.steady(scoring.gate(card, truth, plan.minimum_patients, answered) if gate else card)
    evaluation = Evaluation(
        run_id=out.resolve().name,
        scorecard=released,
        flow=(),
        submission=None,
        partition=None,
        run=None,
        commit=commit,
        plan_fixed=False,
        units=Units(name="unit", aggregation=aggregation) if has_units else None,
    )
    with archive.new(out) as run:
        archive.save_predictions(run, answered, truth)
        archive.write_record(run.private / "scorecard.json", scoring.to_json(scoring.steady(card)))
        done = _release(run, evaluation)
    return _moved(done, out)


def _moved(done: Finished, root: Path) -> Finished:
    """The same, after its folder took its name."""
    run = RunFolder(root=root)
    return replace(done, run=run, report=run.report)


def _release(run: RunFolder, evaluation: Evaluation, entries: Sequence[Entry] = ()) -> Finished:
    """Write release/ as a whole: a reader finds the old one or the new one, never parts of both.

    `entries` are those of the journal; predictions that were made elsewhere have none, and no page for a vendor.
    """
    told = vendor.for_vendor(evaluation, entries) if entries else None
    with archive.new_release(run) as folder:
        archive.save_release(folder, evaluation)
        archive.write_record(folder / "scorecard.json", scoring.to_json(evaluation.scorecard))
        if told:
            archive.write_record(folder / "vendor.json", vendor.table(told))
        archive.write_text(folder / "estimates.csv", scoring.to_csv(evaluation.scorecard))
        pages.write(folder, evaluation, told)
        archive.save_sums(folder)
    return Finished(evaluation=evaluation, run=run, report=run.report)


def _evaluation(run: RunFolder, assessment: Assessment, asked: SandboxRun, card: Scorecard) -> Evaluation:
    """All that may leave; from here on nobody has the exact times, memory and counts of the containers."""
    most = min(assessment.limits.repeat_cases, len(assessment.cases.case))
    return Evaluation(
        run_id=assessment.run_id,
        scorecard=card,
        flow=counted.flow(assessment, asked.results),
        submission=assessment.submission,
        partition=assessment.partition,
        run=steps.facts(asked.facts),
        commit=assessment.commit,
        plan_fixed=assessment.plan_fixed,
        units=counted.units(assessment.partition.rules),
        rehearsal=rehearsal.found(run),
        order_check=steps.order_check(order_check(run, assessment, asked), most),
        quality=fit_to_leave(assessment.quality, card),
        leakage=assessment.leakage,
    )


def too_few(truth: Truth, minimum: int) -> str:
    """Why nothing may be released about these cases: they are themselves a small cell. Empty where they are not."""
    for kind, label in (("diseased", True), ("healthy", False)):
        patients = len(set(truth.patient[truth.label == label].tolist()))
        if patients < minimum:
            return f"there are fewer than {minimum} {kind} patients, so no result could be released"
    return ""


def only(truth: Truth, cases: list[str]) -> Truth:
    """The truth of these cases, in this order."""
    place = {case: index for index, case in enumerate(truth.case)}
    rows = np.array([place[case] for case in cases], dtype=np.intp)
    return Truth(
        case=truth.case[rows],
        patient=truth.patient[rows],
        label=truth.label[rows],
        attributes={name: values[rows] for name, values in truth.attributes.items()},
        unit=None if truth.unit is None else truth.unit[rows],
    )
