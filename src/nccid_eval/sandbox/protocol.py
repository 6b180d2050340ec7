"""nccid-stdio/1 over bytes, without I/O: lines in, checked answers out. What is not exactly right is malformed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

PROTOCOL = "nccid-stdio/1"
LINE_BYTES = 65_535  # with its newline
MAX_BATCH = 256  # so many cases always fit into one line
DECIMALS = 6
MAX_DIGITS = 32
DECLINED = ("unreadable", "out_of_scope", "failed")


class MalformedError(Exception):
    """What a container printed is not the protocol. The text is one of ours and holds nothing of the container's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    max_batch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One case's answer: a score of six decimals in [0, 1], or the container's own word for why there is none."""

    case: str
    score: float | None
    error: str


class LineSplitter:
    """Cuts a byte stream into lines; raises MalformedError once a line is too long to be one.

    Each byte is looked at once, however many pieces a line comes in.
    """

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, without their newlines."""
        first, *others = data.split(b"\n")
        self._rest += first
        lines: list[bytes] = []
        for other in others:
            lines.append(bytes(_checked_length(self._rest)))
            self._rest = bytearray(other)
        _checked_length(self._rest)
        return lines

    @property
    def pending(self) -> bool:
        return bool(self._rest)


def encode_request(request: str, cases: Sequence[tuple[str, int]]) -> bytes:
    """The ASCII line that asks for cases, given as (case, number of files); ValueError past the line limit."""
    rows = [{"case": case, "dir": f"/input/{case}", "files": files} for case, files in cases]
    line = json.dumps({"request": request, "cases": rows}, ensure_ascii=True).encode() + b"\n"
    if len(line) > LINE_BYTES:
        raise ValueError(f"a request of {len(line)} bytes is too long for one line")
    return line


def parse_ready(line: bytes) -> Ready:
    table = _strict(line)
    if table.get("ready") is not True or table.get("protocol") != PROTOCOL:
        raise MalformedError("the first line is not the ready line of nccid-stdio/1")
    if not set(table) <= {"ready", "protocol", "max_batch"}:
        raise MalformedError("the ready line has an unknown key")
    max_batch = table.get("max_batch", 1)
    if type(max_batch) is not int or not 1 <= max_batch <= 100_000:
        raise MalformedError("max_batch is not a whole number from 1 up")
    return Ready(max_batch=max_batch)


def parse_response(line: bytes, request: str, asked: Sequence[str]) -> tuple[Answer, ...]:
    """The answers to exactly the cases asked, in the order asked."""
    table = _strict(line)
    if set(table) != {"request", "results"}:
        raise MalformedError("the answer has other keys than 'request' and 'results'")
    if table["request"] != request:
        raise MalformedError("the answer names another request")
    if not isinstance(table["results"], list):
        raise MalformedError("'results' is not a list")
    answers: dict[str, Answer] = {}
    for row in table["results"]:
        answer = _answer(row)
        if answer.case in answers:
            raise MalformedError("a case is answered twice")
        answers[answer.case] = answer
    if set(answers) != set(asked):
        raise MalformedError("the cases answered are not those asked")
    return tuple(answers[case] for case in asked)


def parse_result(line: bytes) -> Answer:
    """One result object that stands alone on its line."""
    return _answer(_strict(line))


def _answer(row: Any) -> Answer:
    if not isinstance(row, dict) or set(row) not in ({"case", "score"}, {"case", "error"}):
        raise MalformedError("a result has other keys than 'case' and one of 'score' and 'error'")
    if not isinstance(row["case"], str):
        raise MalformedError("'case' is not text")
    if "error" in row:
        if row["error"] not in DECLINED:
            raise MalformedError("'error' is none of unreadable, out_of_scope, failed")
        return Answer(case=row["case"], score=None, error=row["error"])
    return Answer(case=row["case"], score=_score(row["score"]), error="")


def _score(value: Any) -> float:
    if type(value) not in (int, float):
        raise MalformedError("a score is not a number")
    if not math.isfinite(value) or not 0 <= value <= 1:
        raise MalformedError("a score is not finite, or outside [0, 1]")
    return round(float(value), DECIMALS) + 0.0  # + 0.0 turns -0.0 into 0.0


def _checked_length(line: bytearray) -> bytearray:
    if len(line) + 1 > LINE_BYTES:
        raise MalformedError("a line is longer than 65,535 bytes")
    return line


def _strict(line: bytes) -> Mapping[str, Any]:
    """Strict JSON: UTF-8, no NaN, no Infinity, no duplicate key, no endless integer, no bottomless nesting."""
    try:
        table = _STRICT.decode(line.decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise MalformedError("a line is not JSON in UTF-8") from None
    if not isinstance(table, dict):
        raise MalformedError("a line is not a JSON object")
    return table


def _reject(_constant: str) -> NoReturn:
    raise MalformedError("a number is NaN or Infinity")


def _int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise MalformedError("a whole number is too long")
    return int(digits)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise MalformedError("a key stands twice in one object")
    return table


_STRICT = json.JSONDecoder(parse_constant=_reject, parse_int=_int, object_pairs_hook=_no_duplicates)
