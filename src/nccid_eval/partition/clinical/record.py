"""A patient's status and data files -> one clinical record.

The latest `data_*` file counts if there is any, else the latest `status_*`. Headers are matched after folding case
and collapsing white space, because the spreadsheets behind them were typed by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from nccid_eval.partition.clinical import fields
from nccid_eval.partition.clinical.cells import Cell
from nccid_eval.partition.clinical.dates import Candidates, read_date
from nccid_eval.partition.clinical.ethnicity import clean_ethnicity
from nccid_eval.partition.text import fold

_NAME = re.compile(r"^(data|status)_(.+)\.json$", re.IGNORECASE)
_COMORBIDITIES = (  # header, code for unknown
    (("pmh hypertension", "pmh h1pertension"), "2"),
    (("pmh ckd",), "2"),
    (("pmh cvs disease",), ""),
    (("pmh lung disease",), "6"),
    (("pmh diabetes mellitus type ii",), "2"),
)
Cells = Mapping[str, Any]


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
    """A step of the illness: whether it happened (None: not said), and what its date can mean."""

    happened: bool | None
    when: Candidates


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
    """One JSON file, as read: `cells` by folded header. `problem` says why it counts for nothing."""

    name: str
    is_data: bool
    submitted: date | None
    cells: Cells
    problem: str


def read_file(file_name: str, content: bytes, pseudonym: str) -> ClinicalFile:
    """Parse one clinical file of the patient whose folder is `pseudonym`; never raises for what is in it."""
    name = _NAME.match(file_name)
    cells: Cells = {}
    problem = "" if name else "neither a data_ nor a status_ file"
    if not problem:
        try:
            cells = _cells(json.loads(content.decode("utf-8-sig")))
        except (ValueError, RecursionError):
            problem = "not a JSON object"
    named = fold(cells.get("pseudonym"))
    if not problem and named and named != fold(pseudonym):
        problem = "names another patient than its folder"
    dates = read_date(name.group(2), day_first=True) if name else ()
    is_data = bool(name) and file_name.casefold().startswith("data_")
    return ClinicalFile(
        name=file_name, is_data=is_data, submitted=next(iter(dates), None), cells=cells, problem=problem
    )


def latest(files: Sequence[ClinicalFile]) -> ClinicalFile | None:
    """The file that counts: the latest data file if any, else the latest status file."""
    sound = [one for one in files if not one.problem]
    return max(sound, key=lambda one: (one.is_data, one.submitted or date.min, one.name), default=None)


def to_record(file: ClinicalFile) -> ClinicalRecord:
    cells = file.cells
    return ClinicalRecord(
        final_status=fields.clean_result(cells.get("final covid status")),
        swabs=tuple(_swabs(cells)),
        readings=tuple(_readings(cells)),
        admission=read_date(cells.get("date of admission"), day_first=False),
        icu=_event(cells, "itu admission", "date of itu admission"),
        intubation=_event(cells, "intubation", "date of intubation"),
        death=_event(cells, "death", "date of death"),
        last_known_alive=read_date(cells.get("date last known alive"), day_first=False),
        submitted=file.submitted,
        site=fields.clean_site(cells.get("submittingcentre")),
        sex=fields.clean_sex(cells.get("sex")),
        age_years=fields.clean_age(cells.get("age")),
        ethnicity=clean_ethnicity(cells.get("ethnicity")),
        comorbidity=_comorbidity(cells),
        smoking=fields.clean_smoking(cells.get("smoking status")),
        is_data=file.is_data,
    )


def _cells(document: object) -> Cells:
    if not isinstance(document, dict):
        raise ValueError("not an object")
    cells: dict[str, Any] = {}
    for key, value in document.items():
        if not _is_blank(value) or fold(key) not in cells:
            cells[fold(key)] = value
    other = cells.get("otherdatasources")
    segmentation = other.get("SegmentationData") if isinstance(other, dict) else None
    if isinstance(segmentation, dict):
        cells |= {fold(key): value for key, value in segmentation.items() if not _is_blank(value)}
    return cells


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _swabs(cells: Cells) -> list[Swab]:
    swabs = [_pcr(cells, ordinal) for ordinal in ("1st", "2nd")]
    if positive := read_date(cells.get("date of positive covid swab"), day_first=False):
        swabs.append(Swab(source="positive_date", positive=True, taken=positive))
    listed = cells.get("swabdates")
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    swabs += [_status_swab({fold(key): value for key, value in row.items()}) for row in rows]
    swabs.append(_status_swab(cells))
    return [swab for swab in swabs if swab is not None]


def _pcr(cells: Cells, ordinal: str) -> Swab | None:
    result = fields.clean_result(cells.get(f"{ordinal} rt-pcr result"))
    if result is None:
        return None
    taken = read_date(cells.get(f"date of acquisition of {ordinal} rt-pcr"), day_first=False)
    reported = read_date(cells.get(f"date of result of {ordinal} rt-pcr"), day_first=False)
    return Swab(source="rt_pcr", positive=result, taken=taken or reported)


def _status_swab(cells: Cells) -> Swab | None:
    result = fields.clean_result(cells.get("swabstatus"))
    if result is None:
        return None
    return Swab(source="status", positive=result, taken=read_date(cells.get("swabdate"), day_first=True))


def _event(cells: Cells, whether: str, when: str) -> Event:
    return Event(happened=fields.clean_result(cells.get(whether)), when=read_date(cells.get(when), day_first=False))


def _readings(cells: Cells) -> list[Reading]:
    # "CXR severity 3" is the severity of the second radiograph: the form's own slip.
    columns = (("1st", "cxr severity", "covid code"), ("2nd", "cxr severity 3", "covid code 2"))
    return [
        Reading(
            taken=read_date(cells.get(f"date of {ordinal} cxr"), day_first=False),
            severity=fields.clean_severity(cells.get(severity)),
            bsti=fields.clean_bsti(cells.get(bsti)),
        )
        for ordinal, severity, bsti in columns
    ]


def _comorbidity(cells: Cells) -> str:
    found = [
        fields.clean_present(next((cells[h] for h in headers if not _is_blank(cells.get(h))), None), unknown=unknown)
        for headers, unknown in _COMORBIDITIES
    ]
    if any(found):
        return "yes"
    return "none" if all(one is False for one in found) else ""
