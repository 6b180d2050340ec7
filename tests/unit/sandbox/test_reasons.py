"""What a vendor may be told is a closed list: every reason that the room can write is on it; nothing else leaves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import nccid_eval.sandbox
from nccid_eval.records import Outcome
from nccid_eval.sandbox.reasons import MEANINGS, Reason, told
from nccid_eval.sandbox.work import LOST

SOURCE = Path(nccid_eval.sandbox.__file__).parent
SAYING = ("MalformedError", "BrokenOffError", "give_up", "_give_up")  # calls that hold a reason
OURS = (LOST, "interrupted", "the engine does not answer")  # of infra: never a vendor's
POLITE = ("left when stdin was closed", "did not leave with exit status 0")  # when all was answered


def texts(node: ast.expr) -> Iterator[str]:
    """The text of a literal, and of an f-string what is certain about it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else "…" for one in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def is_outcome(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Outcome"


def spoken(tree: ast.AST) -> Iterator[str]:
    """Texts in calls that hold a reason, under the name `reason` or `broken`, and beside an outcome."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            for one in node.args if name in SAYING else ():
                yield from texts(one)
            for keyword in node.keywords:
                if keyword.arg in ("reason", "broken"):
                    yield from texts(keyword.value)
        elif isinstance(node, ast.Assign) and any(getattr(one, "id", "") == "reason" for one in node.targets):
            yield from texts(node.value)
        elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
            first, second = node.elts
            if is_outcome(first) or (isinstance(first, ast.Constant) and first.value is None):
                yield from texts(second)


def all_reasons() -> set[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SOURCE.glob("*.py")]
    return {text for tree in trees for text in spoken(tree)} - {"", *OURS, *POLITE}


def test_the_search_finds_reasons_of_every_kind() -> None:
    found = all_reasons()
    assert {Reason.NO_ANSWER, Reason.SCORE_OUTSIDE, Reason.TIME_SPENT, Reason.NOT_DONE, Reason.LEFT} <= found
    assert any(text.startswith("the file of predictions") for text in found)
    assert len(found) > 25


def test_every_reason_that_the_room_can_write_is_on_the_list() -> None:
    new = sorted(text for text in all_reasons() if told(text) is Reason.OTHER)
    assert new == [], "add them to sandbox/reasons.py, if a vendor may read them"


@pytest.mark.parametrize(
    "reason",
    ["", "the score of case k3f9q2 was odd", "no answer in time ", "No answer in time", "../etc", *OURS, *POLITE],
)
def test_whatever_else_a_journal_holds_leaves_as_one_text(reason: str) -> None:
    assert told(reason) is Reason.OTHER


def test_what_goes_on_is_cut_off() -> None:
    assert told("no container could be asked anything: a line is not JSON in UTF-8") is Reason.NEVER_READY
    assert told("the file of predictions is not a file that may be opened (Permission denied)") is Reason.FILE_REFUSED


def test_every_outcome_that_is_the_vendors_has_a_meaning() -> None:
    assert set(MEANINGS) == {one for one in Outcome if one.is_vendors}
