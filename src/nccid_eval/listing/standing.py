"""How far each run is, from its folder alone, while its harness may write there; nothing is changed or held up."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from nccid_eval.archive import RunFolder
from nccid_eval.errors import NccidEvalError
from nccid_eval.journal import Tally, tally
from nccid_eval.listing.index import folders
from nccid_eval.listing.released import listed, moment
from nccid_eval.listing.started import load_started
from nccid_eval.records import Units
from nccid_eval.records.stages import Stage
from nccid_eval.report import NOT_TESTED, ListedComparison, ListedRun


class State(StrEnum):
    WAITING = "waiting"  # nothing was asked yet, and nobody holds the run
    REHEARSING = "rehearsing"
    ASKING_CANARY = "asking the canary"
    ASKING_SYNTHETIC = "asking synthetic cases"
    ASKING = "asking the cases"
    ASKING_AGAIN = "asking again"
    SCORING = "scoring"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    FAILED = "failed on synthetic cases"
    UNREADABLE = "cannot be read"


LIVE = {
    Stage.CANARY: State.ASKING_CANARY,
    Stage.SYNTHETIC: State.ASKING_SYNTHETIC,
    Stage.CASES: State.ASKING,
    Stage.AGAIN: State.ASKING_AGAIN,
    Stage.SCORING: State.SCORING,
}
JOURNALS = {Stage.CANARY: "canary.log", Stage.SYNTHETIC: "synthetic.log", Stage.CASES: "journal.log"}
JOURNALS |= {Stage.AGAIN: "repeat.log"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one run stands. Counts are of its present stage; of a finished run, of the cases.

    `held`: a living process writes to it. `spent_s` are the seconds that its journal tells for `done` cases. None is
    what nobody can tell, and `failed` of a release that withholds it.
    """

    folder: Path
    run_id: str
    model: str = ""
    version: str = ""
    vendor: str = ""
    state: State
    stage: Stage | None = None
    held: bool = False
    done: int | None = None
    total: int | None = None
    failed: int | None = None  # without a usable answer
    units: Units | None = None  # that a finished run counts; None: cases
    spent_s: float = 0.0
    verdict: str = ""
    trouble: str = ""
    tally: Tally | None = None  # of the unseen cases' journal, to go on from the next time
    release_ns: int = 0  # when its release/ was changed last: as long as it is not, a finished run is not read again


def standings(reports: Path, before: Mapping[Path, Standing] | None = None) -> list[Standing]:
    """Of every run in `reports`, newest first; `before` is what was found the last time, by folder."""
    known = before or {}
    found = [one for root in folders(reports) if (one := standing(root, known.get(root))) is not None]
    return sorted(found, key=lambda one: (moment(one.run_id), one.folder.name), reverse=True)


def standing(root: Path, before: Standing | None = None) -> Standing | None:
    """Of one folder; None where it is no run. Whatever is wrong with it is told in `trouble`, and never raised."""
    run = RunFolder(root=root)
    held = is_held(run)  # first: a run that ends while it is looked at is then finished, and not interrupted
    changed = _changed_ns(run.release)
    if before is not None and before.state is State.FINISHED and before.release_ns == changed:
        return replace(before, held=held)
    done = listed(root)
    if isinstance(done, ListedComparison) or (done is None and not run.private.is_dir()):
        return None
    if done is not None and done.verdict != NOT_TESTED:
        return _finished(root, done, held, changed)
    try:
        return _under_way(run, held, failed=done is not None, before=before)
    except NccidEvalError as error:
        trouble = error.what
    except OSError as cause:
        trouble = cause.strerror or type(cause).__name__
    except (KeyError, TypeError, ValueError, AttributeError):
        trouble = "assessment.json is not as this version writes it"
    return Standing(folder=root, run_id=root.name, state=State.UNREADABLE, held=held, trouble=trouble)


def is_held(run: RunFolder) -> bool:
    """Whether a living process holds the run: its lock is tried, shared and for an instant, and never made."""
    try:
        lock = os.open(run.private / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    finally:
        os.close(lock)
    return False


def _finished(root: Path, done: ListedRun, held: bool, changed_ns: int) -> Standing:
    return Standing(
        folder=root,
        run_id=done.run_id or root.name,
        model=done.model,
        version=done.version,
        vendor=done.vendor,
        state=State.UNREADABLE if done.trouble else State.FINISHED,
        held=held,
        done=done.cases,
        total=done.cases,
        failed=done.failed,
        units=done.units,
        verdict="" if done.trouble else done.verdict,
        trouble=done.trouble,
        release_ns=changed_ns,
    )


def _changed_ns(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _under_way(run: RunFolder, held: bool, *, failed: bool, before: Standing | None) -> Standing:
    started = load_started(run)
    cases = _told(run, Stage.CASES, before.tally if before else None)
    stage, told = (Stage.CASES, cases) if cases else _rehearsal(run)
    total = {Stage.CANARY: 1, Stage.CASES: started.cases}.get(stage)
    if cases and cases.closed:
        again = min(started.again, cases.answered - cases.failed)
        stage, told, total = _after(run, cases, again)
    state = _state(stage, told, held, failed)
    counted = state is not State.FAILED  # its journals are of attempts that are over
    return Standing(
        folder=run.root,
        run_id=started.run_id,
        model=started.model,
        version=started.version,
        vendor=started.vendor,
        state=state,
        stage=stage,
        held=held,
        done=(told.answered if told else 0) if counted else None,
        total=total if counted else None,
        failed=(told.failed if told else 0) if counted else None,
        spent_s=told.spent_s if told else 0.0,
        tally=cases,
    )


def _state(stage: Stage, told: Tally | None, held: bool, failed: bool) -> State:
    begun = told is not None
    if held:
        return LIVE[stage] if begun or stage not in (Stage.CANARY, Stage.SYNTHETIC) else State.REHEARSING
    if failed and not begun and stage in (Stage.CANARY, Stage.SYNTHETIC):
        return State.FAILED
    return State.INTERRUPTED if begun or stage is not Stage.CANARY else State.WAITING


def _rehearsal(run: RunFolder) -> tuple[Stage, Tally | None]:
    """The stage before the unseen cases, and what its journal says."""
    for stage in (Stage.CANARY, Stage.SYNTHETIC):
        told = _told(run, stage)
        if told is None or not told.closed:
            return stage, told
    return Stage.CASES, None


def _after(run: RunFolder, cases: Tally, again: int) -> tuple[Stage, Tally | None, int]:
    """The stage after them, likewise, and its total."""
    told = _told(run, Stage.AGAIN) if again else None
    if again and not (told and told.closed):
        return Stage.AGAIN, told, again
    return Stage.SCORING, cases, cases.answered


def _told(run: RunFolder, stage: Stage, before: Tally | None = None) -> Tally | None:
    """None where the stage is not begun."""
    try:
        return tally(run.private / JOURNALS[stage], before)
    except FileNotFoundError:
        return None
