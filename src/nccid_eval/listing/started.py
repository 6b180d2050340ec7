"""What a run was started with, as far as a list of runs shows it: a few members of its assessment.json."""

from __future__ import annotations

from dataclasses import dataclass

from nccid_eval.archive import RunFolder
from nccid_eval.listing.members import members

WANTED = ("run_id", "submission", "cases", "limits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    run_id: str
    model: str
    version: str
    vendor: str
    cases: int  # that are asked
    again: int  # of those that are answered, how many are asked again at most


def load_started(run: RunFolder) -> Started:
    """Raises JournalError where the file is missing or damaged, KeyError or TypeError where it is of another form."""
    table = members(run.private / "assessment.json", WANTED)
    submission = table["submission"]
    in_one_go = submission["container"]["protocol"] != "nccid-stdio/1"
    return Started(
        run_id=str(table["run_id"]),
        model=str(submission["name"]),
        version=str(submission["version"]),
        vendor=str(submission["vendor"]),
        cases=len(table["cases"]["case"]),
        again=0 if in_one_go else int(table["limits"].get("repeat_cases", 0)),
    )
