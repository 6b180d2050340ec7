"""The explorer: what it moves over, what it is given, when there is none. What the script does: tests/browser."""

from __future__ import annotations

import dataclasses
import json
from importlib import resources

import evaluation_factory as factory
import pytest

from nccid_eval import report
from nccid_eval.records import Evaluation, NotEstimable, RocPoint
from nccid_eval.report.explorer import section
from nccid_eval.report.parts.thousand import of_thousand


def record(evaluation: Evaluation) -> dict[str, object]:
    explorer = section(evaluation)["explorer"]
    assert explorer
    given: dict[str, object] = json.loads(explorer.record)
    return given


def with_roc(roc: tuple[RocPoint, ...], **changes: object) -> Evaluation:
    sound = factory.evaluation()
    return dataclasses.replace(sound, scorecard=dataclasses.replace(sound.scorecard, roc=roc, **changes))  # type: ignore[arg-type]


def test_the_record_holds_every_point_by_rising_threshold_as_it_was_released() -> None:
    points = sorted(factory.released_roc(), key=lambda one: one.threshold)
    given = record(factory.evaluation())
    assert given["points"] == [
        [
            *(one.threshold, one.sensitivity, one.sensitivity_low, one.sensitivity_high, one.sensitivity_borrowed),
            *(one.specificity, one.specificity_low, one.specificity_high, one.specificity_borrowed),
        ]
        for one in points
    ]
    assert points[given["declared"]].threshold == 0.42  # type: ignore[index]
    assert given["exploratory"] == "Exploratory: the vendor declared 0.42 before the run."


def test_predictions_made_elsewhere_have_no_vendor_who_declared() -> None:
    assert record(factory.outside_evaluation())["exploratory"] == "Exploratory: 0.42 was given for this scoring."


def test_a_threshold_between_two_of_the_grid_stays_exact_and_a_step_beyond_one_is_no_place_for_a_slider() -> None:
    points = factory.released_roc()
    inner = dataclasses.replace(points[8], threshold=0.6815)
    beyond = dataclasses.replace(points[0], threshold=1.01)
    given = record(with_roc((beyond, *points[1:8], inner, *points[9:]), threshold=0.6815))
    thresholds = [one[0] for one in given["points"]]  # type: ignore[attr-defined]
    assert 0.6815 in thresholds
    assert max(thresholds) == 0.96


@pytest.mark.parametrize(
    ("roc", "changes", "reason"),
    [
        ((), {}, "There is no curve"),
        (factory.roc(), {}, "the scores lie elsewhere, or an end is suppressed"),
        ((*factory.released_roc()[:-1], RocPoint(threshold=-3.0, sensitivity=1, specificity=0)), {}, "do not reach"),
        (factory.released_roc(), {"threshold": 1.5}, "do not reach"),
        (factory.released_roc(), {"threshold": 0.437}, "Too few points"),
        (factory.released_roc()[-2:], {"threshold": 0.0}, "Too few points"),
        (
            tuple(
                RocPoint(threshold=one.threshold, sensitivity=one.sensitivity, specificity=one.specificity)
                for one in factory.released_roc()
            ),
            {},
            "an earlier version",
        ),
        (factory.released_roc(), {"overall": {"sensitivity": NotEstimable(reason="few")}}, "are suppressed"),
    ],
)
def test_where_there_is_nothing_to_explore_a_sentence_says_why(
    roc: tuple[RocPoint, ...], changes: dict[str, object], reason: str
) -> None:
    found = section(with_roc(roc, **changes))
    assert found["explorer"] is None
    assert reason in found["unexplored"]


def test_a_page_without_an_explorer_has_the_sentence_and_no_script() -> None:
    page = report.render(factory.plain_evaluation())
    assert "There is no curve: it could not be estimated or was suppressed. So there is no threshold" in page
    assert "<script" not in page
    assert "script-src &#39;none&#39;" in page


def test_without_a_script_the_declared_point_stands_there() -> None:
    explorer = section(factory.evaluation())["explorer"]
    people = of_thousand(factory.scorecard(), 0.05)
    assert people
    assert explorer.in_words == people.in_words
    assert [number for _, _, number, _ in explorer.keys] == [42, 8, 179, 771]
    assert [row[1].text for row in explorer.table.rows] == ["83.8%", "81.2%", "19.0%", "99.0%"]
    assert explorer.picture.count("M") == 1000


def test_the_script_is_small() -> None:
    script = resources.files("nccid_eval.report") / "templates" / "explorer" / "explorer.js"
    assert len(script.read_bytes()) < 30_000
