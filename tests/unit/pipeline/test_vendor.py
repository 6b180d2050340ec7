"""release/vendor.json from a journal and what was released."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import pytest
from tests.unit.report.evaluation_factory import evaluation

from nccid_eval.journal import Answered, ContainerEnded, Entry, Failed
from nccid_eval.pipeline.counted import LOST
from nccid_eval.pipeline.vendor import WITHHELD, because, for_vendor, table
from nccid_eval.records import CaseResult, FlowStep, Outcome
from nccid_eval.sandbox import Reason


def answered(outcome: Outcome, *cases: str) -> Answered:
    error = "unreadable" if outcome is Outcome.DECLINED else ""
    results = tuple(CaseResult(case=one, outcome=outcome, score=None, error=error, latency_s=0.0) for one in cases)
    return Answered(latency_s=0.0, results=results)


def ended(reason: str, outcome: Outcome | None = None) -> ContainerEnded:
    return ContainerEnded(reason=reason, exit_code=None, memory_peak_mib=None, outcome=outcome)


ENTRIES: Sequence[Entry] = (
    Failed(cases=("c1",), outcome=Outcome.TIMEOUT, reason="no answer in time"),
    Failed(cases=("c2",), outcome=Outcome.MALFORMED, reason="<script>the patient's name</script>"),
    Failed(cases=("c3",), outcome=Outcome.INFRA, reason="interrupted"),
    answered(Outcome.DECLINED, "c4"),
    ended("left when stdin was closed"),
)


def test_reasons_stand_with_their_outcome_and_ours_are_left_out() -> None:
    assert because(ENTRIES) == {
        Outcome.TIMEOUT: {Reason.NO_ANSWER},
        Outcome.MALFORMED: {Reason.OTHER},
        Outcome.DECLINED: {Reason.ITS_OWN},
    }


@pytest.mark.parametrize(
    ("reason", "outcome", "wanted"),
    [
        ("the run's time is spent", Outcome.TIMEOUT, Reason.TIME_SPENT),
        ("the restarts are spent", Outcome.EXITED, Reason.RESTARTS_SPENT),
        ("no container could be asked anything: no answer in time", Outcome.TIMEOUT, Reason.NEVER_READY),
    ],
)
def test_cases_that_were_given_up_have_their_reason(reason: str, outcome: Outcome, wanted: Reason) -> None:
    assert because([answered(outcome, "c1", "c2"), ended(reason)]) == {outcome: {wanted}}


def test_no_case_no_text_of_the_containers_and_no_fine_time_leaves() -> None:
    one = evaluation()
    assert one.run is not None
    exact = dataclasses.replace(
        one, run=dataclasses.replace(one.run, latency_median_s=0.123456, latency_p95_s=9999.0)
    )
    told = table(for_vendor(exact, ENTRIES))
    text = json.dumps(told)
    for private in ("c1", "c2", "c3", "c4", "script", "unreadable", "123456", "9999"):
        assert private not in text
    assert told["seconds"]["a case, median"] == "at most 0.3"
    assert told["seconds"]["a case, p95"] == "at most 10000"


def test_counts_are_the_released_ones() -> None:
    one = evaluation()
    card = dataclasses.replace(one.scorecard, failures={"timeout": 12, "other": 3})
    rows = table(for_vendor(dataclasses.replace(one, scorecard=card), ENTRIES))["failures"]
    assert [(row["outcome"], row["cases"]) for row in rows] == [("other", 3), ("timeout", 12)]
    assert rows[0]["because"] == ()  # of outcomes that are not told apart no reason is told
    assert rows[1]["because"] == ("no answer in time",)


def test_where_the_failures_are_hidden_they_are_hidden_here() -> None:
    one = evaluation()
    counts = dataclasses.replace(one.scorecard.counts, failures=None)
    card = dataclasses.replace(one.scorecard, counts=counts, failures={})
    told = table(for_vendor(dataclasses.replace(one, scorecard=card), ENTRIES))
    assert (told["answered"], told["failures"]) == (WITHHELD, ())


def test_what_a_protocol_does_not_know_is_not_available() -> None:
    one = evaluation()
    assert one.run is not None
    batch = dataclasses.replace(one.run, ready_s=None, latency_median_s=None, latency_p95_s=None)
    assert set(for_vendor(dataclasses.replace(one, run=batch), ENTRIES).seconds.values()) == {"not available"}


def test_measures_and_verdicts_have_the_digits_of_a_page_and_no_group_s() -> None:
    one = evaluation()
    exact = dataclasses.replace(one.scorecard.overall["sensitivity"], value=0.83812345)
    overall = {**one.scorecard.overall, "sensitivity": exact, "lr_positive": dataclasses.replace(exact, value=4.4567)}
    verdict = dataclasses.replace(one.scorecard.verdicts[0], measure=exact)
    card = dataclasses.replace(one.scorecard, overall=overall, verdicts=(verdict,))
    told = table(for_vendor(dataclasses.replace(one, scorecard=card), ENTRIES))
    assert told["overall"]["sensitivity"] == {"value": 0.838, "low": 0.788, "high": 0.883}
    assert told["overall"]["lr_positive"]["value"] == 4.46
    assert told["overall"]["negative_likelihood_ratio"] == {"reason": "a rate is 0 or 1"}
    assert told["verdicts"][0]["value"] == 0.838
    assert (told["verdicts"][0]["metric"], told["verdicts"][0]["verdict"]) == ("sensitivity", "met")
    text = json.dumps(told)
    for attribute, levels in card.by_group.items():
        assert [name for name in (attribute, *levels) if f'"{name}"' in text] == []


def test_cases_that_our_own_software_lost_are_told_as_ours() -> None:
    one = evaluation()
    lost = FlowStep(stage="evaluation", reason=LOST, kept=False, images=2, studies=2, patients=0)
    assert for_vendor(one, ENTRIES).left_out == 0
    assert for_vendor(dataclasses.replace(one, flow=(*one.flow, lost)), ENTRIES).left_out == 2
