"""A scorecard as one tidy table: a row an estimate, for a spreadsheet, R or pandas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from nccid_eval.records import Calibration, Estimate, GroupScore, Measure, NotEstimable, Scorecard

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "section", "attribute", "level", "measure", "value", "low", "high", "p", "p_adjusted", "family", "diseased_cases",
    "healthy_cases", "patients", "method", "signature", "not_estimable",
)  # fmt: skip
Row = dict[str, Any]
_FORMULA = ("=", "+", "-", "@")  # a cell that starts so is one to a spreadsheet


def tidy(card: Scorecard) -> pd.DataFrame:
    """Columns as in COLUMNS; what cannot be estimated, or is suppressed, has a reason and no number.

    Sections: overall, calibration, failures (attribute: how they are counted), predictive (level: the prevalence),
    groups, differences, intersections, intersection differences.
    """
    import pandas as pd

    counts = dict.fromkeys(
        ("diseased_cases", "healthy_cases", "patients"), "Int64"
    )  # whole numbers that may be absent
    return pd.DataFrame(list(_rows(card)), columns=list(COLUMNS)).astype(counts)


def to_csv(card: Scorecard) -> str:
    """The table as CSV; floats keep their digits, and no text of it runs as a formula in a spreadsheet."""
    plain = tidy(card).map(lambda one: f"'{one}" if isinstance(one, str) and one.lstrip()[:1] in _FORMULA else one)
    return str(plain.to_csv(index=False, lineterminator="\n"))


def _rows(card: Scorecard) -> Iterator[Row]:
    yield from _measures("overall", "", "", card.overall)
    if isinstance(card.calibration, Calibration):
        names = ("intercept", "slope", "observed_expected", "brier", "ece")
        yield from _measures("calibration", "", "", {name: getattr(card.calibration, name) for name in names})
    for counted, measures in card.failure_analyses.items():
        yield from _measures("failures", counted, "", measures)
    for one in card.predictive_values:
        yield from _measures("predictive", "prevalence", f"{one.prevalence:.6g}", {"ppv": one.ppv, "npv": one.npv})
    yield from _groups("groups", "differences", card.by_group)
    if card.bias is not None:
        yield from _groups("intersections", "intersection differences", card.bias.intersections)


def _groups(section: str, differing: str, groups: Mapping[str, Mapping[str, GroupScore]]) -> Iterator[Row]:
    for attribute, levels in groups.items():
        for level, one in levels.items():
            yield from _measures(section, attribute, level, one.measures)
            yield from _measures(differing, attribute, level, one.differences)


def _measures(section: str, attribute: str, level: str, measures: Mapping[str, Measure]) -> Iterator[Row]:
    place = {"section": section, "attribute": attribute, "level": level}
    for name, one in measures.items():
        yield place | {"measure": name} | _numbers(one)


def _numbers(measure: Measure) -> Row:
    if isinstance(measure, NotEstimable):
        return {"not_estimable": measure.reason}
    return _of_estimate(measure)


def _of_estimate(one: Estimate) -> Row:
    return {
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "p": one.p,
        "p_adjusted": one.p_adjusted,
        "family": one.family,
        "diseased_cases": one.positives,
        "healthy_cases": one.negatives,
        "patients": one.patients,
        "method": one.method,
        "signature": one.signature,
    }
