"""Tables of predictions and of truth from outside -> checked records; a run's results -> the same record.

`P.csv`: `case,score[,outcome]`. `T.csv`: `case,patient,label`, and every further column is a subgroup attribute, in
which an empty value, and what R and pandas write for one (NA, NaN, null, None, n/a), is unknown. A column `unit` is
no attribute: it names the unit of analysis that a case is of.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nccid_eval.errors import PredictionsError
from nccid_eval.records import CaseResult, Outcome, Predictions, Texts, Truth

MISSING = "missing"  # the outcome of a case that nobody answered
DECIMALS = 6  # of a container's score, as its protocol says
NUMERIC_LEVELS = 12  # a numeric column with more values is a measurement, not a subgroup
TEXT_LEVELS = 200  # a text column with more values is a name or a date
# What R and pandas write for a value that is not there. Not 'none' in small letters: it is a level of comorbidity.
UNKNOWN = frozenset({"NA", "N/A", "n/a", "<NA>", "NaN", "nan", "NULL", "null", "None"})
AGE_BANDS = ("<18", "18-39", "40-64", "65-79", "≥80")
_AGE_EDGES = (18.0, 40.0, 65.0, 80.0)
_OUTCOMES = (*(one.value for one in Outcome if one.is_vendors), MISSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]  # where each row ends in the file

    def column(self, name: str) -> list[str]:
        place = self.header.index(name)
        return [row[place] for row in self.rows]


def read_predictions(path: Path) -> Predictions:
    """Read `case,score[,outcome]`. An empty score, or an outcome other than ok, is a failure.

    A score is any finite number, taken as it is written. Raises PredictionsError, with the line, for a duplicate
    case, text, NaN or an infinity in `score`, an unknown outcome, or a table that is none.
    """
    table = _read(path, required=("case", "score"))
    for name in table.header:
        if name not in ("case", "score", "outcome"):
            raise _unknown_column(path, name)
    cases = _unique_cases(table)
    outcomes = table.column("outcome") if "outcome" in table.header else [""] * len(cases)
    scores: list[float] = []
    kept: list[str] = []
    for text, outcome, line in zip(table.column("score"), outcomes, table.lines, strict=True):
        scores.append(_score(text, path, line))
        kept.append(_outcome(outcome, text, path, line))
    answered = np.array([one == Outcome.OK for one in kept], dtype=np.bool_)
    return Predictions(
        case=_texts(cases),
        score=np.where(answered, np.array(scores, dtype=np.float64), 0.0),
        answered=answered,
        outcome=_texts(kept),
    )


def read_truth(path: Path) -> Truth:
    """Read `case,patient,label` and the attributes in any further columns; in these, empty or in UNKNOWN is unknown.

    `age` is banded (<18, 18-39, 40-64, 65-79, ≥80). Raises PredictionsError, with the line, for a duplicate case, an
    empty patient, a label other than 0 and 1, or a column that measures or names instead of grouping.
    """
    table = _read(path, required=("case", "patient", "label"))
    cases, patients = _unique_cases(table), table.column("patient")
    for text, line in zip(patients, table.lines, strict=True):
        if not text:
            raise _at(path, line, "the patient is empty", "name the patient of each case")
    labels = []
    for text, line in zip(table.column("label"), table.lines, strict=True):
        if text not in ("0", "1"):
            raise _at(path, line, f"the label {text!r} is not 0 or 1", "write 1 for diseased, 0 for healthy")
        labels.append(text == "1")
    further = [name for name in table.header if name not in ("case", "patient", "label", "unit")]
    return Truth(
        case=_texts(cases),
        patient=_texts(patients),
        label=np.array(labels, dtype=np.bool_),
        attributes={name: _attribute(table, name) for name in further},
        unit=_units(table) if "unit" in table.header else None,
    )


def from_results(results: Sequence[CaseResult]) -> Predictions:
    """A run's results in the order given; scores at six decimals. Whatever is not ok is not answered."""
    answered = [one.outcome is Outcome.OK and one.score is not None for one in results]
    score = [round(one.score, DECIMALS) if one.score is not None else 0.0 for one in results]
    return Predictions(
        case=_texts([one.case for one in results]),
        score=np.where(answered, np.array(score, dtype=np.float64), 0.0),
        answered=np.array(answered, dtype=np.bool_),
        outcome=_texts([one.outcome.value for one in results]),
    )


def align(predictions: Predictions, truth: Truth) -> Predictions:
    """Put predictions into the truth's order; a case without one is a failure with the outcome `missing`.

    Raises PredictionsError for a prediction of a case that the truth does not know, and for a case predicted twice.
    """
    place = {case: at for at, case in enumerate(predictions.case.tolist())}
    if len(place) < len(predictions.case):
        raise PredictionsError("a case is predicted twice", mend="give one prediction a case")
    unknown = sorted(place.keys() - set(truth.case.tolist()))
    if unknown:
        raise PredictionsError(
            f"{len(unknown)} predicted case(s) are not in the truth, the first is {unknown[0]!r}",
            where="column 'case'",
            mend="take them out, or name the truth that belongs to these predictions",
        )
    at = np.array([place.get(case, -1) for case in truth.case.tolist()], dtype=np.intp)
    there = at >= 0
    score, answered = np.zeros(len(truth.case)), np.zeros(len(truth.case), dtype=np.bool_)
    outcome = np.full(len(truth.case), MISSING, dtype=np.result_type(predictions.outcome.dtype, _texts([MISSING])))
    score[there], answered[there] = predictions.score[at[there]], predictions.answered[at[there]]
    outcome[there] = predictions.outcome[at[there]]
    return Predictions(case=truth.case, score=score, answered=answered, outcome=outcome)


def _read(path: Path, required: tuple[str, ...]) -> _Table:
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(tuple(cell.strip() for cell in row))
                lines.append(reader.line_num)
    except csv.Error as cause:
        raise _at(path, reader.line_num, f"{path.name} is not CSV: {cause}", "mend the quotes of that line") from None
    if not rows:
        raise PredictionsError(f"{path.name} is empty", where=str(path), mend=f"begin with {','.join(required)}")
    header = rows[0]
    for name in required:
        if name not in header:
            raise PredictionsError(
                f"the column '{name}' is missing; there are: {', '.join(header)}",
                where=f"{path}: line {lines[0]}",
                mend=f"begin with {','.join(required)}, with commas between",
            )
    if len(set(header)) < len(header) or "" in header:
        raise _at(path, lines[0], "two columns share a name, or one has none", "give each column its own name")
    if len(rows) == 1:
        raise PredictionsError(f"{path.name} has no case", where=str(path), mend="add a line for each case")
    for fields, line in zip(rows[1:], lines[1:], strict=True):
        if len(fields) != len(header):
            raise _at(path, line, f"{len(fields)} fields where the header has {len(header)}", "mend the commas")
    return _Table(path=path, header=header, rows=tuple(rows[1:]), lines=tuple(lines[1:]))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PredictionsError(f"{path.name} is not UTF-8", where=str(path), mend="save it as CSV, UTF-8") from None
    except OSError as cause:
        raise PredictionsError(
            f"{path.name} cannot be read: {cause.strerror}", where=str(path), mend="name an existing CSV file"
        ) from None


def _unique_cases(table: _Table) -> list[str]:
    seen: dict[str, int] = {}
    for case, line in zip(table.column("case"), table.lines, strict=True):
        if not case:
            raise _at(table.path, line, "the case is empty", "name each case")
        if case in seen:
            raise _at(table.path, line, f"the case {case!r} stands in line {seen[case]} already", "keep one of them")
        seen[case] = line
    return list(seen)


def _score(text: str, path: Path, line: int) -> float:
    value = _number(text) if text else 0.0
    if value is None:
        raise _at(path, line, f"the score {text!r} is not a finite number", "give a number; leave a failure empty")
    return value


def _outcome(text: str, score: str, path: Path, line: int) -> str:
    if text not in ("", *_OUTCOMES):
        raise _at(path, line, f"the outcome {text!r} is unknown", f"one of: {', '.join(_OUTCOMES)}")
    if text in ("", Outcome.OK):
        return Outcome.OK.value if score else MISSING
    return text


def _units(table: _Table) -> Texts:
    units = table.column("unit")
    for text, line in zip(units, table.lines, strict=True):
        if not text:
            raise _at(table.path, line, "the unit is empty", "name the unit of each case, or take the column out")
    return _texts(units)


def _attribute(table: _Table, name: str) -> Texts:
    values = ["" if text in UNKNOWN else text for text in table.column(name)]
    if name == "age":
        return _texts([_age_band(text, table.path, at) for text, at in zip(values, table.lines, strict=True)])
    levels = {text for text in values if text}
    numeric = all(_number(text) is not None for text in levels)
    most = NUMERIC_LEVELS if numeric else TEXT_LEVELS
    if len(levels) > most:
        kind = "numeric" if numeric else "text"
        raise PredictionsError(
            f"the {kind} column '{name}' has {len(levels)} different values; a subgroup attribute has {most} at most",
            where=f"{table.path}: column '{name}'",
            mend="put its values into bands, as 40-64, or take the column out",
        )
    return _texts(values)


def _age_band(text: str, path: Path, line: int) -> str:
    if text in ("", *AGE_BANDS):
        return text
    years = _number(text)
    if years is None or not 0 <= years <= 130:
        raise _at(path, line, f"the age {text!r} is not a number of years", "give years, a band, or leave it empty")
    return AGE_BANDS[sum(years >= edge for edge in _AGE_EDGES)]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def _texts(values: Sequence[str]) -> Texts:
    return np.array(values, dtype=np.str_)


def _unknown_column(path: Path, name: str) -> PredictionsError:
    near = difflib.get_close_matches(name, ("case", "score", "outcome"), n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return PredictionsError(
        f"unknown column '{name}'", where=f"{path}: line 1", mend=f"{hint}known: case, score, outcome; take it out"
    )


def _at(path: Path, line: int, what: str, mend: str) -> PredictionsError:
    return PredictionsError(what, where=f"{path}: line {line}", mend=mend)
