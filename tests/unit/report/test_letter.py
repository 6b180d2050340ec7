"""The vendor's letter: its own result and failures, plainly whose they were, and nothing of a case or a group."""

from __future__ import annotations

import dataclasses
import re
from html import unescape

import evaluation_factory as factory
import pytest

from nccid_eval import report
from nccid_eval.journal import Answered, ContainerEnded, Failed
from nccid_eval.pipeline.counted import LOST
from nccid_eval.pipeline.vendor import for_vendor
from nccid_eval.records import (
    CaseResult,
    Estimate,
    FlowStep,
    NotEstimable,
    Outcome,
    Rehearsal,
    VendorFailure,
    VendorRefusal,
    VendorResult,
)
from nccid_eval.report.letter.words import ADVICE
from nccid_eval.report.parts import wording

PRIVATE = ("c-0001", "c-0002", "c-0003")
ENTRIES = (
    Failed(cases=(PRIVATE[0],), outcome=Outcome.TIMEOUT, reason="no answer in time"),
    Failed(cases=(PRIVATE[1],), outcome=Outcome.MALFORMED, reason="<b>the patient's name</b>"),
    Failed(cases=(PRIVATE[2],), outcome=Outcome.INFRA, reason="interrupted"),
    Answered(
        latency_s=0.1,
        results=(
            CaseResult(case=PRIVATE[2], outcome=Outcome.DECLINED, score=None, error="out_of_scope", latency_s=0),
        ),
    ),
    ContainerEnded(reason="left when stdin was closed", exit_code=0, memory_peak_mib=None),
)


def words(html: str) -> str:
    body = html[html.index("<body>") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ").split())


def result() -> VendorResult:
    return for_vendor(factory.evaluation(), ENTRIES)


def refusal(said: tuple[str, ...] = ("Traceback", "<script>alert(1)</script> \u202e\x07")) -> VendorRefusal:
    one = VendorFailure(outcome="timeout", cases=1, meaning="it gave no answer, in time", because=())
    return VendorRefusal(
        run_id="run-1",
        vendor="Example Imaging Ltd",
        model="ChestNet",
        version="1.2.0",
        image_id="sha256:" + "c0" * 32,
        step="canary",
        cases=1,
        failures=(one,),
        reasons=("no answer in time",),
        said=said,
    )


def test_the_letter_tells_the_vendor_its_own_result() -> None:
    html = report.render_letter(result())
    assert html == report.render_letter(result())
    told = words(html)
    for said in (
        "Letter to the vendor: Example Imaging Ltd",
        "Your result: reference-densenet version 1.4.0",
        "Sensitivity ✓ met 83.8% (78.8% to 88.3%) above 70.0% primary",
        "AUC ✗ not met 0.874 (0.848 to 0.897)",
        "420 cases were scored; 408 of them got a usable answer.",
        "timeout 3 it was not ready, or gave no answer, in time no answer in time",
        "malformed 5 what it printed is not the protocol the container failed",
        "A case, median at most 0.3 s",
        "nothing by site, age, sex or another group of patients",
        "This is a validation study, not a regulatory approval.",
    ):
        assert said in told, said
    assert [int(level) for level in re.findall(r"<h(\d)", html)] == [1] + 5 * [2]


def test_no_case_no_group_no_site_and_no_text_of_a_container_is_in_it() -> None:
    one = factory.evaluation()
    sites = {"Hidden Hill": factory.suppressed_group(), "Shown Shore": factory.group(0.4, 0.8, 0.8, 0.05, 90, 0.001)}
    card = dataclasses.replace(one.scorecard, by_group={**one.scorecard.by_group, "hospital": sites})
    html = report.render_letter(for_vendor(dataclasses.replace(one, scorecard=card), ENTRIES))
    levels = {level for group in card.by_group.values() for level in group if len(level) > 2}
    assert {"Hidden Hill", "Shown Shore", "65-79", "Site A", "Asian"} <= levels
    for private in (*PRIVATE, *levels, "the patient's name", "out_of_scope", "Kestrel", "synthetic warehouse"):
        assert private not in words(html), private


def test_a_failure_says_plainly_whose_it_was() -> None:
    told = words(report.render_letter(result()))
    assert "These failures are your container's own." in told
    assert "No case was left out because of a failure of ours." in told
    lost = FlowStep(stage="evaluation", reason=LOST, kept=False, images=2, studies=2, patients=0)
    one = factory.evaluation()
    told = words(report.render_letter(for_vendor(dataclasses.replace(one, flow=(*one.flow, lost)), ENTRIES)))
    assert "2 images were left out because our own software could not survive them. That failure is ours" in told
    sound = dataclasses.replace(result(), failures=(), answered=420)
    told = words(report.render_letter(sound))
    assert "Your container had no failure." in told
    assert "every one got a usable answer" in told
    assert not any(advice in told for advice in ADVICE.values())


def test_where_few_patients_failed_the_letter_does_not_say_how_many() -> None:
    one = factory.evaluation()
    counts = dataclasses.replace(one.scorecard.counts, failures=None)
    hidden = {"failure_rate": factory.SUPPRESSED}
    card = dataclasses.replace(one.scorecard, counts=counts, failures={}, overall=hidden, verdicts=())
    told = words(report.render_letter(for_vendor(dataclasses.replace(one, scorecard=card), ENTRIES)))
    assert "How many of them got a usable answer is withheld" in told
    assert "Failure rate suppressed (fewer than 10 patients)" in told
    assert "had no failure" not in told
    assert "no answer in time" not in told
    assert "The plan sets no criterion" in told


@pytest.mark.parametrize("outcome", [one for one in Outcome if one.is_vendors and one is not Outcome.OK])
def test_every_failure_has_its_advice(outcome: Outcome) -> None:
    failed = VendorFailure(outcome=outcome.value, cases=1, meaning="meaning", because=())
    told = words(report.render_letter(dataclasses.replace(result(), failures=(failed,))))
    assert ADVICE[outcome.value] in told


def test_what_was_asked_before_and_again_is_told() -> None:
    told = words(
        report.render_letter(dataclasses.replace(result(), rehearsal=Rehearsal(cases=13, declined=1, failed=2)))
    )
    assert "your model was asked 13 synthetic cases in the same sandbox. It declined 1 and failed on 2." in told
    assert "Whether the order of cases matters was not checked" in told


def test_another_plan_than_the_runs_is_said_to_be_exploratory() -> None:
    assert "fixed before the run." in words(report.render_letter(result()))
    told = words(report.render_letter(dataclasses.replace(result(), plan_fixed=False, conclusion="met")))
    assert "Your model met every primary criterion. It is not known" in told


def test_a_criterion_that_cannot_be_judged_is_not_said_to_straddle_its_bar() -> None:
    hidden = NotEstimable(reason="suppressed (fewer than 10 patients)", suppressed=True)
    first = dataclasses.replace(result().verdicts[0], measure=hidden, verdict="inconclusive")
    told = words(report.render_letter(dataclasses.replace(result(), verdicts=(first,), conclusion="inconclusive")))
    assert "at least one primary criterion cannot be judged, since its measure is not shown" in told
    assert "both sides" not in told


@pytest.mark.parametrize("rate", [0.0125, 0.0375, 0.7305, 0.8365, 0.0005, 0.9995])
def test_letter_and_report_round_a_rate_alike(rate: float) -> None:
    card = factory.scorecard()
    found = dataclasses.replace(card, overall={"sensitivity": factory.estimate(rate, 0.0)})
    told = for_vendor(dataclasses.replace(factory.evaluation(), scorecard=found), ENTRIES).overall["sensitivity"]
    assert isinstance(told, Estimate)
    assert wording.value("sensitivity", told.value) == wording.value("sensitivity", rate)


def test_hostile_names_are_shown_as_text() -> None:
    html = report.render_letter(for_vendor(factory.hostile_evaluation(), ENTRIES))
    assert "<script" not in html
    assert "<script>alert('x')</script>" in words(html)
    assert "W" * 100 not in html
    assert not set(re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]", html))


def test_a_model_that_failed_its_rehearsal_gets_a_letter_without_a_score() -> None:
    html = report.render_letter(refusal())
    told = words(html)
    assert "Your model was not scored: it failed on synthetic cases, so no unseen image was shown to it." in told
    assert "This failure is your container's own." in told
    assert "Why its containers ended: no answer in time." in told
    assert "Traceback" in told
    assert "<script>alert(1)</script> [U+202E]" in told
    assert "<script" not in html
    assert ADVICE["timeout"] in told
    assert "%" not in told
    assert "It wrote none." in words(report.render_letter(refusal(())))
