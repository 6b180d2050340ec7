"""The no-pixels baseline: how well the diagnosis can be told from site, equipment and the like alone.

A logistic regression of the label on the attributes, one-hot, with a ridge penalty (scikit-learn, C = 1),
cross-fitted by patient. Main effects only: what two attributes tell together and neither alone, it does not see.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nccid_eval.records import Estimate, Flags, Measure, NotEstimable, Numbers, Plan, Predictions, Truth
from nccid_eval.scoring.auc import auc_measure
from nccid_eval.scoring.cells import named
from nccid_eval.scoring.multiplicity import PLANNED_AS
from nccid_eval.scoring.paired import paired_auc_difference
from nccid_eval.scoring.sample import Indices, Sample, count, intention_to_diagnose
from nccid_eval.scoring.signature import stated

MOST_FOLDS = 10
PENALTY = 1.0  # C of scikit-learn
DECIMALS = 6  # of the score, so that rounding in the last place makes no order of ties


def features_of(truth: Truth, plan: Plan) -> tuple[str, ...]:
    """The truth's attributes that the baseline may know, in the plan's order; others are passed over."""
    shown_as = {PLANNED_AS.get(name, name): name for name in truth.attributes}
    return tuple(shown_as.get(name, name) for name in plan.baseline if name in shown_as or name in truth.attributes)


def baseline(sample: Sample, truth: Truth, features: tuple[str, ...], plan: Plan) -> tuple[Measure, Measure]:
    """AUC of the baseline, and the model's AUC less it on the same cases, both clustered by patient."""
    if not features:
        missing = NotEstimable(reason="the truth holds none of the plan's baseline attributes")
        return missing, missing
    sizes = count(sample)
    folds = min(MOST_FOLDS, sizes.diseased_patients, sizes.healthy_patients)
    if folds < 2:
        kind = "diseased" if sizes.diseased_patients < 2 else "healthy"
        missing = NotEstimable(reason=f"fewer than two {kind} patients")
        return missing, missing
    blind = blind_sample(truth, features, folds, plan.seed)
    made = {"folds": folds, "seed": plan.seed, "features": "+".join(features).replace(" ", "_").replace("=", "_")}
    measures = {
        "baseline": auc_measure(blind, plan.level),
        "difference": paired_auc_difference(sample, blind, plan.level),
    }
    how = f"logistic regression on {', '.join(features)}, cross-fitted by patient ({folds} folds, seed {plan.seed})"
    found = {name: _explained(one, how) for name, one in stated(measures, **made).items()}
    return found["baseline"], found["difference"]


def blind_sample(truth: Truth, features: tuple[str, ...], folds: int, seed: int) -> Sample:
    """All cases by the baseline's score: nothing failed, nothing is called."""
    return intention_to_diagnose(
        Predictions(
            case=truth.case,
            score=cross_fitted(truth, features, folds, seed),
            answered=np.ones(len(truth.case), dtype=np.bool_),
            outcome=np.full(len(truth.case), "ok"),
        ),
        truth,
        np.inf,
    )


def cross_fitted(truth: Truth, features: tuple[str, ...], folds: int, seed: int) -> Numbers:
    """The log odds that the attributes add, for each case by a fit to the other folds' patients.

    The intercept is left out: it holds the other folds' prevalence, which is low where this fold's is high, and would
    rank the folds. Cases that agree in all attributes are one row with its counts, so they tie exactly.
    """
    kinds, kind = _kinds(truth, features)
    matrix = _one_hot(kinds)
    fold = patient_folds(truth, folds, seed)
    rows = np.arange(len(kind))
    scores = np.empty((folds, len(kinds)))
    for at in range(folds):
        others = rows[fold != at]
        scores[at] = matrix @ _coefficients(matrix, kind[others], truth.label[others])
    found: Numbers = np.round(scores[fold, kind], DECIMALS)
    return found


def patient_folds(truth: Truth, folds: int, seed: int) -> Indices:
    """The fold of each case: a patient's cases stay together, diseased and healthy patients are spread evenly.

    Patients with both kinds stand between the two in the dealing order: of either kind, two are in two folds.
    """
    names, codes = np.unique(truth.patient, return_inverse=True)
    diseased = np.bincount(codes[truth.label], minlength=len(names)) > 0
    healthy = np.bincount(codes[~truth.label], minlength=len(names)) > 0
    shuffled = np.random.default_rng(seed).permutation(len(names))
    order = shuffled[np.argsort(2 * healthy[shuffled].astype(np.int8) - diseased[shuffled], kind="stable")]
    fold = np.empty(len(names), dtype=np.intp)
    fold[order] = np.arange(len(names)) % folds
    return fold[codes]


def _explained(measure: Measure, how: str) -> Measure:
    return replace(measure, method=f"{how}; {measure.method}") if isinstance(measure, Estimate) else measure


def _kinds(truth: Truth, features: tuple[str, ...]) -> tuple[Indices, Indices]:
    """Each combination of levels that occurs (kinds × features, codes), and each case's kind."""
    codes = [np.unique(named(truth.attributes[name]), return_inverse=True)[1] for name in features]
    kinds, kind = np.unique(np.column_stack(codes), axis=0, return_inverse=True)
    return kinds, kind.ravel()


def _one_hot(kinds: Indices) -> Numbers:
    columns = [column[:, None] == np.arange(column.max() + 1) for column in kinds.T]
    return np.hstack(columns).astype(np.float64)


def _coefficients(matrix: Numbers, kind: Indices, label: Flags) -> Numbers:
    from sklearn.linear_model import LogisticRegression

    counts = np.concatenate([np.bincount(kind[label == one], minlength=len(matrix)) for one in (True, False)])
    seen = counts > 0
    model = LogisticRegression(C=PENALTY, solver="newton-cholesky", tol=1e-8, max_iter=200)
    model.fit(
        np.vstack((matrix, matrix))[seen],
        np.repeat([1, 0], len(matrix))[seen],
        sample_weight=counts[seen].astype(np.float64),
    )
    coefficients: Numbers = model.coef_[0]
    return coefficients
