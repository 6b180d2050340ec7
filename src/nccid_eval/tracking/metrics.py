"""The numbers that MLflow's tables show: at most fifty, the most asked for first; all others are in the scorecard."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from nccid_eval.errors import TrackingError
from nccid_eval.records import Calibration, Counts, Estimate, Evaluation, Measure, PredictiveValues, Scorecard

LIMIT = 50
FIRST = ("auc", "sensitivity", "specificity", "failure_rate")


def headline_metrics(evaluation: Evaluation) -> dict[str, float]:
    """At most 50 finite numbers, by name; a share is between 0 and 1, any other unit stands at the name's end.

    What cannot be estimated or is withheld has no entry: MLflow knows no missing number. Raises TrackingError for
    a number that is not finite.
    """
    card = evaluation.scorecard
    first = dict.fromkeys([*FIRST, *(one.metric for one in card.plan.criteria)])
    found = _with_intervals({name: card.overall[name] for name in first if name in card.overall})
    found |= _counts(card.counts)
    found["criteria_met"] = float(sum(one.verdict == "met" for one in card.verdicts))
    found["criteria_of_plan"] = float(len(card.verdicts))
    found |= _of_run(evaluation) | _of_order_check(evaluation)
    found |= _predictive_values(card.predictive_values)
    found |= _rest(card, first)
    _refuse_non_finite(found)
    return dict(list(found.items())[:LIMIT])


def _with_intervals(measures: Mapping[str, Measure]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, one in measures.items():
        if isinstance(one, Estimate):
            found |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
    return found


def _counts(counts: Counts) -> dict[str, float]:
    told = {
        "n_cases": counts.cases,
        "n_diseased_cases": counts.positives,
        "n_healthy_cases": counts.negatives,
        "n_failed_cases": counts.failures,
        "n_patients": counts.patients,
        "n_diseased_patients": counts.diseased_patients,
        "n_healthy_patients": counts.healthy_patients,
    }
    return {name: float(count) for name, count in told.items() if count is not None}


def _of_run(evaluation: Evaluation) -> dict[str, float]:
    """Times and peaks as they may leave: each is the upper end of a step."""
    run = evaluation.run
    if run is None:
        return {}
    told = {
        "latency_median_at_most_s": run.latency_median_s,
        "latency_p95_at_most_s": run.latency_p95_s,
        "memory_peak_at_most_mib": run.memory_peak_mib,
        "gpu_memory_peak_at_most_mib": run.gpu_memory_peak_mib,
    }
    return {name: value for name, value in told.items() if value is not None}


def _of_order_check(evaluation: Evaluation) -> dict[str, float]:
    check = evaluation.order_check
    if check is None or check.largest_change is None:
        return {}
    return {
        "order_check_largest_change_at_most": check.largest_change,
        "order_check_crossed_at_most_cases": float(check.crossed),
    }


def _predictive_values(given: Iterable[PredictiveValues]) -> dict[str, float]:
    found: dict[str, float] = {}
    for values in given:
        where = "partition_prevalence" if values.of_partition else f"prevalence_{values.prevalence:g}"
        pairs = (("ppv", values.ppv), ("npv", values.npv))
        found |= {f"{name}_at_{where}": one.value for name, one in pairs if isinstance(one, Estimate)}
    return found


def _rest(card: Scorecard, first: Iterable[str]) -> dict[str, float]:
    """Other measures and those of calibration, without their intervals."""
    other: dict[str, Measure] = {name: one for name, one in card.overall.items() if name not in first}
    if isinstance(judged := card.calibration, Calibration):
        other |= {
            "calibration_slope": judged.slope,
            "calibration_intercept": judged.intercept,
            "observed_to_expected": judged.observed_expected,
            "brier_score": judged.brier,
            "expected_calibration_error": judged.ece,
        }
    return {name: one.value for name, one in other.items() if isinstance(one, Estimate)}


def _refuse_non_finite(metrics: Mapping[str, float]) -> None:
    for name, value in metrics.items():
        if not math.isfinite(value):
            # MLflow would store infinity as 1.797e308 and say nothing.
            raise TrackingError(
                f"the metric '{name}' is {value}",
                where="scorecard",
                mend="score the run again; report it if it stays",
            )
