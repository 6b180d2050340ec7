"""Clustered variances against every pair compared in exact fractions, on small clustered data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from brute_force import obuchowski, proportion_variance
from scipy.stats import t

from nccid_eval.records import Estimate, Predictions, Truth
from nccid_eval.scoring.auc import Area, area
from nccid_eval.scoring.differences import auc_difference
from nccid_eval.scoring.proportions import clustered_variance, effective_cases, sensitivity_tally, specificity_tally
from nccid_eval.scoring.sample import Sample, intention_to_diagnose, subset

THRESHOLD = 0.4


def clustered(seed: int, decimals: int, *, mixed: bool) -> tuple[Sample, dict[str, list]]:
    """25 patients of one to five cases; `mixed`: a patient may have diseased and healthy cases."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(25), rng.integers(1, 6, 25))
    label = rng.random(len(patient)) < 0.5 if mixed else (rng.random(25) < 0.5)[patient]
    score = np.round(rng.normal(size=25)[patient] + 0.6 * rng.normal(size=len(patient)) + label, decimals)
    case = np.array([f"c{at}" for at in range(len(patient))])
    predictions = Predictions(
        case=case, score=score, answered=np.ones(len(case), dtype=np.bool_), outcome=np.full(len(case), "ok")
    )
    truth = Truth(case=case, patient=patient.astype(str), label=label, attributes={})
    plain = {"score": score.tolist(), "label": label.tolist(), "patient": patient.astype(str).tolist()}
    return intention_to_diagnose(predictions, truth, THRESHOLD), plain


def found_area(sample: Sample) -> Area:
    found = area(sample)
    assert isinstance(found, Area)
    return found


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("decimals", [0, 1, 6])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_auc_and_variance_are_the_definition_s(seed: int, decimals: int, mixed: bool) -> None:
    sample, plain = clustered(seed, decimals, mixed=mixed)
    value, variance, influence = obuchowski(**plain)
    found = found_area(sample)
    assert found.value == pytest.approx(float(value), abs=1e-14)
    assert found.variance == pytest.approx(float(variance), rel=1e-10)
    codes = {name: at for at, name in enumerate(sorted(set(plain["patient"])))}
    theirs = {codes[name]: float(one) for name, one in influence.items()}
    np.testing.assert_allclose(found.influence, [theirs[at] for at in range(25)], atol=1e-14)


@pytest.mark.parametrize("seed", [4, 5])
def test_difference_of_areas_holds_the_covariance_of_shared_patients(seed: int) -> None:
    sample, plain = clustered(seed, 6, mixed=True)
    inside = np.random.default_rng(seed).random(len(sample.score)) < 0.5
    parts = []
    for mask in (inside, ~inside):
        rows = sample.source[mask]
        parts.append(obuchowski(*([plain[name][at] for at in rows] for name in ("score", "label", "patient"))))
    shared = sorted({*parts[0][2]} & {*parts[1][2]})
    everyone = {*parts[0][2]} | {*parts[1][2]}
    assert len(shared) > 5
    covariance = sum(parts[0][2][who] * parts[1][2][who] for who in shared) * len(everyone) / (len(everyone) - 1)
    measure = auc_difference(subset(sample, inside), subset(sample, ~inside), 0.95)
    assert isinstance(measure, Estimate)
    assert measure.value == pytest.approx(float(parts[0][0] - parts[1][0]), abs=1e-13)
    slopes = [float(part[0] * (1 - part[0])) for part in parts]
    variances = [float(part[1]) / slope**2 for part, slope in zip(parts, slopes, strict=True)]
    both = sum(variances) - 2 * float(covariance) / (slopes[0] * slopes[1])
    logits = [math.log(part[0] / (1 - part[0])) for part in parts]
    degrees = [_fewest(plain, sample.source[mask]) - 1 for mask in (inside, ~inside)]
    welch = sum(variances) ** 2 / sum(one**2 / free for one, free in zip(variances, degrees, strict=True))
    assert measure.p == pytest.approx(2 * t.sf(abs(logits[0] - logits[1]) / both**0.5, welch), rel=1e-9)


def _fewest(plain: dict[str, list], rows: np.ndarray) -> int:
    return min(len({plain["patient"][at] for at in rows if plain["label"][at] is sick}) for sick in (True, False))


@pytest.mark.parametrize("seed", [6, 7])
def test_variance_of_sensitivity_and_specificity_is_the_definition_s(seed: int) -> None:
    sample, plain = clustered(seed, 6, mixed=True)
    for tally, sick in ((sensitivity_tally(sample), True), (specificity_tally(sample), False)):
        chosen = [at for at, label in enumerate(plain["label"]) if label is sick]
        hits = [(plain["score"][at] >= THRESHOLD) is sick for at in chosen]
        variance = float(proportion_variance(hits, [plain["patient"][at] for at in chosen]))
        assert clustered_variance(tally) == pytest.approx(variance, rel=1e-12)
        share = sum(hits) / len(hits)
        assert effective_cases(tally) == pytest.approx(min(share * (1 - share) / variance, len(hits)), rel=1e-12)
