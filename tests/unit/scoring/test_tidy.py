"""The scorecard as a table: every estimate is in it once, and nothing that the gate took."""

from __future__ import annotations

import csv
import io

from studies import PLAN, card, drawn, study

from nccid_eval.records import Estimate, NotEstimable, Scorecard
from nccid_eval.scoring import gate, tidy, to_csv
from nccid_eval.scoring.tidy import COLUMNS

PAIRS = (("sex", "site"),)


def studied() -> tuple[Scorecard, Scorecard]:
    given = drawn(4, 120, {"sex": 2, "site": 7})
    full = card(given, replicates=50, intersections=PAIRS)
    return full, gate(full, given[1], PLAN.minimum_patients)


def test_a_number_and_its_interval_stand_in_one_row() -> None:
    full, _ = studied()
    table = tidy(full)
    assert tuple(table.columns) == COLUMNS
    row = table.query("section == 'groups' and attribute == 'sex' and level == 'sex0' and measure == 'sensitivity'")
    one = full.by_group["sex"]["sex0"].measures["sensitivity"]
    assert isinstance(one, Estimate)
    assert row[["value", "low", "high", "patients"]].values.tolist() == [[one.value, one.low, one.high, one.patients]]


def test_every_measure_of_every_section_is_there_once() -> None:
    table = tidy(studied()[0])
    assert not table.duplicated(["section", "attribute", "level", "measure"]).any()
    assert set(table["section"]) == {
        "overall", "failures", "predictive", "groups", "differences", "intersections", "intersection differences",
    }  # fmt: skip
    assert (table["value"].notna() != table["not_estimable"].notna()).all()


def test_a_suppressed_cell_has_its_reason_and_no_number() -> None:
    _, released = studied()
    hidden = [level for level, one in released.by_group["site"].items() if one.counts is None]
    rows = tidy(released).query("attribute == 'site' and level in @hidden")
    assert len(rows)
    given = released.by_group["site"][hidden[0]].measures["auc"]
    assert isinstance(given, NotEstimable)
    assert given.reason in set(rows["not_estimable"])
    numbers = ["value", "low", "high", "p", "p_adjusted", "diseased_cases", "healthy_cases", "patients"]
    assert rows[numbers].isna().all(axis=None)


def test_as_csv_no_text_is_a_formula_and_numbers_keep_their_digits() -> None:
    hostile = {"site": ["=HYPERLINK(1)", " -1", "65-79"] * 40}
    labels = [at % 2 for at in range(120)]
    full = card(study([at % 7 / 7 + label for at, label in enumerate(labels)], labels, None, hostile), replicates=20)
    rows = list(csv.DictReader(io.StringIO(to_csv(full))))
    assert {row["level"] for row in rows if row["section"] == "groups"} == {"'=HYPERLINK(1)", "' -1", "65-79"}
    one = full.overall["auc"]
    assert isinstance(one, Estimate)
    assert [row["value"] for row in rows if row["measure"] == "auc" and row["section"] == "overall"] == [
        repr(one.value)
    ]
