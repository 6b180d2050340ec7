"""Before the unseen partition: one synthetic case (the canary), then a dozen, in the same sandbox.

A model that cannot run here is found out before it comes near an unseen image. More than a quarter of a step's cases
failed ends the evaluation; so the canary may not fail at all. Fewer are let through: a model that fails now and then
is scored with its failures. What it wrote to stderr may be shown, since no patient is in it.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeGuard

from nccid_eval import archive, partition, synthetic
from nccid_eval.archive import RunFolder
from nccid_eval.errors import RehearsalFailed, SubmissionError
from nccid_eval.journal import Answered, ContainerEnded, Entry
from nccid_eval.pipeline import pages
from nccid_eval.pipeline.run import Step, ask, entries, is_finished, request
from nccid_eval.pipeline.surroundings import Surroundings
from nccid_eval.records import (
    Assessment,
    CaseResult,
    CaseTable,
    Outcome,
    Partition,
    PartitionRules,
    Rehearsal,
    Submission,
)
from nccid_eval.records.stages import Stage

CANARY, SYNTHETIC = "canary", "synthetic"
STEPS = {CANARY: Stage.CANARY, SYNTHETIC: Stage.SYNTHETIC}
PATIENTS, SEED = 12, 472  # twelve cases, three of each modality and view; drawn and staged in two seconds
TARGET = "covid_positive"  # of other targets a dozen patients may have no case
DAYS = 28  # wide, so that rules with a narrow window leave out no synthetic case
SCHEMA = "nccid-eval/rehearsal/1"
LINES, WIDTH = 12, 300  # of stderr, shown when it fails


def rehearse(run: RunFolder, assessment: Assessment, around: Surroundings) -> None:
    """Ask the canary and the synthetic set, unless they passed before. Raises RehearsalFailed."""
    left = [name for name in STEPS if not passed(run, name)]
    if run.journal.exists() or not left:  # once the unseen partition is begun, nothing can come before it
        return
    cases = synthetic_cases(run, assessment, around.workers)
    chosen = {CANARY: CaseTable(case=cases.case[:1], files=cases.files[:1]), SYNTHETIC: cases}
    for name in left:
        around.say(f"{STEPS[name]}: the image is asked {len(chosen[name].case)} synthetic, before any unseen one")
        step = _step(run, assessment, name, chosen[name])
        ask(step, assessment, around)
        try:
            judge(run, step, name, assessment.submission)
        except RehearsalFailed:
            archive.discard_staged(run)
            around.say(f"the vendor's letter: {pages.write_refusal(run.release, assessment)}")
            raise
    archive.discard_staged(run)


def found(run: RunFolder) -> Rehearsal | None:
    """What came of it; None for a run that had none."""
    if not all(run.journal_of(name).exists() for name in STEPS):
        return None
    given = [result for name in STEPS for result in _results(entries(run.journal_of(name)))]
    return Rehearsal(
        cases=len(given),
        declined=sum(result.outcome is Outcome.DECLINED for result in given),
        failed=_failures(given).total(),
    )


def build_set(run: RunFolder, rules: PartitionRules, workers: int) -> Partition:
    """The synthetic cases as a partition in the run's folder, built as the unseen one was; the same on each call."""
    if (run.staged / "manifest.json").exists():
        return partition.load(run.staged)
    warehouse = run.private / "warehouse"
    with archive.storage(run.private):
        for half_done in (warehouse, run.staged):
            shutil.rmtree(half_done, ignore_errors=True)
        ct, mr = (float(one in rules.modalities) for one in ("CT", "MR"))  # every patient has a series, or none
        synthetic.make_warehouse(warehouse, patients=PATIENTS, seed=SEED, workers=1, progress=_silent, ct=ct, mr=mr)
        built = partition.build(
            warehouse, run.staged, _wide(rules), strict=False, workers=min(workers, 2), progress=_silent, warn=_silent
        )
        shutil.rmtree(warehouse)
    return built


def _wide(rules: PartitionRules) -> PartitionRules:
    """What a container is shown is as the rules say; the labels, which nobody scores, are those of the most cases."""
    return PartitionRules(
        target=TARGET,
        case=rules.case,
        modalities=rules.modalities,
        positive_days_before=DAYS,
        positive_days_after=DAYS,
        negative_days=DAYS,
        demographics=rules.demographics,
        keep_transfer_syntax=rules.keep_transfer_syntax,
        blank=rules.blank,
    )


def _silent(*_: object) -> None:
    """A dozen made-up cases need no progress line and no warning."""


def synthetic_cases(run: RunFolder, assessment: Assessment, workers: int) -> CaseTable:
    """Those that fit the indications; of any age where none is old enough, as the images do not tell it."""
    built = build_set(run, assessment.partition.rules, workers)
    wanted = replace(assessment.submission.indications, target=TARGET)
    try:
        return partition.eligible(built, wanted)[0]
    except SubmissionError:
        return partition.eligible(built, replace(wanted, min_age_years=0))[0]


def _step(run: RunFolder, assessment: Assessment, name: str, cases: CaseTable) -> Step:
    asked = replace(request(assessment), input_dir=run.staged / "cases", cases=cases)
    return Step(name=STEPS[name], request=asked, journal=run.journal_of(name), log=run.log_of(name))


def passed(run: RunFolder, name: str) -> bool:
    """Whether a step was asked to its end and cleared the bar."""
    journal = run.journal_of(name)
    return is_finished(journal) and not _too_many(_results(entries(journal)))


def _too_many(results: Sequence[CaseResult]) -> bool:
    return _failures(results).total() > len(results) // 4


def _results(given: Sequence[Entry]) -> list[CaseResult]:
    return [result for entry in given if isinstance(entry, Answered) for result in entry.results]


def _failures(results: Sequence[CaseResult]) -> Counter[str]:
    """The vendor's failures by outcome; to decline a case is no failure."""
    good = (Outcome.OK, Outcome.DECLINED)
    return Counter(one.outcome.value for one in results if one.outcome.is_vendors and one.outcome not in good)


def judge(run: RunFolder, step: Step, name: str, entered: Submission) -> None:
    """Raises RehearsalFailed; the run's folder then says so, and a resume asks this step again from its start."""
    given = entries(step.journal)
    results = _results(given)
    if not _too_many(results):
        return
    failures = _failures(results)
    reasons = sorted({one.reason for one in given if _is_vendors_end(one)})
    said = _last_lines(step)
    table = {"step": step.name, "cases": len(results), "failures": dict(failures), "reasons": reasons, "stderr": said}
    whose = {"vendor": entered.vendor, "model": entered.name, "version": entered.version}
    archive.write_record(run.release / "rehearsal.json", {"schema": SCHEMA, **table, **whose})
    attempts = len(list(run.private.glob(f"{name}-failed-*.log")))
    step.journal.replace(run.private / f"{name}-failed-{attempts + 1}.log")
    counts = ", ".join(f"{outcome} {count}" for outcome, count in sorted(failures.items()))
    shown = "".join(f"\n    {line}" for line in said) or " nothing"
    raise RehearsalFailed(
        f"the model failed on {failures.total()} of {len(results)} synthetic cases ({counts}: {'; '.join(reasons)}); "
        f"no unseen image was shown to it\n  its last words on stderr:{shown}",
        where=f"{step.request.run_id}: {step.name}",
        mend=f"mend the image and submit it again; or ask again: nccid-eval evaluate --resume {step.request.run_id}",
    )


def _is_vendors_end(entry: Entry) -> TypeGuard[ContainerEnded]:
    """Whether a container ended by the model's doing."""
    return isinstance(entry, ContainerEnded) and entry.outcome is not None and entry.outcome.is_vendors


def _last_lines(step: Step) -> list[str]:
    if not step.log.exists():
        return []
    lines = step.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line[:WIDTH] for line in lines[-LINES:]]
