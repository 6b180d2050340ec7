"""What a study's criteria come to, for pages that tell it to different readers."""

from __future__ import annotations

SIGNS = {"met": "✓", "not met": "✗"}
_SAID = {
    "met": "{subject} met every primary criterion.",
    "not met": "{subject} did not meet every primary criterion: for at least one the whole interval lies below the "
    "bar.",
    "inconclusive": "The result is inconclusive: for at least one primary criterion the interval reaches to both "
    "sides of the bar, so these cases show neither that it is met nor that it is missed.",
}
_FIXED = "The criteria were fixed before the run."
_NOT_FIXED = "It is not known that the criteria were fixed before the run: read the verdicts as exploratory."


def sign(verdict: str) -> str:
    """A shape that says the same as the word beside it."""
    return SIGNS.get(verdict, "?")


def conclusion(subject: str, given: str, *, verdicts: int, plan_fixed: bool) -> str:
    """One or two sentences; `given` is a scorecard's conclusion, `verdicts` how many criteria there are."""
    if not verdicts:
        return "The plan sets no criterion, so there is no verdict."
    said = _SAID.get(given, "Each criterion has its own verdict.").format(subject=subject)
    return f"{said} {_FIXED if plan_fixed else _NOT_FIXED}"
