"""What a study's criteria come to, for pages that tell it to different readers."""

from __future__ import annotations

from collections.abc import Sequence

from nccid_eval.records import NotEstimable, Verdict

SIGNS = {"met": "✓", "not met": "✗"}
_SAID = {
    "met": "{subject} met every primary criterion.",
    "not met": "{subject} did not meet every primary criterion: for at least one the whole interval lies below the "
    "bar.",
    "inconclusive": "The result is inconclusive: for at least one primary criterion the interval reaches to both "
    "sides of the bar, so these cases show neither that it is met nor that it is missed.",
}
_UNKNOWN = (
    "The result is inconclusive: at least one primary criterion cannot be judged, since its measure is not shown or "
    "could not be estimated."
)
_FIXED = "The criteria were fixed before the run."
_NOT_FIXED = "It is not known that the criteria were fixed before the run: read the verdicts as exploratory."


def sign(verdict: str) -> str:
    """A shape that says the same as the word beside it."""
    return SIGNS.get(verdict, "?")


def conclusion(subject: str, given: str, *, verdicts: Sequence[Verdict], plan_fixed: bool) -> str:
    """One or two sentences; `given` is a scorecard's conclusion from its `verdicts`."""
    if not verdicts:
        return "The plan sets no criterion, so there is no verdict."
    said = _SAID.get(given, "Each criterion has its own verdict.").format(subject=subject)
    if given == "inconclusive" and any(isinstance(one.measure, NotEstimable) for one in _primary(verdicts)):
        said = _UNKNOWN
    return f"{said} {_FIXED if plan_fixed else _NOT_FIXED}"


def _primary(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [one for one in verdicts if one.criterion.primary]
