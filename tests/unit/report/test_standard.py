"""The report says which standard its labels follow, and what was counted."""

from dataclasses import replace

import pytest
from evaluation_factory import evaluation, plain_evaluation

from nccid_eval import report
from nccid_eval.records import PartitionRules, Units
from nccid_eval.report.technical import standard

RULES = PartitionRules(
    target="covid_positive",
    case="image",
    modalities=("DX",),
    positive_days_before=3,
    positive_days_after=5,
    negative_days=7,
)


def told(**changes: object) -> str:
    return " ".join(standard.paragraphs(replace(RULES, **changes)))  # type: ignore[arg-type]


def test_the_windows_and_the_tests_that_count_are_told() -> None:
    text = told(swabs=("rt_pcr", "final_status"))
    for part in (
        "(results of RT-PCR, the final COVID status)",
        "from 3 days before to 5 days after",
        "within 7 days",
    ):
        assert part in text


def test_images_of_before_the_window_are_told_as_they_count() -> None:
    assert "outside that window it is left out, never counted as healthy" in told()
    assert "counts as healthy up to 2019-10-31" in told(before_window="negative", negative_until="2019-10-31")


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("icu_admission", "admitted to intensive care on its day or within 28 days"),
        ("intubation", "intubated on its day"),
        ("death", "only where it is known that this did not happen"),
        ("severity_moderate_or_worse", "moderate or severe is positive, mild is negative"),
    ],
)
def test_other_targets_have_their_own_paragraph(target: str, says: str) -> None:
    assert says in told(target=target)
    assert "only negative tests" not in told(target=target)


def test_a_report_by_patient_says_so() -> None:
    page = report.render(replace(evaluation(), units=Units(name="patient", aggregation="mean")))
    assert "patient: its score is the mean score of its cases" in page
    assert "Units of analysis (patients)" in page
    assert "scored patients" in page
    assert "scored cases" not in page


@pytest.mark.parametrize(
    ("target", "says"), [("death", "Predict death on"), ("covid_positive", "Detect COVID-19 on")]
)
def test_outcomes_are_predicted_and_disease_is_detected(target: str, says: str) -> None:
    found = plain_evaluation()
    assert found.submission is not None
    wanted = replace(found.submission.indications, target=target)
    page = report.render(replace(found, submission=replace(found.submission, indications=wanted)))
    assert says in page


def test_volumes_are_not_called_radiographs() -> None:
    found = plain_evaluation()
    assert found.partition is not None
    rules = replace(found.partition.rules, case="series", modalities=("CT",))
    page = report.render(replace(found, partition=replace(found.partition, rules=rules)))
    assert "on chest CT" in page
    assert "on chest radiographs" not in page


def test_a_report_by_case_counts_cases() -> None:
    page = report.render(plain_evaluation())
    assert "scored cases" in page
    assert "Units of analysis (" not in page
