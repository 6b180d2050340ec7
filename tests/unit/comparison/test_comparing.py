"""Runs side by side: what is refused, what is compared, what becomes of small cells."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.unit.comparison.runs import PLAN, TRUTH, answers, make_run, only

from nccid_eval import scoring
from nccid_eval.archive import RunFolder
from nccid_eval.comparison import compare, load, write
from nccid_eval.comparison.versions import verdict
from nccid_eval.errors import ComparisonError, JournalError
from nccid_eval.records import Comparison, Estimate, Margins, Measure, NotEstimable, Rank, Units

GOOD, WEAK = answers(TRUTH, seed=2, skill=3.0), answers(TRUTH, seed=3, skill=0.4, failing=0.1)


def estimate(measure: Measure) -> Estimate:
    assert isinstance(measure, Estimate), measure
    return measure


@pytest.fixture
def good(tmp_path: Path) -> RunFolder:
    return make_run(tmp_path / "reports" / "good", TRUTH, GOOD, model=("Goodnet", "2.0"))


@pytest.fixture
def weak(tmp_path: Path) -> RunFolder:
    return make_run(tmp_path / "reports" / "weak", TRUTH, WEAK, model=("Weaknet", "1.0"))


def of(*runs: RunFolder, **how: object) -> Comparison:
    return compare([load(run) for run in runs], **how)  # type: ignore[arg-type]


def test_the_measures_of_a_run_are_those_of_its_scorecard(good: RunFolder, weak: RunFolder) -> None:
    made = of(weak, good)
    assert [run.run_id for run in made.runs] == ["good", "weak"]
    for run in made.runs:
        card = json.loads((good.root.parent / run.run_id / "release" / "scorecard.json").read_text())
        for name, one in run.measures.items():
            theirs = card["overall"][name]
            assert [estimate(one).value, estimate(one).low, estimate(one).high] == pytest.approx(
                [theirs["value"], theirs["low"], theirs["high"]], abs=1e-8
            )
    assert [run.rank for run in made.runs] == [Rank(rank=1, low=1, high=1), Rank(rank=2, low=2, high=2)]
    assert made.counts.failures == int((~WEAK.answered).sum()) > 0


def test_the_order_in_which_runs_are_named_moves_nothing(good: RunFolder, weak: RunFolder) -> None:
    assert of(weak, good) == of(good, weak)


def test_differences_are_of_the_better_less_the_other_and_holm_is_over_all(
    good: RunFolder, weak: RunFolder, tmp_path: Path
) -> None:
    middle = make_run(tmp_path / "middle", TRUTH, answers(TRUTH, seed=5, skill=1.5), model=("Middle", "1"))
    made = of(good, weak, middle)
    assert [(one.first, one.second) for one in made.differences[::3]] == [
        ("good", "middle"),
        ("good", "weak"),
        ("middle", "weak"),
    ]
    found = [estimate(one.difference) for one in made.differences]
    raw = [one.p for one in found if one.p is not None]
    assert [one.p_adjusted for one in found] == pytest.approx(scoring.holm(raw), rel=1e-8)
    assert len(raw) == 9
    auc = {run.run_id: estimate(run.measures["auc"]).value for run in made.runs}
    assert found[3].value == pytest.approx(auc["good"] - auc["weak"])


def test_what_is_written_is_what_was_compared_in_digits_that_all_processors_agree_on(
    good: RunFolder, weak: RunFolder, tmp_path: Path
) -> None:
    made = of(good, weak, predecessor="weak")
    written = write(made, tmp_path / "compared")
    assert json.loads(written.table.read_text()) == scoring.to_json(made)
    assert scoring.steady(made) == made
    assert written.page == tmp_path / "compared" / "release" / "comparison.html"
    assert "Goodnet 2.0" in written.page.read_text()


def test_a_new_version_is_judged_against_its_predecessor_by_the_plan_s_margins(
    good: RunFolder, weak: RunFolder
) -> None:
    made = of(good, weak, predecessor="good", plan=replace(PLAN, margins=Margins(auc=0.04)))
    worse, better = made.non_inferiority[0], of(good, weak, predecessor="weak").non_inferiority[0]
    assert (worse.run, worse.predecessor, worse.measure, worse.margin) == ("weak", "good", "auc", 0.04)
    assert (worse.verdict, better.verdict) == ("inferior", "non-inferior")
    assert estimate(worse.difference).value == -estimate(better.difference).value
    assert estimate(worse.difference).low == -estimate(better.difference).high
    assert of(good, weak).non_inferiority == ()


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.04, 0.2, "non-inferior"),
        (-0.05, 0.2, "inconclusive"),
        (-0.2, 0.1, "inconclusive"),
        (-0.2, -0.06, "inferior"),
    ],
)
def test_verdicts(low: float, high: float, expected: str) -> None:
    one = Estimate(value=0, low=low, high=high, positives=1, negatives=1, patients=2, method="")
    assert verdict(one, 0.05) == expected
    assert verdict(NotEstimable(reason="few"), 0.05) == "inconclusive"


def test_other_partitions_targets_and_plans_are_refused(good: RunFolder, tmp_path: Path) -> None:
    plan = replace(PLAN, digest="sha256:too")  # the weightier reason is told
    elsewhere = make_run(tmp_path / "a", TRUTH, WEAK, digest="sha256:" + "e" * 64, plan=plan)
    with pytest.raises(ComparisonError, match="not of one partition"):
        of(good, elsewhere)
    with pytest.raises(ComparisonError, match="not of one target"):
        of(good, make_run(tmp_path / "b", TRUTH, WEAK, target="severity"))
    replanned = make_run(tmp_path / "c", TRUTH, WEAK, plan=replace(PLAN, digest="sha256:other", level=0.9))
    with pytest.raises(ComparisonError, match="different plans"):
        of(good, replanned)
    assert of(good, replanned, plan=PLAN).plan == PLAN


def test_the_same_run_twice_a_lone_one_and_an_unknown_predecessor_are_refused(
    good: RunFolder, weak: RunFolder
) -> None:
    for runs in ((good,), (good, good)):
        with pytest.raises(ComparisonError, match="two or more different runs"):
            of(*runs)
    with pytest.raises(ComparisonError, match="not among the runs"):
        of(good, weak, predecessor="other")


def test_another_truth_for_the_same_cases_is_refused(tmp_path: Path) -> None:
    turned = replace(TRUTH, label=~TRUTH.label)
    runs = [make_run(tmp_path / name, one, GOOD, model=()) for name, one in (("a", TRUTH), ("b", turned))]
    with pytest.raises(ComparisonError, match="different labels"):
        of(*runs)


def test_other_cases_are_refused_unless_the_common_ones_are_asked_for(good: RunFolder, tmp_path: Path) -> None:
    keep = np.isin(TRUTH.patient.astype(int), np.arange(45))
    fewer = only(TRUTH, keep)
    part = make_run(tmp_path / "part", fewer, answers(fewer, seed=4, skill=1.0))
    with pytest.raises(ComparisonError, match=f"{keep.sum()} in common") as refused:
        of(good, part)
    assert "--common" in refused.value.mend
    made = of(good, part, common=True)
    assert made.counts.cases == keep.sum()
    assert str(keep.sum()) in made.cases
    whole = next(run for run in made.runs if run.run_id == "good")
    assert whole.cases == len(TRUTH.case)
    called = (GOOD.score >= 0.5)[keep & TRUTH.label]
    assert estimate(whole.measures["sensitivity"]).value == pytest.approx(called.mean())


def test_a_unit_of_which_a_run_saw_other_cases_is_not_common(tmp_path: Path) -> None:
    units = replace(TRUTH, unit=TRUTH.patient)
    names, first = np.unique(TRUTH.patient, return_index=True)
    keep = np.ones(len(TRUTH.case), dtype=np.bool_)
    keep[first[::2]] = False  # every other patient loses an image, and some of them their only one
    seen = replace(only(units, keep), unit=units.patient[keep])
    less = replace(GOOD, **{name: getattr(GOOD, name)[keep] for name in ("case", "score", "answered", "outcome")})
    whole, part = make_run(tmp_path / "whole", units, GOOD), make_run(tmp_path / "part", seen, less)
    with pytest.raises(ComparisonError, match=f"{len(names[1::2])} in common"):
        of(whole, part)
    assert of(whole, part, common=True).counts.cases == len(names[1::2])


def test_common_cases_that_leave_a_few_patients_over_are_refused(good: RunFolder, tmp_path: Path) -> None:
    keep = np.isin(TRUTH.patient.astype(int), np.arange(76))
    fewer = only(TRUTH, keep)
    part = make_run(tmp_path / "part", fewer, answers(fewer, seed=4, skill=1.0))
    with pytest.raises(ComparisonError, match="fewer than 10 diseased or 10 healthy patients"):
        of(good, part, common=True)


def test_runs_without_any_case_in_common_are_refused(good: RunFolder, tmp_path: Path) -> None:
    other = replace(TRUTH, case=np.char.add("x", TRUTH.case))
    with pytest.raises(ComparisonError, match="0 in common") as refused:
        of(good, make_run(tmp_path / "other", other, replace(GOOD, case=other.case)), common=True)
    assert "--common" not in refused.value.mend


def test_small_cells_are_gated_even_where_a_run_was_released_with_them(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / name, TRUTH, one, model=(), gated=False) for name, one in (("a", GOOD), ("b", WEAK))]
    assert load(runs[0]).released.gate.startswith("applied")
    made = of(*runs)
    assert [run.by_group["site"]["Small Harbour"].counts for run in made.runs] == [None, None]
    assert all(run.gate.startswith("applied") for run in made.runs)
    assert (made.partition_digest, made.runs[0].model) == ("", "")


def test_an_unfinished_run_is_refused(good: RunFolder, weak: RunFolder) -> None:
    (weak.private / "predictions.csv").unlink()
    with pytest.raises(ComparisonError, match=r"'weak' is not finished: it has no private/predictions\.csv"):
        load(weak)
    (good.release / "scorecard.json").write_text('{"schema": "nccid-eval/scorecard/9"}')
    with pytest.raises(ComparisonError, match="cannot be read"):
        load(good)


def test_another_truth_than_the_sealed_one_is_refused(good: RunFolder, weak: RunFolder) -> None:
    good.truth.write_text(good.truth.read_text().replace(",1,", ",0,", 1))
    with pytest.raises(JournalError, match="'good' is not the one that this run was scored with"):
        load(good)
    weak.journal.unlink()
    with pytest.raises(JournalError, match="no journal to read"):
        load(weak)


def test_a_run_is_told_of_as_its_own_release_tells_it(good: RunFolder, tmp_path: Path) -> None:
    elsewhere = make_run(tmp_path / "elsewhere", TRUTH, WEAK, model=())
    assert load(elsewhere).origin.tested is None
    told, card = load(good).origin, load(good).released
    (run,) = (one for one in of(good, make_run(tmp_path / "other", TRUTH, WEAK)).runs if one.run_id == "good")
    assert run.tested == told.tested
    assert run.tested is not None
    assert (run.tested.protocol, run.tested.indications.target) == ("nccid-stdio/1", "covid_positive")
    assert (run.failed, run.failures, run.conclusion) == (card.counts.failures, card.failures, card.conclusion)


def test_units_are_carried_from_the_partition_s_rules(good: RunFolder, weak: RunFolder) -> None:
    assert of(good, weak).units is None
    for run in (good, weak):
        path = run.private / "assessment.json"
        begun = json.loads(path.read_text())
        begun["partition"]["rules"]["unit"] = "study"
        path.write_text(json.dumps(begun))
    made = of(good, weak)
    assert made.units == Units(name="study", aggregation="max")
    assert made.cases == "all runs were asked the same studies"


def test_one_kind_of_case_gives_reasons_instead_of_ranks(tmp_path: Path) -> None:
    sick = only(TRUTH, TRUTH.label)
    runs = [
        make_run(tmp_path / name, sick, answers(sick, seed=at, skill=1.0), model=(name, "1"))
        for at, name in enumerate("ab")
    ]
    made = of(*runs)
    assert [run.rank for run in made.runs] == [NotEstimable(reason="fewer than two healthy patients")] * 2
    reasons = {one.measure: one.difference for one in made.differences}
    assert isinstance(reasons["auc"], NotEstimable)
    assert estimate(reasons["sensitivity"]).p_adjusted is not None
    assert "Ranks could not be estimated" in write(made, tmp_path / "out").page.read_text()


def test_a_strict_plan_withholds_what_is_made_of_few_errors_and_keeps_the_verdict(tmp_path: Path) -> None:
    strict = replace(PLAN, strict_numerators=True)
    sharp = answers(TRUTH, seed=6, skill=6.0, failing=0.02)  # a few errors alone
    runs = [
        make_run(tmp_path / name, TRUTH, one, plan=strict, model=(name, "1"))
        for name, one in (("sharp", sharp), ("weak", WEAK))
    ]
    made, open_ = of(*runs, predecessor="weak"), of(*runs, predecessor="weak", plan=PLAN)
    best = made.runs[0]
    assert best.run_id == "sharp"
    for name in ("sensitivity", "specificity"):
        one = best.measures[name]
        assert isinstance(one, NotEstimable)
        assert one.suppressed
    found = {one.measure: one.difference for one in made.differences}
    assert estimate(found["auc"]).p_adjusted == estimate(found["auc"]).p  # the family is what may be told
    assert isinstance(found["sensitivity"], NotEstimable)
    assert {one.measure: one.verdict for one in made.non_inferiority}["sensitivity"] == "non-inferior"
    assert isinstance(made.non_inferiority[1].difference, NotEstimable)
    assert made.counts.failures is None
    # another plan does not bring back what the releases withhold
    assert open_.runs[0].measures["sensitivity"] == best.measures["sensitivity"]


def test_a_strict_plan_withholds_how_few_patients_tell_two_runs_apart(tmp_path: Path) -> None:
    strict = replace(PLAN, strict_numerators=True)
    nearly = replace(WEAK, score=WEAK.score + 0.003)
    both = [
        ("a", replace(WEAK, answered=np.ones_like(WEAK.answered))),
        ("b", replace(nearly, answered=np.ones_like(WEAK.answered))),
    ]
    runs = [make_run(tmp_path / name, TRUTH, one, plan=strict, model=(name, "1")) for name, one in both]
    made = of(*runs)
    assert all(isinstance(run.measures["sensitivity"], Estimate) for run in made.runs)
    found = {one.measure: one.difference for one in made.differences}
    assert isinstance(found["auc"], Estimate)
    told = found["sensitivity"]
    assert isinstance(told, NotEstimable)
    assert told.reason == "suppressed (fewer than 10 patients whom one run alone answers rightly)"


def test_a_strict_plan_and_common_cases_do_not_go_together(tmp_path: Path) -> None:
    strict = replace(PLAN, strict_numerators=True)
    fewer = only(TRUTH, np.isin(TRUTH.patient.astype(int), np.arange(45)))
    runs = [
        make_run(tmp_path / "whole", TRUTH, GOOD, plan=strict),
        make_run(tmp_path / "part", fewer, answers(fewer, seed=4, skill=1.0), plan=strict),
    ]
    with pytest.raises(ComparisonError, match="strict_numerators"):
        of(*runs, common=True)
