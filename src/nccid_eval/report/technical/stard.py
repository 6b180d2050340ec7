"""STARD 2015: each of its 34 rows, where it is reported here, or why it is not. Never a score.

Items in our own words after Bossuyt PM et al. BMJ 2015;351:h5527. What an evaluation does not hold makes its items
absent; nothing here is ticked by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nccid_eval.records import Estimate, Evaluation
from nccid_eval.report.technical.population import UNKNOWN
from nccid_eval.report.technical.stard_items import ITEMS

REPORTED, ABSENT, NOT_APPLICABLE = "reported", "absent", "not applicable"
NO_PARTITION = "the predictions were made elsewhere, and how the cases were chosen is not known here"
NO_SUBMISSION = "no submission came with the predictions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`status`: reported (then `href` and `place` say where), absent or not applicable (then `why`)."""

    number: str
    item: str
    status: str
    place: str = ""
    href: str = ""
    why: str = ""


def rows(evaluation: Evaluation) -> tuple[Row, ...]:
    return tuple(_row(evaluation, number, item) for number, item in ITEMS.items())


def _row(evaluation: Evaluation, number: str, item: str) -> Row:
    if number == "25" and evaluation.partition is None:
        return Row(number=number, item=item, status=ABSENT, why=NO_PARTITION)
    if number in _NEVER:
        status, why = _NEVER[number]
        return Row(number=number, item=item, status=status, why=why)
    place, href, lacking = _PLACES[number]
    if why := lacking(evaluation):
        return Row(number=number, item=item, status=ABSENT, why=why)
    return Row(number=number, item=item, status=REPORTED, place=place, href=href)


def _nothing(_: Evaluation) -> str:
    return ""


def _partition(evaluation: Evaluation) -> str:
    return "" if evaluation.partition else NO_PARTITION


def _flow(evaluation: Evaluation) -> str:
    return "" if evaluation.flow else NO_PARTITION


def _submission(evaluation: Evaluation) -> str:
    return "" if evaluation.submission else NO_SUBMISSION


def _run(evaluation: Evaluation) -> str:
    return "" if evaluation.run else "no container was run here; how the predictions were made is not known"


def _estimates(evaluation: Evaluation) -> str:
    found = any(isinstance(one, Estimate) for one in evaluation.scorecard.overall.values())
    return "" if found else "no measure could be estimated"


def _table(evaluation: Evaluation) -> str:
    return "" if evaluation.scorecard.confusion else "the table is suppressed, as it would tell of few patients"


def _groups(evaluation: Evaluation) -> str:
    return "" if evaluation.scorecard.by_group else "the data hold no attribute of patients or images"


def _is_shown(evaluation: Evaluation, attribute: str) -> bool:
    """Whether the patients of a level of it, other than of the unknown, are counted on the page."""
    levels = evaluation.scorecard.by_group.get(attribute, {})
    return any(one.counts is not None for key, one in levels.items() if key not in UNKNOWN)


def _demographics(evaluation: Evaluation) -> str:
    known = any(_is_shown(evaluation, one) for one in ("sex", "age", "age_band", "ethnicity"))
    return "" if known else "neither sex nor age is recorded, or may be shown"


def _severity(evaluation: Evaluation) -> str:
    return "" if _is_shown(evaluation, "severity") else "severity is not recorded, or may not be shown"


def _dates(evaluation: Evaluation) -> str:
    told = evaluation.scorecard.by_group.get("quarter", {}).keys() - set(UNKNOWN)
    return "" if told else _partition(evaluation) or "dates of images are unknown"


def _power(evaluation: Evaluation) -> str:
    return "" if evaluation.scorecard.power else "power was not worked out"


_Lacking = Callable[[Evaluation], str]
_PLACES: dict[str, tuple[str, str, _Lacking]] = {
    "1": ("Summary", "front", _estimates),
    "2": ("Summary", "front", _nothing),
    "3": ("What was tested", "tested", _submission),
    "4": ("Criteria", "criteria", lambda one: "" if one.scorecard.plan.criteria else "the plan sets no criterion"),
    "5": ("Data", "data", _partition),
    "6": ("Flow of images", "flow-title", _flow),
    "7": ("Reference standard", "reference-standard", _partition),
    "8": ("Data", "data", _dates),
    "9": ("Data", "data", _partition),
    "10a": ("Index test", "index-test", _run),
    "10b": ("Reference standard", "reference-standard", _partition),
    "12a": ("Index test", "index-test", _submission),
    "12b": ("Reference standard", "reference-standard", _partition),
    "13a": ("Isolation of the container", "isolation", _run),
    "13b": ("Reference standard", "reference-standard", _partition),
    "14": ("Methods", "methods", _nothing),
    "15": ("Failures", "failures", _nothing),
    "16": ("Flow of images", "flow-title", _flow),
    "17": ("Fairness", "fairness", _groups),
    "18": ("Power", "power", _power),
    "19": ("Flow of images", "flow-title", _flow),
    "20": ("Who was tested", "population", _demographics),
    "21a": ("Who was tested", "population", _severity),
    "22": ("Reference standard", "reference-standard", _partition),
    "23": ("Answers against the reference standard", "confusion-title", _table),
    "24": ("Accuracy", "accuracy", _estimates),
    "26": ("Limits", "limits", _nothing),
    "27": ("What to watch in use", "monitoring", _nothing),
    "29": ("Protocol", "protocol", _nothing),
}
_NEVER = {
    "11": (
        ABSENT,
        "why swabs and not another standard were chosen stands in no record that this report is made from",
    ),
    "21b": (ABSENT, "NCCID does not record other diagnoses of those without the target condition"),
    "25": (NOT_APPLICABLE, "images taken in the past were read by a program: nobody was touched"),
    "28": (ABSENT, "no registration is known to this report"),
    "30": (ABSENT, "who paid for the study is not recorded"),
}
