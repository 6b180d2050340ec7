"""nccid-batch/1 over bytes, without I/O: the list of cases out, lines of results in.

A line is held to the same rules as a result of nccid-stdio/1. One that can be told to be about a case that was asked
costs that case. One that cannot (no JSON, a case that was not asked, too long, too many) ends the file: what stands
before it counts, and every case without an answer there is malformed. Bytes after the last newline are a line that
was never finished, and are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nccid_eval.sandbox.protocol import LINE_BYTES, Answer, MalformedError, parse_result

PROTOCOL = "nccid-batch/1"
LIST = "cases.json"
PREDICTIONS = "predictions.jsonl"
LINES_A_CASE = 2  # more than that is a flood, and ends the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """What a file of predictions says. `broken` is why it was not read to its end, empty where it was."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    spoilt: Mapping[str, str] = field(default_factory=dict)  # case -> what is wrong with its line
    broken: str = ""


def encode_list(cases: Sequence[tuple[str, int]]) -> bytes:
    """The content of /input/cases.json, for cases given as (case, number of files)."""
    rows = [{"case": case, "dir": f"/input/{case}", "files": files} for case, files in cases]
    return json.dumps({"cases": rows}, ensure_ascii=True).encode() + b"\n"


def read_predictions(data: bytes, asked: Collection[str]) -> Predicted:
    """The answers in `data`, each to one of the cases `asked`."""
    waited_for = frozenset(asked)
    answers: dict[str, Answer] = {}
    spoilt: dict[str, str] = {}
    try:
        for line in _lines(data, LINES_A_CASE * len(waited_for)):
            case, answer, fault = _told(line, waited_for)
            if case in answers or case in spoilt:
                answers.pop(case, None)
                spoilt[case] = "a case is answered twice"
            elif answer is None:
                spoilt[case] = fault
            else:
                answers[case] = answer
    except MalformedError as cause:
        return Predicted(answers=answers, spoilt=spoilt, broken=str(cause))
    return Predicted(answers=answers, spoilt=spoilt)


def _lines(data: bytes, most: int) -> Iterator[bytes]:
    """Every line that was finished; MalformedError once one is too long or there are too many."""
    start = number = 0
    while (end := data.find(b"\n", start, start + LINE_BYTES)) >= 0:
        number += 1
        if number > most:
            raise MalformedError("there are more lines than cases")
        yield data[start:end]
        start = end + 1
    if len(data) - start >= LINE_BYTES:
        raise MalformedError("a line is longer than 65,535 bytes")


def _told(line: bytes, asked: frozenset[str]) -> tuple[str, Answer | None, str]:
    """The case that a line is about, and its answer or what is wrong with it; MalformedError where no case is."""
    try:
        answer = parse_result(line)
    except MalformedError as cause:
        case = _named(line)
        if case not in asked:
            raise
        return case, None, str(cause)
    if answer.case not in asked:
        raise MalformedError("a case is answered that was not asked")
    return answer.case, answer, ""


def _named(line: bytes) -> str:
    """The one case that a malformed line names; empty where it names none, or two."""
    try:
        pairs = json.loads(line.decode(), object_pairs_hook=tuple, parse_int=len, parse_float=len)
    except (ValueError, RecursionError):  # no JSON, no UTF-8, or nested without a bottom
        return ""
    names = [pair[1] for pair in pairs if pair[0] == "case"] if isinstance(pairs, tuple) else []
    return names[0] if len(names) == 1 and isinstance(names[0], str) else ""
