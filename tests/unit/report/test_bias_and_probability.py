"""What the page says of gaps, crossings, sites, calibration and net benefit."""

from __future__ import annotations

import base64
import csv
import dataclasses
import io
import re

import evaluation_factory as factory
import pytest

from nccid_eval import report
from nccid_eval.records import NotEstimable
from nccid_eval.report.parts.charts import Chart
from nccid_eval.report.parts.tables import Table
from nccid_eval.report.technical import bias_figures, bias_tables, probability_figures, probability_tables


def rows_of(chart: Chart | None) -> list[list[str]]:
    assert chart is not None
    return list(csv.reader(io.StringIO(base64.b64decode(chart.data.partition("base64,")[2]).decode())))


def texts(table: Table) -> list[list[str]]:
    assert {sum(cell.span for cell in row) for row in table.rows} == {len(table.headings)}
    return [[cell.text for cell in row] for row in table.rows]


def test_each_gap_stands_beside_its_null() -> None:
    rows = texts(bias_tables.gaps(factory.bias().gaps))
    expected = [
        "Age band: Sensitivity",
        "26.0\u00a0pp",
        "65-79",
        "18-39",
        "9.0\u00a0pp",
        "up to 17.0\u00a0pp",
        "0.004",
    ]
    assert expected in rows
    assert ["Sex: AUC", "0.020", "M", "F", "0.090", "up to 0.170", "0.800"] in rows
    assert [
        "Ethnicity: AUC",
        "not estimable: sensitivity only: ethnicity is not recorded for healthy patients",
    ] in rows


def test_an_attribute_without_any_gap_has_one_row() -> None:
    rows = [row for row in texts(bias_tables.gaps(factory.bias().gaps)) if row[0].startswith("Maker")]
    reason = "not estimable: fewer than two groups of 10 diseased and healthy patients or more"
    assert rows == [["Maker of the equipment", reason]]


def test_a_gap_of_nothing_has_neither_worst_nor_best() -> None:
    nothing = dataclasses.replace(factory.bias().gaps["sex"]["auc"], value=0.0)  # type: ignore[type-var]
    assert texts(bias_tables.gaps({"sex": {"auc": nothing}}))[0][2:4] == ["–", "–"]


def test_the_chart_of_gaps_names_those_beyond_chance_alone() -> None:
    chart = bias_figures.gaps(factory.bias().gaps)
    assert chart is not None
    assert "Age band, Sensitivity (26.0\u00a0pp); Age band, AUC (0.130). " in chart.description
    assert rows_of(chart)[3][:8] == ["age_band", "sensitivity", "0.26", "65-79", "18-39", "0.09", "0.17", "0.004"]


def test_no_chart_is_made_of_nothing() -> None:
    gone = NotEstimable(reason="suppressed", suppressed=True)
    assert bias_figures.gaps({"sex": {"sensitivity": gone}}) is None
    assert bias_figures.between_sites({"auc": gone}) is None
    assert probability_figures.calibration(dataclasses.replace(factory.calibration(), curve=())) is None
    assert probability_figures.decisions(()) is None


def test_sites_show_mean_and_prediction_interval() -> None:
    sites = factory.bias().between_sites
    rows = texts(bias_tables.between_sites(sites, "95%"))
    assert rows[0] == ["Sensitivity", "8", "83.0%", "61.0%\u00a0to\u00a094.0%", "0.41", "37%"]
    assert rows[1][1].startswith("not estimable: ")
    assert rows_of(bias_figures.between_sites(sites))[1][:7] == [
        "sensitivity",
        "8",
        "0.83",
        "0.78",
        "0.875",
        "0.61",
        "0.94",
    ]


def test_the_calibration_error_stands_beside_a_perfect_model_s() -> None:
    rows = texts(probability_tables.calibration(factory.calibration(), "95%"))
    assert rows[0] == ["Intercept, slope held at 1", "−0.310", "0"]
    assert rows[-1][2] == "a perfect model: 0.043 on average, up to 0.062 in 95 of 100"


def test_the_calibration_curve_is_read_out() -> None:
    chart = probability_figures.calibration(factory.calibration())
    assert chart is not None
    assert "50% predicted, 44% observed (40% to 47%)" in chart.description
    assert len(rows_of(chart)) == 1 + len(factory.calibration().curve)


def test_decision_curves_say_where_the_model_beats_both_simple_rules() -> None:
    curves = factory.decision_curves()
    chart = probability_figures.decisions(curves)
    assert chart is not None
    won = [one.threshold for one in curves[0].points if one.model.low > max(one.treat_all, 0)]
    told = f"prevalence 42.9%: at {len(won)} of 24 thresholds, between {won[0]:.0%} and {won[-1]:.0%}"
    assert told in chart.description
    assert len(rows_of(chart)) == 1 + 4 * 24
    rows = probability_tables.decisions(curves, "95%").rows
    assert [len(row) for row in rows] == [5] * 8
    assert rows[0][1].note == "everybody\u00a00.417"


def test_crossings_are_marked_exploratory() -> None:
    page = report.render(factory.evaluation())
    title = re.search(r'<h3 id="crossing-1-title">(.*?)</h3>', page)
    assert title is not None
    assert title[1] == "Sex × age band (exploratory)"


@pytest.mark.parametrize(
    ("evaluation", "sentence"),
    [
        (factory.empty_evaluation, "There is none: fewer than two diseased patients."),
        (factory.evaluation, "The output claims to be a probability."),
    ],
)
def test_the_page_says_whether_calibration_was_judged(evaluation: object, sentence: str) -> None:
    assert sentence in report.render(evaluation())  # type: ignore[operator]
