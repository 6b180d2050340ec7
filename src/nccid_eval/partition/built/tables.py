"""private/truth.csv and private/sources.csv: what only the evaluator may know of each case."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nccid_eval.errors import PartitionError
from nccid_eval.records import Truth

ATTRIBUTES = (
    "sex",
    "age_band",
    "site",
    "view",
    "maker",
    "modality",
    "ethnicity",
    "age",
    "severity",
    "bsti",
    "comorbidity",
    "smoking",
    "quarter",
    "photometric",
    "icu",
    "size",
    "bits",
    "site_role",
    "sex_source",
    "age_source",
    "sex_conflict",
)
TELLING = {  # attributes that are the target in other words, by target: no strata of its cases
    "icu_admission": frozenset({"icu"}),
    "intubation": frozenset({"icu"}),
    "severity_moderate_or_worse": frozenset({"severity"}),
}
NO_STRATA = frozenset({"age", "sex_source", "age_source", "sex_conflict"})  # how sure a value is, or a finer one
_KEYS = ("case", "patient", "label")
_UNIT = "unit"
_SOURCE_COLUMNS = ("case", "file", "study", "pseudonym", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    case: str
    patient: str  # opaque
    label: bool
    attributes: Mapping[str, str]
    unit: str = ""  # opaque; the unit of analysis that the case is of, '' where each case is its own


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """Where a staged file came from. `study` is opaque, `pseudonym` and `source` are the warehouse's."""

    case: str
    file: str
    study: str
    pseudonym: str
    source: str


def format_truth(rows: Sequence[CaseRow]) -> bytes:
    body = [
        (r.case, r.patient, str(int(r.label)), r.unit or r.case, *(r.attributes[name] for name in ATTRIBUTES))
        for r in rows
    ]
    return _csv((*_KEYS, _UNIT, *ATTRIBUTES), body)


def parse_truth(content: bytes, where: str) -> Truth:
    """Raises PartitionError for a table that `format_truth` did not write."""
    rows = _rows(content, where)
    names = tuple(name for name in rows[0] if name not in (*_KEYS, _UNIT)) if rows else ATTRIBUTES
    if any(not set(_KEYS) <= set(row) or row["label"] not in ("0", "1") or None in row.values() for row in rows):
        raise PartitionError("a table of the partition is damaged", where=where, mend="build the partition again")
    return Truth(
        case=np.array([row["case"] for row in rows], dtype=np.str_),
        patient=np.array([row["patient"] for row in rows], dtype=np.str_),
        label=np.array([row["label"] == "1" for row in rows], dtype=np.bool_),
        attributes={name: np.array([row[name] for row in rows], dtype=np.str_) for name in names},
        unit=np.array([row.get(_UNIT, row["case"]) for row in rows], dtype=np.str_),
    )


def format_sources(rows: Sequence[SourceRow]) -> bytes:
    return _csv(_SOURCE_COLUMNS, [(r.case, r.file, r.study, r.pseudonym, r.source) for r in rows])


def parse_sources(content: bytes, where: str) -> list[SourceRow]:
    """Raises PartitionError for a table that `format_sources` did not write."""
    try:
        return [SourceRow(**row) for row in _rows(content, where)]
    except TypeError:
        raise PartitionError(
            "a table of the partition is damaged", where=where, mend="build the partition again"
        ) from None


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def _rows(content: bytes, where: str) -> list[dict[str, str]]:
    try:
        return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    except (UnicodeDecodeError, csv.Error):
        raise PartitionError(
            "a table of the partition is damaged", where=where, mend="build the partition again"
        ) from None
