"""After the unseen partition: a sample of answered cases again, to see whether an answer depends on what came before.

They come under new names, in another order, in other batches, to a fresh container. What comes of it is reported and
never changes a score.
"""

from __future__ import annotations

import base64
import hashlib
import os
import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nccid_eval import archive
from nccid_eval.archive import RunFolder
from nccid_eval.pipeline.run import Step, ask, is_finished, request, step_answers
from nccid_eval.pipeline.surroundings import Surroundings
from nccid_eval.records import Assessment, CaseResult, CaseTable, OrderCheck, Outcome, SandboxRun
from nccid_eval.records.stages import Stage

REPEAT = "repeat"
ID_LENGTH = 12  # as the partition's


def repeat(run: RunFolder, assessment: Assessment, asked: SandboxRun, around: Surroundings) -> None:
    """Ask the sample again, unless that is done or there is nothing to ask."""
    if not is_settled(run, assessment, asked):
        names = new_names(assessment, asked)
        around.say(f"order check: {len(names)} answered cases are asked again under other names, in another order")
        archive.discard_staged(run)
        stage(assessment.partition.folder / "cases", run.staged, names)
        ask(_step(run, assessment, asked), assessment, around)
    archive.discard_staged(run)


def is_settled(run: RunFolder, assessment: Assessment, asked: SandboxRun) -> bool:
    """Whether nothing is left to ask again."""
    return is_finished(run.journal_of(REPEAT)) or bool(_not_available(assessment, asked))


def order_check(run: RunFolder, assessment: Assessment, asked: SandboxRun) -> OrderCheck:
    """What came of it, from the two journals. Raises JournalError where it was begun and not finished."""
    why = _not_available(assessment, asked)
    if not why and not run.journal_of(REPEAT).exists():
        why = "it was not made in this run"
    if why:
        return OrderCheck(asked=0, compared=0, largest_change=None, crossed=0, failed=0, not_available=why)
    again = {result.case: result for result in step_answers(_step(run, assessment, asked)).results}
    first = {result.case: result for result in asked.results}
    pairs = [(first[old], again[new]) for old, new in new_names(assessment, asked).items()]
    return compare(pairs, assessment.submission.threshold)


def compare(pairs: Sequence[tuple[CaseResult, CaseResult]], threshold: float) -> OrderCheck:
    """Each case's first result, which is a score, beside its second. Scores have six decimals, so a change has."""
    scores = [(one.score, two.score) for one, two in pairs if one.score is not None and two.score is not None]
    changes = [abs(one - two) for one, two in scores]
    return OrderCheck(
        asked=len(pairs),
        compared=len(scores),
        largest_change=round(max(changes), 6) if changes else None,
        crossed=sum((one >= threshold) != (two >= threshold) for one, two in scores),
        failed=sum(two.outcome.is_vendors and two.outcome is not Outcome.OK for _, two in pairs),
    )


def new_names(assessment: Assessment, asked: SandboxRun) -> dict[str, str]:
    """The sample: each case's name and the one that it gets. Fixed by the run, so that a resume draws it again."""
    answered = sorted(result.case for result in asked.results if result.outcome is Outcome.OK)
    draw = random.Random(f"order check {assessment.seed}")
    sample = draw.sample(answered, min(assessment.limits.repeat_cases, len(answered)))
    return {case: _new_name(assessment.run_id, case) for case in sample}


def _not_available(assessment: Assessment, asked: SandboxRun) -> str:
    if assessment.submission.container.protocol != "nccid-stdio/1":
        return f"{assessment.submission.container.protocol} answers all cases in one go"
    if assessment.limits.repeat_cases == 0:
        return "the limits ask for none (repeat_cases = 0)"
    if not any(result.outcome is Outcome.OK for result in asked.results):
        return "no case was answered"
    return ""


def _step(run: RunFolder, assessment: Assessment, asked: SandboxRun) -> Step:
    """Half the batch size and another seed: every case meets other cases than at first."""
    names = new_names(assessment, asked)
    files = dict(zip(assessment.cases.case, assessment.cases.files, strict=True))
    of_new = {new: files[old] for old, new in sorted(names.items(), key=lambda pair: pair[1])}
    again = replace(
        request(assessment),
        input_dir=run.staged / "cases",
        cases=CaseTable(case=tuple(of_new), files=tuple(of_new.values())),
        limits=replace(assessment.limits, max_batch=max(1, asked.facts.max_batch // 2)),
        seed=assessment.seed + 1,
    )
    return Step(name=Stage.AGAIN, request=again, journal=run.journal_of(REPEAT), log=run.log_of(REPEAT))


def stage(cases: Path, staged: Path, names: Mapping[str, str]) -> None:
    """Copies, since a hard link would show in the file's count of links; made in the order of the new names."""
    with archive.storage(staged):
        for old, new in sorted(names.items(), key=lambda pair: pair[1]):
            folder = staged / "cases" / new
            folder.mkdir(parents=True)
            for file in sorted((cases / old).iterdir()):
                _copy(file, folder / file.name)
            _settle(folder)
        _settle(staged / "cases")


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o644)
    os.utime(target, (0, 0))


def _settle(folder: Path) -> None:
    folder.chmod(0o755)
    os.utime(folder, (0, 0))


def _new_name(run_id: str, case: str) -> str:
    digest = hashlib.sha256(f"nccid-eval order check\n{run_id}\n{case}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:ID_LENGTH]
