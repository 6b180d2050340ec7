"""What is said of a run that was scored again: nothing where every byte is the same, else what differs."""

from __future__ import annotations

from dataclasses import replace

from nccid_eval.pipeline.again import Released, differs

CARD = {"versions": {"numpy": "2.0", "scipy": "1.12"}, "overall": {"auc": {"value": 0.5, "low": 0.25}}, "roc": [1, 2]}
BEFORE = Released(sums={"report.html": "a", "report.pdf": "b", "scorecard.json": "c"}, card=CARD)


def test_the_same_bytes_and_a_first_time_say_nothing() -> None:
    assert differs(BEFORE, BEFORE) == ""
    assert differs(Released(sums={}, card=None), BEFORE) == ""


def test_other_versions_are_named_with_what_moved() -> None:
    card = {**CARD, "versions": {"numpy": "2.1", "scipy": "1.12", "new": "3"}, "roc": [1, 2.5], "more": 1}
    after = Released(sums={**BEFORE.sums, "scorecard.json": "d"}, card=card)
    assert differs(BEFORE, after) == (
        "scored by other versions than before (new none before, 3 now, numpy 2.0 before, 2.1 now): "
        "numbers that moved: 1, the largest by 0.5; 1 are there only before or only now; "
        "changed files: scorecard.json"
    )


def test_the_same_versions_with_other_numbers_are_told_too() -> None:
    card = {**CARD, "overall": {"auc": {"value": 0.75, "low": 0.25}}}
    said = differs(BEFORE, Released(sums={**BEFORE.sums, "scorecard.json": "d"}, card=card))
    assert said.startswith("not what was released before, though scored by the same versions: ")
    assert "numbers that moved: 1, the largest by 0.2" in said


def test_another_page_with_the_same_numbers() -> None:
    said = differs(BEFORE, replace(BEFORE, sums={**BEFORE.sums, "report.html": "d"}))
    assert said == "the numbers are the same as before; written anew otherwise: report.html"


def test_pages_that_were_printed_go_with_the_old_release() -> None:
    said = differs(BEFORE, replace(BEFORE, sums={"report.html": "a", "scorecard.json": "c"}))
    assert said == "report.pdf went with the old release: nccid-eval report makes them again"


def test_a_scorecard_that_cannot_be_read_is_said_to_be_so() -> None:
    damaged = replace(BEFORE, sums={**BEFORE.sums, "scorecard.json": "x"}, card=None)
    assert "no scorecard that can be read" in differs(damaged, BEFORE)
