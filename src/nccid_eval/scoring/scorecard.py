"""Predictions + truth + plan -> Scorecard: every number of one evaluation, before the disclosure gate."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np

from nccid_eval.records import (
    ConfusionTable,
    Measure,
    Numbers,
    Plan,
    Predictions,
    Scorecard,
    Truth,
)
from nccid_eval.scoring.areas import area_measure, area_measures
from nccid_eval.scoring.audit import audit
from nccid_eval.scoring.bias import bias
from nccid_eval.scoring.calibration import calibration
from nccid_eval.scoring.cells import Cell, cells_of, crossed_cells
from nccid_eval.scoring.criteria import conclude, judge
from nccid_eval.scoring.decision import decision_curves
from nccid_eval.scoring.multiplicity import adjust_all
from nccid_eval.scoring.power import power
from nccid_eval.scoring.predictive import likelihood_ratios, predictive_values
from nccid_eval.scoring.proportions import (
    failure_tally,
    proportion_measure,
    sensitivity_tally,
    specificity_tally,
)
from nccid_eval.scoring.resampling import disease_strata, ratio, replicate_sums
from nccid_eval.scoring.roc import roc_points
from nccid_eval.scoring.sample import Sample, count, failures_called, intention_to_diagnose, scored_cases, subset
from nccid_eval.scoring.signature import stated
from nccid_eval.scoring.subgroups import parted, score_groups, tallies_of, tally_columns

NOT_GATED = "not applied: small cells are shown"
_LIBRARIES = ("nccid-eval", "numpy", "scikit-learn", "scipy", "statsmodels")


def score(
    predictions: Predictions,
    truth: Truth,
    plan: Plan,
    *,
    target: str,
    threshold: float,
    partition_digest: str,
    probability: bool = False,
) -> Scorecard:
    """All numbers, overall and by group. Predictions stand in the truth's order.

    Failures count as wrong; cases that failed on our side (infra, poison) are not scored and stand in `failures`
    alone. `probability`: the scores claim to be probabilities, and their calibration is judged. Raises
    PredictionsError where the order differs, or where there is no case to score.
    """
    failures = _failures(predictions)
    predictions, truth = scored_cases(predictions, truth)
    sample = intention_to_diagnose(predictions, truth, threshold)
    diseased, healthy = sensitivity_tally(sample), specificity_tally(sample)
    cells, crossed = cells_of(sample, truth, plan), crossed_cells(sample, truth, plan)
    sums = _replicates(sample, (*cells, *crossed), plan)
    drawn = ratio(sums[:, 0], sums[:, 1]), ratio(sums[:, 2], sums[:, 3])
    groups = score_groups(sample, (*cells, *crossed), sums, plan)
    by_group, intersections = adjust_all(*parted(groups, cells), plan.attributes)
    overall = _overall(sample, plan)
    verdicts = judge(overall, plan)
    return Scorecard(
        target=target,
        threshold=threshold,
        plan=plan,
        partition_digest=partition_digest,
        gate=NOT_GATED,
        counts=count(sample),
        overall=overall,
        confusion=_confusion(sample),
        predictive_values=predictive_values(diseased, healthy, drawn, plan),
        roc=roc_points(sample, threshold, plan),
        by_group=by_group,
        failures=failures,
        failure_analyses=_failure_analyses(predictions, truth, threshold, sample, plan),
        verdicts=verdicts,
        versions={name: version(name) for name in _LIBRARIES},
        conclusion=conclude(verdicts),
        calibration=calibration(sample, plan, probability=probability),
        decision_curves=decision_curves(sample, plan, probability=probability),
        bias=bias(sample, cells, truth, plan, intersections),
        audit=audit(sample, cells, truth, plan, overall["auc"]),
        power=power(sample, cells, plan),
    )


def _failures(predictions: Predictions) -> dict[str, int]:
    outcomes, cases = np.unique(predictions.outcome[~predictions.answered], return_counts=True)
    return dict(zip(outcomes.tolist(), (int(one) for one in cases), strict=True))


def _overall(sample: Sample, plan: Plan) -> dict[str, Measure]:
    diseased, healthy = sensitivity_tally(sample), specificity_tally(sample)
    answered = area_measure(subset(sample, ~sample.failed), plan)
    failing = proportion_measure(failure_tally(sample), sample, plan.level, plan.proportion_interval)
    core = _core(sample, plan)
    return {
        "auc": core.pop("auc"),
        **stated({"auc_answered": answered}, failures="left-out"),
        **core,
        **stated({"failure_rate": failing, **likelihood_ratios(diseased, healthy, plan.level)}, failures="wrong"),
        **stated(area_measures(sample, plan), failures="wrong"),
    }


def _core(sample: Sample, plan: Plan, failures: str = "wrong") -> dict[str, Measure]:
    """AUC, sensitivity and specificity; `failures` says how the sample counts them."""
    kind = plan.proportion_interval
    measures = {
        "auc": area_measure(sample, plan),
        "sensitivity": proportion_measure(sensitivity_tally(sample), sample, plan.level, kind),
        "specificity": proportion_measure(specificity_tally(sample), sample, plan.level, kind),
    }
    return stated(measures, failures=failures)


def _replicates(sample: Sample, cells: tuple[Cell, ...], plan: Plan) -> Numbers:
    """Bootstrap sums of the whole and of the cells from the same draws (replicates × columns)."""
    columns = tally_columns(tallies_of(sample, cells))
    return replicate_sums(columns, disease_strata(sample), plan.replicates, np.random.default_rng(plan.seed))


def _confusion(sample: Sample) -> ConfusionTable:
    """At the threshold; a failed diseased case is a false negative, a failed healthy one a false positive."""
    positive, right, failed = sample.label, sample.right, sample.failed
    return ConfusionTable(
        true_positives=int((positive & right).sum()),
        false_negatives=int((positive & ~right).sum()),
        true_negatives=int((~positive & right).sum()),
        false_positives=int((~positive & ~right).sum()),
        failed_positives=int((positive & failed).sum()),
        failed_negatives=int((~positive & failed).sum()),
    )


def _failure_analyses(
    predictions: Predictions, truth: Truth, threshold: float, sample: Sample, plan: Plan
) -> dict[str, dict[str, Measure]]:
    """The three other ways to count failures, beside intention-to-diagnose in `overall`."""
    return {
        "excluded": _core(subset(sample, ~sample.failed), plan, "left-out"),
        "as_positive": _core(failures_called(predictions, truth, threshold, positive=True), plan, "positive"),
        "as_negative": _core(failures_called(predictions, truth, threshold, positive=False), plan, "negative"),
    }
