"""Gaps and their null against the definition: every rate counted case by case, every deal of levels written out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from brute_force import kernel

from nccid_eval.records import Gap, Plan, Predictions, Truth
from nccid_eval.scoring.cells import cells_of
from nccid_eval.scoring.gap_rates import binned, rates_of
from nccid_eval.scoring.gaps import gaps
from nccid_eval.scoring.permutation import deals, dealt
from nccid_eval.scoring.sample import Sample, intention_to_diagnose

THRESHOLD = 0.3
PLAN = Plan(
    level=0.95,
    prevalences=(),
    replicates=100,
    seed=5,
    attributes=("group",),
    minimum_patients=0,
    criteria=(),
    digest="",
    permutations=4000,
)


def small(seed: int, patients: int, *, mixed: bool) -> tuple[Sample, Truth]:
    """Patients of one to three cases, the first half diseased; scores of one decimal, so ties are many; failures.

    `mixed`: every third patient's cases alternate between the groups.
    """
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(patients), rng.integers(1, 4, patients))
    label = patient < patients // 2
    group = patient % 2
    if mixed:
        group = np.where(patient % 3 == 0, np.arange(len(patient)) % 2, group)
    case = np.array([f"c{at}" for at in range(len(patient))])
    answered = rng.random(len(patient)) < 0.85
    predictions = Predictions(
        case=case,
        score=np.round(rng.normal(size=len(patient)) + 0.8 * label, 1),
        answered=answered,
        outcome=np.where(answered, "ok", "timeout"),
    )
    truth = Truth(
        case=case,
        patient=np.array([f"p{one:02}" for one in patient]),
        label=label,
        attributes={"group": np.array([f"g{one}" for one in group])},
    )
    return intention_to_diagnose(predictions, truth, THRESHOLD), truth


def rates(sample: Sample, code: Sequence[int], group: int) -> dict[str, Fraction]:
    """Case by case, pair by pair."""
    rows = [at for at in range(len(code)) if code[at] == group]
    sick = [at for at in rows if sample.label[at]]
    well = [at for at in rows if not sample.label[at]]
    beaten = sum((kernel(sample.score[x], sample.score[y]) for x in sick for y in well), Fraction(0))
    return {
        "sensitivity": Fraction(sum(bool(sample.right[at]) for at in sick), len(sick)),
        "specificity": Fraction(sum(bool(sample.right[at]) for at in well), len(well)),
        "failure_rate": Fraction(sum(bool(sample.failed[at]) for at in rows), len(rows)),
        "auc": beaten / (len(sick) * len(well)),
    }


def spread(sample: Sample, code: Sequence[int]) -> dict[str, Fraction]:
    first, second = (rates(sample, code, group) for group in (0, 1))
    found = {name: abs(first[name] - second[name]) for name in first}
    return found | {
        "equalised_odds": max(found["sensitivity"], found["specificity"]),
        "underdiagnosis": found["sensitivity"],
    }


def found_gaps(sample: Sample, truth: Truth) -> dict[str, Gap]:
    cells = cells_of(sample, truth, PLAN)
    found = gaps(sample, cells, cells, PLAN)["group"]
    assert all(isinstance(one, Gap) for one in found.values())
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mixed", [False, True])
def test_rates_of_many_deals_are_the_definition_s(seed: int, mixed: bool) -> None:
    sample, truth = small(seed, 24, mixed=mixed)
    code = np.unique(truth.attributes["group"][sample.source], return_inverse=True)[1]
    deal = dealt(code, sample.patient, sample.label, sample.score)
    (drawn,) = deals(deal, 6, 6, np.random.default_rng(seed))
    together = rates_of(drawn, binned(sample, 1000), 2)
    for row, codes in enumerate(drawn):
        for group in (0, 1):
            theirs = rates(sample, codes.tolist(), group)
            for name, value in theirs.items():
                assert getattr(together, name)[row, group] == pytest.approx(float(value), abs=1e-14)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mixed", [False, True])
def test_gaps_are_the_definition_s(seed: int, mixed: bool) -> None:
    sample, truth = small(seed, 24, mixed=mixed)
    code = np.unique(truth.attributes["group"][sample.source], return_inverse=True)[1]
    theirs = spread(sample, code.tolist())
    for name, one in found_gaps(sample, truth).items():
        assert one.value == pytest.approx(float(theirs[name]), abs=1e-14)


def all_deals(sample: Sample, code: np.ndarray) -> list[list[int]]:
    """Every way to deal the patients' groups out inside disease; patients are all of one group here."""
    patients = sorted(set(sample.patient.tolist()))
    own = {one: int(code[sample.patient == one][0]) for one in patients}
    sick = [one for one in patients if sample.label[sample.patient == one][0]]
    well = [one for one in patients if one not in sick]
    choices = []
    for members in (sick, well):
        ones = sum(own[one] for one in members)
        choices.append([dict.fromkeys(picked, 1) for picked in itertools.combinations(members, ones)])
    return [
        [(first | second).get(int(one), 0) for one in sample.patient] for first, second in itertools.product(*choices)
    ]


def test_the_null_is_that_of_all_deals() -> None:
    """Ten patients: the p of all 100 deals is met by 4,000 random ones within four standard errors."""
    sample, truth = small(11, 10, mixed=False)
    code = np.unique(truth.attributes["group"][sample.source], return_inverse=True)[1]
    every = [spread(sample, one) for one in all_deals(sample, code)]
    observed = spread(sample, code.tolist())
    assert len(every) == 100
    found = found_gaps(sample, truth)
    for name in ("sensitivity", "specificity", "auc", "failure_rate", "equalised_odds"):
        exact = float(Fraction(sum(one[name] >= observed[name] for one in every), len(every)))
        assert found[name].p == pytest.approx(exact, abs=4 * 0.5 / 4000**0.5)
        mean = float(sum(one[name] for one in every) / len(every))
        assert found[name].null_mean == pytest.approx(mean, abs=4 * 0.5 / 4000**0.5)


@pytest.mark.parametrize("seed", range(3))
def test_deals_keep_patients_whole_and_levels_their_size(seed: int) -> None:
    sample, truth = small(seed, 40, mixed=True)
    code = np.unique(truth.attributes["group"][sample.source], return_inverse=True)[1]
    deal = dealt(code, sample.patient, sample.label, sample.score)
    drawn = np.concatenate(list(deals(deal, 200, 30, np.random.default_rng(seed))))
    assert drawn.shape == (200, len(code))
    several = {one for one in set(sample.patient.tolist()) if len(set(code[sample.patient == one])) > 1}
    assert several
    moved = 0
    for one in set(sample.patient.tolist()):
        mine = np.sort(drawn[:, sample.patient == one], axis=1)
        if one in several:
            assert (mine == np.sort(code[sample.patient == one])).all()  # its own levels, turned round
        else:
            assert (mine == mine[:, :1]).all()  # one level for all its cases
            moved += len(set(mine[:, 0])) > 1
    assert moved > 20
    for sick in (True, False):
        whole = [at for at in np.unique(sample.patient[sample.label == sick]) if at not in several]
        first = [np.flatnonzero(sample.patient == at)[0] for at in whole]
        assert (drawn[:, first].sum(axis=1) == code[first].sum()).all()  # as many patients a level as before
    turned = np.isin(sample.patient, sorted(several))
    assert len(np.unique(drawn[:, turned], axis=0)) > 50
