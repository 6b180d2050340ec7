"""Tables from outside: read as written, or refused with what, where and how to mend."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nccid_eval.errors import PredictionsError
from nccid_eval.predictions import AGE_BANDS, align, from_results, read_predictions, read_truth
from nccid_eval.records import CaseResult, Outcome

TRUTH = "case,patient,label,sex,age\na,p1,1,F,71\nb,p2,0,M,17.9\nc,p2,0,,\n"


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_predictions_are_read_as_written(tmp_path: Path) -> None:
    found = read_predictions(
        written(tmp_path, "case,score,outcome\na,-12.5,ok\nb,,\nc,0.123456789,\nd,1,timeout\ne,,oom\n")
    )
    assert found.case.tolist() == ["a", "b", "c", "d", "e"]
    assert found.answered.tolist() == [True, False, True, False, False]
    assert found.score[[0, 2]].tolist() == [-12.5, 0.123456789]
    assert found.outcome.tolist() == ["ok", "missing", "ok", "timeout", "oom"]


@pytest.mark.parametrize(
    "text",
    [
        "case,score\na,1\nb,2\n",
        "\ufeffcase,score\r\na,1\r\nb,2\r\n",
        'score,case\n1,"a"\n2,"b"\n',
        "case , score\n a , 1 \n\nb,2e0\n\n",
        "case,score\na,1\nb,2",
    ],
)
def test_bom_crlf_quotes_blanks_and_order_do_not_matter(tmp_path: Path, text: str) -> None:
    found = read_predictions(written(tmp_path, text))
    assert found.case.tolist() == ["a", "b"]
    assert found.score.tolist() == [1.0, 2.0]
    assert found.answered.all()


def test_quoted_field_with_comma_quote_and_line_break(tmp_path: Path) -> None:
    found = read_predictions(written(tmp_path, 'case,score\n"a,""1""",1\n"b\nb",2\n'))
    assert found.case.tolist() == ['a,"1"', "b\nb"]


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("case,score\na,1\nb,high\n", "'high' is not a finite number", "line 3"),
        ("case,score\na,nan\n", "'nan' is not a finite number", "line 2"),
        ("case,score\na,inf\n", "'inf' is not a finite number", "line 2"),
        ("case,score\na,1e999\n", "not a finite number", "line 2"),
        ("case,score\na,1_0\n", "not a finite number", "line 2"),
        ('case,score\na,"0,5"\n', "not a finite number", "line 2"),
        ("case,score\na,1\nb,2\na,3\n", "'a' stands in line 2 already", "line 4"),
        ("case,score\n,1\n", "the case is empty", "line 2"),
        ("case,score,outcome\na,1,crash\n", "outcome 'crash' is unknown", "line 2"),
        ("case,score,outcome\na,1,infra\n", "outcome 'infra' is unknown", "line 2"),
        ("case,score,outcom\na,1,ok\n", "unknown column 'outcom'", "line 1"),
        ("case,value\na,1\n", "the column 'score' is missing", "line 1"),
        ("case;score\na;1\n", "the column 'case' is missing", "line 1"),
        ("case,score,score\na,1,1\n", "two columns share a name", "line 1"),
        ("case,score\na\n", "1 fields where the header has 2", "line 2"),
        ("case,score\na,1,2\n", "3 fields where the header has 2", "line 2"),
        ("case,score\n", "has no case", "table.csv"),
        ("", "is empty", "table.csv"),
        ("\n \n", "is empty", "table.csv"),
        (b"case,score\n\xff\xfe,1\n", "is not UTF-8", "table.csv"),
        ('case,score\n"a,1\n', "is not CSV", "line"),
        ('case,score\n"a"b,1\n', "is not CSV", "line 2"),
    ],
)
def test_bad_predictions_are_refused(tmp_path: Path, text: str | bytes, what: str, where: str) -> None:
    with pytest.raises(PredictionsError) as caught:
        read_predictions(written(tmp_path, text))
    assert what in caught.value.what
    assert where in caught.value.where
    assert caught.value.mend


def test_a_typo_in_a_column_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match="did you mean 'outcome'"):
        read_predictions(written(tmp_path, "case,score,outcom\na,1,ok\n"))


@pytest.mark.parametrize("read", [read_predictions, read_truth])
def test_missing_file_and_folder(tmp_path: Path, read: object) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(PredictionsError, match="cannot be read"):
            read(path)  # type: ignore[operator]


def test_truth_is_read_with_its_attributes(tmp_path: Path) -> None:
    found = read_truth(written(tmp_path, TRUTH))
    assert found.patient.tolist() == ["p1", "p2", "p2"]
    assert found.label.tolist() == [True, False, False]
    assert {name: values.tolist() for name, values in found.attributes.items()} == {
        "sex": ["F", "M", ""],
        "age": ["65-79", "<18", ""],
    }


def test_every_age_has_its_band(tmp_path: Path) -> None:
    ages = [0, 17.99, 18, 39.9, 40, 64, 65, 79, 80, 101]
    rows = [f"c{at},p{at},1,{age}" for at, age in enumerate(ages)] + [
        f"b{at},q,0,{band}" for at, band in enumerate(AGE_BANDS)
    ]
    found = read_truth(written(tmp_path, "case,patient,label,age\n" + "\n".join(rows))).attributes["age"].tolist()
    assert found[:10] == [band for band in AGE_BANDS for _ in (0, 1)]
    assert found[10:] == list(AGE_BANDS)


def numbered(values: list[str]) -> str:
    return "case,patient,label,extra\n" + "\n".join(f"c{at},p,1,{value}" for at, value in enumerate(values))


def test_a_column_that_measures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match="numeric column 'extra' has 13 different values") as caught:
        read_truth(written(tmp_path, numbered([f"{at}.5" for at in range(13)])))
    assert "bands" in caught.value.mend
    assert (
        len(set(read_truth(written(tmp_path, numbered([str(at % 12) for at in range(40)]))).attributes["extra"]))
        == 12
    )


@pytest.mark.parametrize("unknown", ["NA", "NaN", "nan", "null", "NULL", "None", "n/a", "N/A", "<NA>"])
def test_what_r_and_pandas_write_for_no_value_is_unknown(unknown: str, tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match="numeric column 'extra' has 101 different values"):
        read_truth(written(tmp_path, numbered([*map(str, range(101)), unknown])))
    assert read_truth(written(tmp_path, numbered(["1", unknown]))).attributes["extra"].tolist() == ["1", ""]
    aged = TRUTH.replace("17.9", unknown)
    assert read_truth(written(tmp_path, aged)).attributes["age"].tolist() == ["65-79", "", ""]


def test_a_level_none_and_a_patient_or_case_named_na_are_kept(tmp_path: Path) -> None:
    found = read_truth(written(tmp_path, "case,patient,label,comorbidity\nNA,null,1,none\nb,p,0,yes\n"))
    assert (found.case[0], found.patient[0]) == ("NA", "null")
    assert found.attributes["comorbidity"].tolist() == ["none", "yes"]


def test_a_column_that_names_is_refused(tmp_path: Path) -> None:
    assert (
        len(set(read_truth(written(tmp_path, numbered([f"site {at}" for at in range(40)]))).attributes["extra"]))
        == 40
    )
    with pytest.raises(PredictionsError, match="text column 'extra' has 201 different values"):
        read_truth(written(tmp_path, numbered([f"2020-{at}" for at in range(201)])))


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        (TRUTH.replace("a,p1,1", "a,p1,yes"), "label 'yes' is not 0 or 1", "line 2"),
        (TRUTH.replace("b,p2,0", "b,p2,"), "label '' is not 0 or 1", "line 3"),
        (TRUTH.replace("b,p2,0", "b,p2,2"), "label '2' is not 0 or 1", "line 3"),
        (TRUTH.replace("c,p2", "c,"), "the patient is empty", "line 4"),
        (TRUTH.replace("c,p2", "a,p2"), "'a' stands in line 2 already", "line 4"),
        (TRUTH.replace("71", "071Y"), "the age '071Y'", "line 2"),
        (TRUTH.replace("71", "-1"), "the age '-1'", "line 2"),
        ("case,label\na,1\n", "the column 'patient' is missing", "line 1"),
        ("case,patient,label,\na,p,1,x\n", "has none", "line 1"),
    ],
)
def test_bad_truth_is_refused(tmp_path: Path, text: str, what: str, where: str) -> None:
    with pytest.raises(PredictionsError) as caught:
        read_truth(written(tmp_path, text))
    assert what in caught.value.what
    assert where in caught.value.where
    assert caught.value.mend


def test_align_puts_predictions_into_the_truth_s_order(tmp_path: Path) -> None:
    truth = read_truth(written(tmp_path, TRUTH))
    predictions = read_predictions(written(tmp_path, "case,score,outcome\nc,0.3,\na,0.1,declined\n"))
    found = align(predictions, truth)
    assert found.case.tolist() == ["a", "b", "c"]
    assert found.answered.tolist() == [False, False, True]
    assert found.outcome.tolist() == ["declined", "missing", "ok"]
    assert found.score[2] == 0.3


def test_align_refuses_a_case_that_the_truth_does_not_know(tmp_path: Path) -> None:
    truth = read_truth(written(tmp_path, TRUTH))
    predictions = read_predictions(written(tmp_path, "case,score\na,1\nz,1\ny,1\n"))
    with pytest.raises(PredictionsError, match=r"2 predicted case\(s\) are not in the truth, the first is 'y'"):
        align(predictions, truth)


def result(case: str, outcome: Outcome, score: float | None) -> CaseResult:
    return CaseResult(case=case, outcome=outcome, score=score, error="", latency_s=0.1)


def test_results_of_a_run_become_predictions(tmp_path: Path) -> None:
    found = from_results(
        [result("b", Outcome.OK, 0.12345678), result("a", Outcome.TIMEOUT, None), result("c", Outcome.DECLINED, None)]
    )
    assert found.case.tolist() == ["b", "a", "c"]
    assert found.score[0] == 0.123457
    assert found.answered.tolist() == [True, False, False]
    aligned = align(found, read_truth(written(tmp_path, TRUTH)))
    assert aligned.outcome.tolist() == ["timeout", "ok", "declined"]


def test_a_run_without_any_result_is_all_missing(tmp_path: Path) -> None:
    aligned = align(from_results([]), read_truth(written(tmp_path, TRUTH)))
    assert not aligned.answered.any()
    assert set(aligned.outcome.tolist()) == {"missing"}
    assert np.isfinite(aligned.score).all()


def test_a_case_answered_twice_is_refused(tmp_path: Path) -> None:
    twice = from_results([result("a", Outcome.OK, 0.1), result("a", Outcome.OK, 0.2)])
    with pytest.raises(PredictionsError, match="predicted twice"):
        align(twice, read_truth(written(tmp_path, TRUTH)))


def test_a_unit_is_no_attribute_and_is_never_empty(tmp_path: Path) -> None:
    truth = read_truth(written(tmp_path, "case,patient,label,unit,sex\na,p,1,p,F\nb,p,0,p,F\n"))
    assert truth.unit is not None
    assert truth.unit.tolist() == ["p", "p"]
    assert list(truth.attributes) == ["sex"]
    with pytest.raises(PredictionsError, match="unit is empty") as caught:
        read_truth(written(tmp_path, "case,patient,label,unit\na,p,1,p\nb,p,0,\n"))
    assert "line 3" in caught.value.where
    assert read_truth(written(tmp_path, "case,patient,label\na,p,1\n")).unit is None
