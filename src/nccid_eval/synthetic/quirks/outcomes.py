"""What became of positives: inside the horizon of an outcome, beyond it, before the image, or unsaid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from nccid_eval.synthetic.draft import Draft, Outcomes
from nccid_eval.synthetic.quirks.row import Change, Quirk, change_latest, full_positive

_HEADERS = {
    "icu_admission": ("ITU admission", "Date of ITU admission"),
    "intubation": ("Intubation", "Date of intubation"),
    "death": ("Death", "Date of death"),
}
# Days from the first image that counts to the event, and what the form says of it. None: it did not happen.
_HOWS: tuple[tuple[str, int | None, str, bool], ...] = (
    ("within", 5, "1", True),
    ("beyond", 60, "1", True),
    ("before", -3, "1", True),
    ("undated", 5, "1", False),
    ("denied", 5, "0", True),
    ("unsaid", 5, "", False),
    ("never", None, "0", False),
    ("unfollowed", None, "0", False),
)
_TOLD = {
    "within": "five days after the image",
    "beyond": "sixty days after the image",
    "before": "three days before the image",
    "undated": "it happened, without a date",
    "denied": "0, and a date all the same",
    "unsaid": "left blank",
    "never": "0, and known alive two months later",
    "unfollowed": "0, and nothing known from the next day on",
}


def _first_judged(draft: Draft) -> date:
    return next(image.day for image in draft.patient.images if image.diseased)


def _applies(draft: Draft) -> bool:
    return full_positive(draft) and any(image.diseased for image in draft.patient.images)


def _happens(event: str, days: int | None, said: str, *, dated: bool, followed: bool) -> Change:
    whether, when = _HEADERS[event]

    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        start = _first_judged(draft)
        day = None if days is None else start + timedelta(days=days)
        alive = day if event == "death" and day else start + timedelta(days=70 if followed else 1)
        cells = {whether: said, when: day if day and dated else "", "Date last known alive": alive}
        if event != "death":
            cells |= {"Death": "0", "Date of death": ""}
        if event == "icu_admission" and day is None:
            cells |= {"Intubation": "0", "Date of intubation": ""}
        if event == "intubation" and day:
            cells |= {"ITU admission": "1", "Date of ITU admission": day}
        known = _outcomes(draft, alive, event, day)
        return replace(_uploaded(change_latest(draft, cells), alive), outcomes=known)

    return change


def _outcomes(draft: Draft, alive: date, event: str, day: date | None) -> Outcomes:
    known = draft.outcomes
    assert known is not None
    tube = day if event == "intubation" else known.intubation
    return Outcomes(
        # nobody is intubated outside intensive care, and nobody dies before they were last seen
        icu_admission=day if event == "icu_admission" or (event == "intubation" and day) else known.icu_admission,
        intubation=None if event == "icu_admission" and day is None else tube,
        death=day if event == "death" else None,
        last_known_alive=alive,
    )


def _uploaded(draft: Draft, alive: date) -> Draft:
    """Submitted the day after all that it tells of, the swab's result among it."""
    last = max(alive, draft.patient.swab + timedelta(days=1))
    latest = replace(draft.clinical[-1], uploaded=last + timedelta(days=1))
    return replace(draft, clinical=(*draft.clinical[:-1], latest))


def _row(event: str, how: str, days: int | None, said: str, dated: bool) -> Quirk:
    change = _happens(event, days, said, dated=dated, followed=how != "unfollowed")
    return Quirk(name=f"{event}_{how}", what=f"{_HEADERS[event][0]}: {_TOLD[how]}", applies=_applies, change=change)


def _sensible(event: str, how: str) -> bool:
    return not (event == "death" and how == "before")


def severity_differs(draft: Draft, _rng: np.random.Generator) -> Draft:
    """Two readings of one day that do not agree."""
    fields = draft.clinical[-1].fields
    other = "1" if fields["CXR severity"] == "3" else "3"
    return change_latest(draft, {"Date of 2nd CXR": fields["Date of 1st CXR"], "CXR severity 3": other})


def _has_severity(draft: Draft) -> bool:
    return full_positive(draft) and bool(draft.clinical[-1].fields.get("CXR severity"))


ROWS = (
    *(_row(event, *how) for event in _HEADERS for how in _HOWS if _sensible(event, how[0])),
    Quirk(
        name="severity_differs",
        what="two readings of one day that do not agree",
        applies=_has_severity,
        change=severity_differs,
    ),
)
