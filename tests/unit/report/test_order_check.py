"""What a reader is told of the rehearsal and of asking again."""

from __future__ import annotations

import re
from dataclasses import replace

import evaluation_factory as factory
import pytest

from nccid_eval.cli import plain
from nccid_eval.records import Evaluation, OrderCheck, Rehearsal
from nccid_eval.report.parts import wording
from nccid_eval.report.technical import findings
from nccid_eval.report.technical.render import render
from nccid_eval.tracking import headline_metrics

SAME = OrderCheck(asked=50, compared=50, largest_change=0.0, crossed=0, failed=0)
WARNING = "The model does not always give the same answer"


def checked(**changes: object) -> Evaluation:
    return replace(
        factory.plain_evaluation(),
        rehearsal=Rehearsal(cases=13, declined=2, failed=1),
        order_check=replace(SAME, **changes),  # type: ignore[arg-type]
    )


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def titles(evaluation: Evaluation) -> list[str]:
    return [one.title for one in findings.caveats(evaluation)]


@pytest.mark.parametrize("changes", [{"crossed": 1}, {"failed": 1}, {"largest_change": 0.0011}])
def test_a_model_that_changes_its_mind_is_a_finding(changes: dict[str, object]) -> None:
    assert WARNING in titles(checked(**changes))


@pytest.mark.parametrize("changes", [{}, {"largest_change": 0.001}, {"largest_change": None, "asked": 0}])
def test_rounding_noise_is_none(changes: dict[str, object]) -> None:
    assert WARNING not in titles(checked(**changes))
    assert WARNING not in titles(factory.evaluation())


def test_the_page_tells_what_came_of_both() -> None:
    page = text_of(render(checked(compared=49, largest_change=0.03, crossed=4, failed=1)))
    assert "was asked 13 synthetic ones in the same sandbox. It declined 2 and failed on 1." in page
    assert "At least 49 answered cases were asked again; the largest change of a score was at most 0.03." in page
    assert "Up to 4 crossed the threshold." in page
    assert "1 got no usable answer the second time." in page


def test_where_there_was_none_the_page_says_why_or_nothing() -> None:
    none = checked(
        asked=0, compared=0, largest_change=None, not_available="nccid-batch/1 answers all cases in one go"
    )
    page = text_of(render(none))
    assert "Not available: nccid-batch/1 answers all cases in one go. Whether an answer depends on" in page
    elsewhere = replace(factory.outside_evaluation(), scorecard=factory.plain_evaluation().scorecard)
    assert "Order check" not in text_of(render(elsewhere))


def test_words_for_one_that_was_never_answered_again() -> None:
    assert "none was answered" in wording.repeated(replace(SAME, compared=0, largest_change=None, failed=50))


def test_metrics_of_the_tracking_server() -> None:
    found = headline_metrics(checked(largest_change=0.021, crossed=2))
    change, crossed = "order_check_largest_change_at_most", "order_check_crossed_at_most_cases"
    assert (found[change], found[crossed]) == (0.021, 2.0)
    assert crossed not in headline_metrics(checked(largest_change=None))
    assert crossed not in headline_metrics(factory.evaluation())


def test_the_terminal_says_it_in_a_line() -> None:
    assert plain.order_check(None) == []
    (line,) = plain.order_check(SAME)
    assert line.startswith("order check: 50 answered cases were asked again; the largest change of a score was 0")
    (line,) = plain.order_check(replace(SAME, not_available="no case was answered"))
    assert line == "order check: not available: no case was answered"
