"""A patient's status and data files -> one clinical record.

The latest `data_*` file counts if there is any, else the latest `status_*`. Headers are matched after folding case
and collapsing white space, because the spreadsheets behind them were typed by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from nccid_eval.partition.clinical.cells import Cell, Reason
from nccid_eval.partition.clinical.dates import Candidates, read_date
from nccid_eval.partition.clinical.form import Form, Values, candidates, clean_form, fold_headers
from nccid_eval.partition.text import fold

_NAME = re.compile(r"^(data|status)_(.+)\.json$", re.IGNORECASE)
_TRUTH = {"positive": True, "negative": False, "yes": True, "no": False}
_COMORBIDITIES = ("hypertension", "ckd", "cvs_disease", "lung_disease", "diabetes_2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Swab:
    """A test with its result. `taken` holds what its date can mean; empty where it has none."""

    source: str  # rt_pcr | status | positive_date: the field that tells of it
    positive: bool
    taken: Candidates


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a radiologist said of one of the first two radiographs of a stay."""

    taken: Candidates
    severity: str
    bsti: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A step of the illness: what its field says of it (None: nothing), and what its date can mean."""

    happened: bool | None
    when: Candidates

    @property
    def took_place(self) -> bool | None:
        """Where the field is silent, a date says that it happened; None where neither says anything."""
        return True if self.happened is None and self.when else self.happened


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalRecord:
    final_status: bool | None
    swabs: tuple[Swab, ...]
    readings: tuple[Reading, ...]
    admission: Candidates
    icu: Event
    intubation: Event
    death: Event
    last_known_alive: Candidates
    submitted: date | None
    site: str
    sex: str
    age_years: float | None
    ethnicity: str
    comorbidity: str  # yes | none | ''
    smoking: str
    cells: tuple[Cell, ...] = ()  # every field of the form, raw beside cleaned
    is_data: bool | None = None  # the file that counts is a data_ file; None where nobody says


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalFile:
    """One JSON file, as read: `values` by folded header. `problem` says why it counts for nothing."""

    name: str
    is_data: bool
    submitted: date | None
    values: Values
    problem: str

    @property
    def is_unread(self) -> bool:
        """Whether nothing is known of what it says."""
        return bool(self.problem) and not self.values

    @property
    def cells(self) -> Mapping[str, Any]:
        """The value that counts of each folded header."""
        return {header: found[0] for header, found in self.values.items()}


def read_file(file_name: str, content: bytes, pseudonym: str) -> ClinicalFile:
    """Parse one clinical file of the patient whose folder is `pseudonym`; never raises for what is in it."""
    name = _NAME.match(file_name)
    values: Values = {}
    problem = "" if name else "neither a data_ nor a status_ file"
    if not problem:
        try:
            values = _values(json.loads(content.decode("utf-8-sig")))
        except (ValueError, RecursionError):
            problem = "not a JSON object"
    named = fold(next(iter(values.get("pseudonym", ())), None))
    if not problem and named and named != fold(pseudonym):
        problem = "names another patient than its folder"
    dates = read_date(name.group(2), day_first=True) if name else ()
    is_data = bool(name) and file_name.casefold().startswith("data_")
    return ClinicalFile(
        name=file_name, is_data=is_data, submitted=next(iter(dates), None), values=values, problem=problem
    )


def latest(files: Sequence[ClinicalFile]) -> ClinicalFile | None:
    """The file that counts: the latest data file if any, else the latest status file."""
    sound = [one for one in files if not one.problem]
    return max(sound, key=lambda one: (one.is_data, one.submitted or date.min, one.name), default=None)


def to_record(file: ClinicalFile) -> ClinicalRecord:
    """What is known of a patient; all of it comes out of the cells, which it carries."""
    form = clean_form(file.values, submitted=file.submitted)
    value = {name: cell.value for name, cell in form.by_name.items()}
    return ClinicalRecord(
        final_status=_TRUTH.get(value["final_covid_status"]),
        swabs=tuple(_swabs(form)),
        readings=tuple(_reading(form, ordinal) for ordinal in ("1", "2")),
        admission=candidates(form.by_name["admission_date"]),
        icu=_event(form, "icu"),
        intubation=_event(form, "intubation"),
        death=_event(form, "death"),
        last_known_alive=candidates(form.by_name["last_known_alive"]),
        submitted=file.submitted,
        site=value["submitting_centre"],
        sex=value["sex"],
        age_years=float(value["age"]) if value["age"] else None,
        ethnicity=value["ethnicity"],
        comorbidity=_comorbidity([value[one] for one in _COMORBIDITIES]),
        smoking=value["smoking"],
        cells=form.cells,
    )


def _values(document: object) -> Values:
    if not isinstance(document, dict):
        raise ValueError("not an object")
    plain = fold_headers(document)
    nested = [fold_headers(one) for one in plain.get("otherdatasources", ()) if isinstance(one, dict)]
    found = [one for other in nested for one in other.get("segmentationdata", ()) if isinstance(one, dict)]
    return fold_headers(*found, document) if found else plain


def _swabs(form: Form) -> Iterator[Swab]:
    for ordinal in ("1", "2"):
        taken, reported = (candidates(form.by_name[f"pcr_{ordinal}_{one}"]) for one in ("acquired", "reported"))
        yield from _swab("rt_pcr", form.by_name[f"pcr_{ordinal}_result"], taken or reported)
    positive = form.by_name["positive_swab_date"]
    if positive.reason is not Reason.MISSING:  # what cannot be read as a date tells of a positive swab all the same
        yield Swab(source="positive_date", positive=True, taken=candidates(positive))
    for status, taken_cell in form.swabs:
        yield from _swab("status", status, candidates(taken_cell))


def _swab(source: str, result: Cell, taken: Candidates) -> Iterator[Swab]:
    positive = _TRUTH.get(result.value)
    if positive is not None:
        yield Swab(source=source, positive=positive, taken=taken)


def _event(form: Form, name: str) -> Event:
    return Event(happened=_TRUTH.get(form.by_name[name].value), when=candidates(form.by_name[f"{name}_date"]))


def _reading(form: Form, ordinal: str) -> Reading:
    cells = form.by_name
    return Reading(
        taken=candidates(cells[f"cxr_{ordinal}_date"]),
        severity=cells[f"cxr_{ordinal}_severity"].value,
        bsti=cells[f"cxr_{ordinal}_code"].value,
    )


def _comorbidity(values: Sequence[str]) -> str:
    if any(one not in ("", "no", "none") for one in values):
        return "yes"
    return "none" if all(values) else ""
