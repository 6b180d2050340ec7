"""A run's release/ -> its row of the page over all runs. Nothing else of a run is read here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nccid_eval import archive
from nccid_eval.errors import JournalError, NccidEvalError
from nccid_eval.listing.members import members
from nccid_eval.records import Estimate, Measure, NotEstimable, Units
from nccid_eval.report import NO_CRITERIA, NOT_TESTED, UNREADABLE, ListedComparison, ListedRun
from nccid_eval.settings import to_record

MEASURES = ("auc", "sensitivity", "specificity")
OF_CARD = ("target", "plan", "partition_digest", "gate", "counts", "overall", "conclusion")
RUN, CARD, REHEARSAL, COMPARISON = "run.json", "scorecard.json", "rehearsal.json", "comparison.json"
STARTED = re.compile(r"(\d{8}-\d{6})-")
UNGATED = "disclosure gate off: may not leave"
CONCLUSIONS = {
    "met": "met",
    "not met": "not met",
    "inconclusive": "inconclusive",
    "": NO_CRITERIA,
    None: "not stated",
}
OTHER_PLAN = "scored by another plan than the run's own"
Listed = ListedRun | ListedComparison


def listed(root: Path) -> Listed | None:
    """What a folder under reports/ is; None for a run that is not finished and for what is no run at all."""
    try:
        files = tuple(sorted(path.name for path in (root / "release").iterdir()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as cause:
        why = f"its release cannot be opened: {cause.strerror}"
        return ListedRun(folder=root.name, moment=moment(root.name), verdict=UNREADABLE, trouble=why)
    read = next((read for name, read in READERS.items() if name in files), None)
    if read is None:
        return None
    try:
        return read(root, files)
    except NccidEvalError as error:
        why = error.what
    except (KeyError, TypeError, ValueError, AttributeError):
        why = "its files are not as this version writes them"
    if read is _comparison:
        return ListedComparison(folder=root.name, moment=moment(root.name), files=files, trouble=why)
    return ListedRun(folder=root.name, moment=moment(root.name), verdict=UNREADABLE, files=files, trouble=why)


def moment(run_id: str) -> str:
    """When a run began, as its id says it; '' where it does not."""
    begin = STARTED.match(run_id)
    try:
        return datetime.strptime(begin[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC).isoformat() if begin else ""
    except ValueError:
        return ""


def _run(root: Path, files: tuple[str, ...]) -> ListedRun:
    run = archive.read_json(root / "release" / RUN)
    card = members(root / "release" / CARD, OF_CARD)
    submission = run["submission"] or {}
    return ListedRun(
        folder=root.name,
        run_id=_text(run["run_id"]),
        moment=moment(_text(run["run_id"])),
        model=_text(submission.get("name", "Predictions made elsewhere")),
        version=_text(submission.get("version", "")),
        vendor=_text(submission.get("vendor", "")),
        target=_text(card["target"]),
        cases=_count(card["counts"]["cases"]),
        units=_units(root / "release" / RUN, run.get("units")),
        failed=None if card["counts"]["failures"] is None else _count(card["counts"]["failures"]),
        measures={name: _measure(root, card["overall"][name]) for name in MEASURES if name in card["overall"]},
        level=float(card["plan"]["level"]),
        verdict=CONCLUSIONS[card.get("conclusion")],
        partition=_text(card["partition_digest"]),
        notes=_notes(run, _text(card["gate"])),
        files=files,
    )


def _notes(run: Mapping[str, Any], gate: str) -> tuple[str, ...]:
    ungated = (UNGATED,) if gate.startswith("off") else ()
    return (*ungated, *((OTHER_PLAN,) if run["submission"] and not run.get("plan_fixed", True) else ()))


def _rehearsed(root: Path, files: tuple[str, ...]) -> ListedRun:
    """A model that failed on synthetic cases, and was shown no other."""
    table = archive.read_json(root / "release" / REHEARSAL)
    return ListedRun(
        folder=root.name,
        moment=moment(root.name),
        model=_text(table.get("model", "")),
        version=_text(table.get("version", "")),
        vendor=_text(table.get("vendor", "")),
        verdict=NOT_TESTED,
        files=files,
    )


def _comparison(root: Path, files: tuple[str, ...]) -> ListedComparison:
    table = members(root / "release" / COMPARISON, ("target", "counts", "runs", "partition_digest", "units"))
    runs = table["runs"]
    return ListedComparison(
        folder=root.name,
        moment=max((moment(_text(run["run_id"])) for run in runs), default=""),
        models=tuple(
            f"{_text(run['model'])} {_text(run['version'])}".strip() or _text(run["run_id"]) for run in runs
        ),
        target=_text(table["target"]),
        cases=_count(table["counts"]["cases"]),
        units=_units(root / "release" / COMPARISON, table.get("units")),
        partition=_text(table["partition_digest"]),
        files=files,
    )


def _measure(root: Path, form: Mapping[str, Any]) -> Measure:
    where = str(root / "release" / CARD)
    if "reason" in form:
        return to_record(form, NotEstimable, where=where, error=JournalError)
    return to_record(form, Estimate, where=where, error=JournalError)


def _units(where: Path, form: Mapping[str, Any] | None) -> Units | None:
    return to_record(form, Units, where=str(where), error=JournalError) if form else None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text is wanted here")
    return value


def _count(value: object) -> int:
    if type(value) is not int:
        raise TypeError("a count is wanted here")
    return value


READERS: dict[str, Callable[[Path, tuple[str, ...]], Listed]] = {  # by the file that makes a release what it is
    COMPARISON: _comparison,
    RUN: _run,
    CARD: _run,
    REHEARSAL: _rehearsed,
}
