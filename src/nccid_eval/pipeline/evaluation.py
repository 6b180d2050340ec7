"""evaluate and resume: from a submission and a partition to a finished run."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path

from nccid_eval import archive, partition, sandbox, submission, tracking
from nccid_eval.archive import RunFolder
from nccid_eval.engine import Engine
from nccid_eval.errors import Interrupted, PartitionError, SubmissionError
from nccid_eval.pipeline.choosing import Chosen, Wanted, choose
from nccid_eval.pipeline.holding import held
from nccid_eval.pipeline.rehearsal import rehearse
from nccid_eval.pipeline.repeat import is_settled, repeat
from nccid_eval.pipeline.run import answers, ask, is_finished, unseen_step
from nccid_eval.pipeline.scored import Finished, score_run
from nccid_eval.pipeline.surroundings import Surroundings
from nccid_eval.records import Assessment, Limits, Partition, Plan, Submission


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
    leakage: Path | None = None,
) -> Finished:
    """One evaluation from the start. `gpu` is auto, none or a device's index; `leakage` a file of findings."""
    entered = submission.load(submission_folder.resolve(), limits)
    unseen = partition.load(partition_folder.resolve())
    device = sandbox.choose_gpu(gpu, entered.container.gpu, [one.index for one in around.engine.gpus()])
    chosen = _chosen(entered, unseen, plan, leakage)
    eligible = f"{len(chosen.cases.case)} of {len(unseen.cases.case)} cases are eligible"
    around.say(f"partition {unseen.digest[:19]}…: {eligible}")
    partition.verify(unseen.folder, workers=around.workers, progress=around.progress)
    profile = sandbox.digest(around.seccomp())
    around.say(f"intake of {entered.container.image}")
    with submission.admitted(entered, around.engine) as image:  # taken back unless a run comes of it
        scanned, findings = submission.scan(entered, image, limits.scan, around.say)
        assessment = Assessment(
            run_id=archive.run_id(entered, datetime.now(UTC), secrets.token_hex(2)),
            submission=entered,
            partition=unseen,
            image=image,
            cases=chosen.cases,
            flow=(*unseen.flow, *chosen.flow),
            plan=plan,
            limits=limits,
            gpu=device,
            seed=seed,
            commit=around.commit,
            seccomp=profile,
            scanned=scanned,
            quality=chosen.quality,
            leakage=chosen.leakage,
        )
        run = _begun(reports.resolve(), assessment, findings)
    around.say(f"image {image.id[:19]}… admitted; run {run.root}")
    with held(run):
        return _carry_on(run, assessment, around)


def resume(run: RunFolder, around: Surroundings) -> Finished:
    """Go on with a run that was interrupted; nothing that is answered is asked again."""
    with held(run):
        assessment = archive.load_assessment(run)
        _same_partition(assessment.partition)
        partition.verify(assessment.partition.folder, workers=around.workers, progress=around.progress)
        if not _all_asked(run, assessment):
            _same_image(assessment, around.engine)
        return _carry_on(run, assessment, around)


def _chosen(entered: Submission, unseen: Partition, plan: Plan, leakage: Path | None) -> Chosen:
    minimum = plan.minimum_patients
    wanted = Wanted(partition=unseen, indications=entered.indications, minimum_patients=minimum, findings=leakage)
    chosen = choose(wanted)
    if chosen.too_few:
        raise SubmissionError(
            f"within these indications of use {chosen.too_few}",
            where=str(entered.folder / "submission.toml"),
            mend="widen [indications], or use a larger partition",
        )
    return chosen


def _begun(reports: Path, assessment: Assessment, findings: str) -> RunFolder:
    """The run's folder, from which it can be resumed."""
    run = archive.create(reports / assessment.run_id)
    if assessment.scanned:
        archive.write_text(run.private / "scan.json", findings)
    archive.save_assessment(run, assessment)
    return run


def mirror(done: Finished, around: Surroundings) -> str:
    """Log a finished evaluation to MLflow; its run id, or '' where no tracking is wished."""
    if not around.tracking_uri:
        return ""
    around.say(f"logging to MLflow at {tracking.shown(around.tracking_uri)}")
    return tracking.log(done.evaluation, done.run.release, uri=around.tracking_uri, experiment=around.experiment)


def _carry_on(run: RunFolder, assessment: Assessment, around: Surroundings) -> Finished:
    """The steps in their order; each is passed over where its journal says that it is done."""
    try:
        rehearse(run, assessment, around)
        ask(unseen_step(run, assessment), assessment, around)
        asked = answers(run, assessment)
        repeat(run, assessment, asked, around)
        around.say("scoring")
        return score_run(run, assessment, asked, partition.load_truth(assessment.partition.folder))
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; what was answered is kept",
            where=str(run.root),
            mend=f"go on with: nccid-eval evaluate --resume {run.root}",
        ) from None


def _all_asked(run: RunFolder, assessment: Assessment) -> bool:
    """Whether what is left is to score, for which no image is needed."""
    return is_finished(run.journal) and is_settled(run, assessment, answers(run, assessment))


def _same_partition(began_on: Partition) -> None:
    if partition.load(began_on.folder).digest != began_on.digest:
        raise PartitionError(
            "the partition is not the one that this run began on",
            where=str(began_on.folder),
            mend="put that version back, or start a new run",
        )


def _same_image(assessment: Assessment, engine: Engine) -> None:
    if engine.image_configuration(assessment.image.id) is not None:
        return
    if submission.admit(assessment.submission, engine).id != assessment.image.id:
        raise SubmissionError(
            "the image has changed since this run began",
            where=str(assessment.submission.folder),
            mend="put the image back, or start a new run",
        )
