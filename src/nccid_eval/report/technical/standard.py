"""The reference standard and the unit of analysis, in words for the report."""

from __future__ import annotations

from nccid_eval.records import Evaluation, PartitionRules, Units

_TESTS = {
    "rt_pcr": "results of RT-PCR",
    "status": "the swab status",
    "positive_date": "the date of a positive swab",
    "final_status": "the final COVID status",
}
_OUTCOMES = {"icu_admission": "admitted to intensive care", "intubation": "intubated", "death": "dead"}
_INDEXES = {
    "all": "all of them",
    "first": "the first alone",
    "last": "the last alone",
    "nearest": "the one nearest to a swab alone",
}
_SCORES = {"max": "the highest score of its cases", "mean": "the mean score of its cases"}
_COUNTED = {"study": "studies", "series": "series", "patient": "patients"}


def paragraphs(rules: PartitionRules) -> list[str]:
    """How it was decided what is true, a paragraph a thought."""
    return [_covid(rules), *_target(rules)]


def unit_name(evaluation: Evaluation) -> str:
    """What is counted, and how its score was made."""
    units, partition = evaluation.units, evaluation.partition
    if units is None:
        return partition.rules.case if partition else "case"
    name = "the unit that the truth names" if units.name == "unit" else units.name
    return f"{name}: its score is {_SCORES[units.aggregation]}; it failed where one of its cases failed"


def counted(units: Units | None) -> str:
    """The plural of what a scorecard counts."""
    return "cases" if units is None else _COUNTED.get(units.name, "units")


def index_name(rules: PartitionRules) -> str:
    """Which of a patient's studies count."""
    return _INDEXES[rules.index]


def _covid(rules: PartitionRules) -> str:
    tests = ", ".join(_TESTS[one] for one in rules.swabs)
    text = (
        f"Tests in the clinical record decide who had COVID-19 ({tests}). An image of a patient with a positive test "
        f"counts as diseased from {rules.positive_days_before} days before to {rules.positive_days_after} days after "
        "it; "
    )
    if rules.before_window == "negative":
        text += (
            f"one of before that counts as healthy up to {rules.negative_until}, when nobody had the disease; any "
        )
        text += "other outside that window is left out."
    else:
        text += "outside that window it is left out, never counted as healthy."
    if rules.target == "covid_positive":
        text += " An image of a patient with only negative tests counts as healthy within "
        text += f"{rules.negative_days} days of a test."
    return text


def _target(rules: PartitionRules) -> list[str]:
    if rules.target in _OUTCOMES:
        return [
            f"Judged are those images alone. One counts as positive where its patient was {_OUTCOMES[rules.target]} "
            f"on its day or within {rules.horizon_days} days after it, and as negative only where it is known that "
            "this did not happen within them. It is left out where that is not known, and where it had happened "
            "before."
        ]
    if rules.target == "severity_moderate_or_worse":
        return [
            "Judged are those images alone. A radiologist's reading of that day's radiograph decides: moderate or "
            "severe is positive, mild is negative. Days without a reading, or with two that differ, are left out. "
            "Readers of the same image often disagree, so this standard is a noisy one."
        ]
    return []
