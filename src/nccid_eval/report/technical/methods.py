"""How each number was made, in plain English with its source; every table links here.

What stands here is what docs/methods.md says with formulas and tests. A measure without an entry has no link, and a
test of what scoring gives out fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nccid_eval.records import Calibration, Evaluation
from nccid_eval.report.parts.tables import Link
from nccid_eval.report.technical import accuracy_methods, study_methods

MEASURES = {
    "auc": "auc",
    "auc_answered": "auc-answered",
    "sensitivity": "proportion",
    "specificity": "proportion",
    "false_negative_rate": "proportion",
    "false_positive_rate": "proportion",
    "fnr": "proportion",
    "fpr": "proportion",
    "failure_rate": "proportion",
    "lr_positive": "likelihood-ratio",
    "lr_negative": "likelihood-ratio",
    "ppv": "predictive-value",
    "npv": "predictive-value",
    "prevalence": "prevalence",
    "average_precision": "average-precision",
    "partial_auc": "partial-auc",
    "partial_auc_standardised": "partial-auc",
    "equalised_odds": "gap",
    "underdiagnosis": "gap",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """`key` is the end of its fragment, #method-<key>."""

    key: str
    title: str
    text: str
    source: str


METHODS = tuple(
    Method(key=key, title=title, text=text, source=source)
    for key, title, text, source in (*accuracy_methods.TEXTS, *study_methods.TEXTS)
)
_NEEDS: dict[str, Callable[[Evaluation], object]] = {
    "roc": lambda one: one.scorecard.roc,
    "calibration": lambda one: isinstance(one.scorecard.calibration, Calibration),
    "calibration-error": lambda one: isinstance(one.scorecard.calibration, Calibration),
    "decision": lambda one: one.scorecard.decision_curves,
    "gap": lambda one: one.scorecard.bias,
    "between-sites": lambda one: one.scorecard.bias,
    **dict.fromkeys(("baseline", "within", "healthy-shift", "alarm"), lambda one: one.scorecard.audit),
    "power": lambda one: one.scorecard.power,
    "bands": lambda one: one.quality,
    "flow": lambda one: one.flow,
    "leakage": lambda one: one.leakage,
    "repeat": lambda one: one.order_check,
    "steps": lambda one: one.run,
}
_TITLES = {one.key: one.title for one in METHODS}


def used(evaluation: Evaluation) -> tuple[Method, ...]:
    """Those by which something on its page is made."""
    return tuple(one for one in METHODS if one.key not in _NEEDS or _NEEDS[one.key](evaluation))


def of_measure(name: str) -> str:
    """The fragment of how a measure is made; '' for one that has no entry."""
    return f"method-{MEASURES[name]}" if name in MEASURES else ""


def of(key: str) -> Link:
    """A link to a method; raises KeyError for one that does not stand here."""
    return Link(text=_TITLES[key], href=f"method-{key}")


def links(*keys: str) -> tuple[Link, ...]:
    return tuple(of(key) for key in keys)


def of_measures(names: Iterable[str], *more: str) -> tuple[Link, ...]:
    """Links to how these measures are made, each once, then to `more`."""
    keys = dict.fromkeys(MEASURES[name] for name in names if name in MEASURES)
    return links(*keys, *(key for key in more if key not in keys))
