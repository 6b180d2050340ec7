"""What must hold of any study: order, ties, complement, monotone transforms, copies, seed, and of the sampler."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nccid_eval.records import Estimate, Measure, NotEstimable, Plan, Predictions, Scorecard, Truth
from nccid_eval.scoring import score
from nccid_eval.scoring.auc import Area, area, auc_measure
from nccid_eval.scoring.proportions import Tally, proportion_measure, sensitivity_tally
from nccid_eval.scoring.resampling import disease_strata, patient_weights, replicate_sums
from nccid_eval.scoring.sample import Sample, intention_to_diagnose

PLAN = Plan(
    level=0.95,
    prevalences=(0.1,),
    replicates=100,
    seed=3,
    attributes=("site",),
    minimum_patients=0,
    criteria=(),
    digest="",
)


@dataclass(frozen=True)
class Study:
    predictions: Predictions
    truth: Truth


@st.composite
def studies(draw: st.DrawFn) -> Study:
    """4 to 40 cases, scores on a coarse grid (so ties are many), few patients, some failures."""
    size = draw(st.integers(4, 40))
    each = lambda what: draw(st.lists(what, min_size=size, max_size=size))  # noqa: E731
    answered = np.array(each(st.sampled_from([True, True, True, False])))
    case = np.array([f"c{at}" for at in range(size)])
    predictions = Predictions(
        case=case,
        score=np.array(each(st.integers(-6, 6)), dtype=np.float64) / 4,
        answered=answered,
        outcome=np.where(answered, "ok", "timeout"),
    )
    truth = Truth(
        case=case,
        patient=np.array([f"p{one}" for one in each(st.integers(0, 12))]),
        label=np.array(each(st.booleans())),
        attributes={"site": np.array(each(st.sampled_from(["x", "y", ""])))},
    )
    return Study(predictions, truth)


def sample(study: Study, threshold: float = 0.25) -> Sample:
    return intention_to_diagnose(study.predictions, study.truth, threshold)


def card(study: Study, threshold: float = 0.25, **changes: object) -> Scorecard:
    plan = Plan(**{name: changes.get(name, getattr(PLAN, name)) for name in Plan.__dataclass_fields__})  # type: ignore[arg-type]
    return score(study.predictions, study.truth, plan, target="t", threshold=threshold, partition_digest="")


def with_scores(study: Study, scores: np.ndarray) -> Study:
    one = study.predictions
    return Study(Predictions(case=one.case, score=scores, answered=one.answered, outcome=one.outcome), study.truth)


def turned(study: Study, order: np.ndarray) -> Study:
    one, truth = study.predictions, study.truth
    return Study(
        Predictions(
            case=one.case[order], score=one.score[order], answered=one.answered[order], outcome=one.outcome[order]
        ),
        Truth(
            case=truth.case[order],
            patient=truth.patient[order],
            label=truth.label[order],
            attributes={name: values[order] for name, values in truth.attributes.items()},
        ),
    )


def near(one: Measure, other: Measure) -> bool:
    if isinstance(one, NotEstimable) or isinstance(other, NotEstimable):
        return one == other
    pairs = zip((one.value, one.low, one.high), (other.value, other.low, other.high), strict=True)
    return all(abs(a - b) < 1e-9 for a, b in pairs)


@settings(max_examples=30, deadline=None)
@given(studies(), st.randoms(use_true_random=False))
def test_the_order_of_cases_does_not_matter(study: Study, random: object) -> None:
    order = np.array(random.sample(range(len(study.truth.case)), len(study.truth.case)))  # type: ignore[attr-defined]
    first, second = card(study), card(turned(study, order))
    assert all(near(first.overall[name], second.overall[name]) for name in first.overall)
    assert first.confusion == second.confusion
    assert first.by_group.keys() == second.by_group.keys()
    for level, group in first.by_group["site"].items():
        other = second.by_group["site"][level]
        assert group.counts == other.counts
        assert all(near(one, other.differences[name]) for name, one in group.differences.items())


@settings(max_examples=100, deadline=None)
@given(studies())
def test_negated_scores_give_the_complement(study: Study) -> None:
    answered = np.ones(len(study.truth.case), dtype=np.bool_)
    one = study.predictions
    whole = Study(
        Predictions(case=one.case, score=one.score, answered=answered, outcome=np.full(len(answered), "ok")),
        study.truth,
    )
    first = auc_measure(sample(whole), 0.95)
    second = auc_measure(sample(with_scores(whole, -one.score)), 0.95)
    if isinstance(first, NotEstimable) or isinstance(second, NotEstimable):
        assert first == second
    else:
        assert second.value == pytest.approx(1 - first.value, abs=1e-12)
        assert second.low == pytest.approx(1 - first.high, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(studies())
def test_a_rising_transform_of_scores_and_threshold_changes_nothing(study: Study) -> None:
    curved = card(with_scores(study, np.exp(study.predictions.score)), threshold=float(np.exp(0.25)))
    straight = card(study)
    assert curved.overall == straight.overall
    assert curved.by_group == straight.by_group
    assert corners(curved) == corners(straight)


def corners(found: Scorecard) -> list[tuple[int, int]]:
    """Where the curve bends, in cases; the grid's thresholds lie elsewhere on the transformed scale."""
    counts, kept = found.counts, []
    points = [(round(p.sensitivity * counts.positives), round(p.specificity * counts.negatives)) for p in found.roc]
    for point in points:
        while len(kept) > 1 and is_straight(*kept[-2:], point):
            kept.pop()
        kept += [point] if point not in kept[-1:] else []
    return kept


def is_straight(first: tuple[int, int], second: tuple[int, int], third: tuple[int, int]) -> bool:
    return (second[0] - first[0]) * (third[1] - second[1]) == (third[0] - second[0]) * (second[1] - first[1])


@settings(max_examples=12, deadline=None)
@given(studies(), st.sampled_from(["wilson", "clopper-pearson"]), st.booleans())
def test_each_point_of_the_roc_is_what_scoring_gives_at_its_threshold(study: Study, kind: str, inside: bool) -> None:
    """Inside 0 to 1 at the grid's thresholds too."""
    if inside:
        study = with_scores(study, (study.predictions.score + 1.5) / 3)
    points = card(study, replicates=2, proportion_interval=kind).roc
    for point in (points[len(points) // 4], points[-len(points) // 3]) if points else ():
        again = card(study, point.threshold, replicates=2, proportion_interval=kind).overall
        for name in ("sensitivity", "specificity"):
            value, low, high = (getattr(point, f"{name}{end}") for end in ("", "_low", "_high"))
            found = again[name]
            assert (low is None) == isinstance(found, NotEstimable)
            if isinstance(found, Estimate):
                assert (value, low, high) == pytest.approx((found.value, found.low, found.high), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(studies(), st.integers(2, 4))
def test_copies_of_a_patient_s_cases_are_no_news(study: Study, times: int) -> None:
    """Each case `times` times: value, clustered variance and effective number stay."""
    copied = turned(study, np.repeat(np.arange(len(study.truth.case)), times))
    first, second = area(sample(study)), area(sample(copied))
    if isinstance(first, Area):
        assert isinstance(second, Area)
        assert second.value == pytest.approx(first.value, abs=1e-12)
        assert second.variance == pytest.approx(first.variance, abs=1e-12)
    else:
        assert first == second


@settings(max_examples=60, deadline=None)
@given(studies())
def test_every_estimate_lies_in_its_interval_and_in_range(study: Study) -> None:
    found = card(study)
    shares = [one for name, one in found.overall.items() if not name.startswith("lr")]
    shares += [one for group in found.by_group["site"].values() for one in group.measures.values()]
    for one in shares:
        if isinstance(one, Estimate):
            assert 0 <= one.low <= one.value <= one.high <= 1
            assert one.low < one.high
    for group in found.by_group["site"].values():
        for one in group.differences.values():
            if isinstance(one, Estimate):
                assert one.low <= one.value <= one.high
                assert 0 <= (one.p or 0) <= (one.p_adjusted or 0) <= 1


@settings(max_examples=60, deadline=None)
@given(studies())
def test_one_more_failure_never_helps(study: Study) -> None:
    first = sample(study)
    fallen = study.predictions.answered.copy()
    fallen[0] = False
    one = study.predictions
    worse = Study(Predictions(case=one.case, score=one.score, answered=fallen, outcome=one.outcome), study.truth)
    before, after = area(first), area(sample(worse))
    if isinstance(before, Area) and isinstance(after, Area):
        assert after.value <= before.value + 1e-12
    assert int(sample(worse).right.sum()) <= int(first.right.sum())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), min_size=2, max_size=20))
def test_wilson_narrows_with_every_patient_added_again(pairs: list[tuple[int, int]]) -> None:
    hits = np.array([float(min(a, b)) for a, b in pairs])
    cases = np.array([float(b) for _, b in pairs])
    empty = _empty()
    once = proportion_measure(Tally(hits=hits, cases=cases, kind="diseased"), empty, 0.95)
    many = proportion_measure(Tally(hits=np.tile(hits, 4), cases=np.tile(cases, 4), kind="diseased"), empty, 0.95)
    assert isinstance(once, Estimate)
    assert isinstance(many, Estimate)
    assert many.value == pytest.approx(once.value)
    assert many.high - many.low < once.high - once.low


def _empty() -> Sample:
    none = np.zeros(0)
    flags, codes = np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.intp)
    return Sample(
        score=none, label=flags, called=flags, right=flags, failed=flags, patient=codes, patients=0, source=codes
    )


@settings(max_examples=40, deadline=None)
@given(studies(), st.integers(0, 2**32))
def test_the_sampler_keeps_strata_and_repeats_by_seed(study: Study, seed: int) -> None:
    one = sample(study)
    strata = disease_strata(one)
    assert sorted(np.concatenate(strata).tolist()) == list(range(one.patients))
    first, second = (
        np.concatenate(list(patient_weights(strata, one.patients, 30, np.random.default_rng(seed)))) for _ in (0, 1)
    )
    np.testing.assert_array_equal(first, second)
    assert first.shape == (30, one.patients)
    for members in strata:
        np.testing.assert_array_equal(first[:, members].sum(axis=1), np.full(30, len(members)))


def test_every_patient_can_be_drawn_and_equally_often() -> None:
    strata = (np.arange(0, 37), np.arange(37, 50))
    weights = np.concatenate(list(patient_weights(strata, 50, 4000, np.random.default_rng(1)))).astype(np.float64)
    for members in strata:
        share = weights[:, members]
        expected = 1 - 1 / len(members)  # the variance of a patient's number of draws
        assert np.abs(share.mean(axis=0) - 1).max() < 5 * (expected / 4000) ** 0.5
        assert share.var() == pytest.approx(expected, rel=0.03)


def test_neighbouring_replicates_and_seeds_are_uncorrelated() -> None:
    strata = (np.arange(100_000),)
    values = np.random.default_rng(0).normal(size=(100_000, 1))
    first, second = (replicate_sums(values, strata, 400, np.random.default_rng(seed))[:, 0] for seed in (1, 2))
    for one, other in ((first[:-1], first[1:]), (first, second)):
        assert abs(float(np.corrcoef(one, other)[0, 1])) < 0.2  # four standard errors


def test_bootstrap_variance_of_sensitivity_is_exact() -> None:
    """The variance over resamples of a ratio with equal denominators is known: Σ(x - mean)²/J²."""
    hits = np.random.default_rng(5).random(60) < 0.7
    columns = np.column_stack((hits, np.ones(60))).astype(np.float64)
    sums = replicate_sums(columns, (np.arange(60),), 20_000, np.random.default_rng(6))
    drawn = sums[:, 0] / sums[:, 1]
    share = hits.mean()
    assert drawn.mean() == pytest.approx(share, abs=0.002)
    assert drawn.var() == pytest.approx(share * (1 - share) / 60, rel=0.05)


def test_sensitivity_counts_diseased_cases_alone() -> None:
    rng = np.random.default_rng(9)
    label = rng.random(50) < 0.5
    case = np.array([f"c{at}" for at in range(50)])
    study = Study(
        Predictions(case=case, score=rng.random(50), answered=np.ones(50, dtype=np.bool_), outcome=np.full(50, "ok")),
        Truth(case=case, patient=case, label=label, attributes={}),
    )
    assert sensitivity_tally(sample(study)).total == int(label.sum())
