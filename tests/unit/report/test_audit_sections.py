"""Confounding and power on the page: the alarm comes first, suppressed rows stay without numbers."""

from __future__ import annotations

import dataclasses
import re

import evaluation_factory as factory

from nccid_eval import report
from nccid_eval.records import Evaluation, NotEstimable
from nccid_eval.report.technical import audit_tables, findings


def changed(**changes: object) -> Evaluation:
    sound = factory.plain_evaluation()
    audit = dataclasses.replace(factory.audit(), **changes)  # type: ignore[arg-type]
    return dataclasses.replace(sound, scorecard=dataclasses.replace(sound.scorecard, audit=audit))


def titles(evaluation: Evaluation) -> list[str]:
    return [one.title for one in findings.caveats(evaluation)]


def section(html: str, name: str) -> str:
    found = re.search(rf'<section id="{name}".*?</section>', html, re.DOTALL)
    assert found is not None
    return found[0]


def test_the_alarm_is_the_first_caveat_and_names_its_reason() -> None:
    first = findings.caveats(factory.evaluation())[0]
    assert first.title == "Something other than the disease may give the diagnosis away"
    assert "0.812 [0.761 to 0.854]" in first.text
    assert "0.812 [0.761 to 0.854]" in section(report.render(factory.plain_evaluation()), "front")


def test_without_alarm_there_is_no_such_caveat_however_high_the_auc() -> None:
    sound = changed(alarm="")
    card = dataclasses.replace(sound.scorecard, overall={"auc": factory.estimate(0.97, 0.01)})
    assert not {"unusually", "Something"} & {
        word for title in titles(dataclasses.replace(sound, scorecard=card)) for word in title.split()
    }
    assert "No alarm" in section(report.render(sound), "confounding")


def test_a_scorecard_without_audit_still_warns_of_a_high_auc() -> None:
    sound = factory.plain_evaluation()
    card = dataclasses.replace(sound.scorecard, overall={"auc": factory.estimate(0.97, 0.01)}, audit=None, power=None)
    assert titles(dataclasses.replace(sound, scorecard=card))[0] == "The result is unusually good"
    html = report.render(dataclasses.replace(sound, scorecard=card))
    assert 'id="confounding"' not in html
    assert 'href="#power"' not in html


def test_one_sided_sites_are_named_in_front_and_other_strata_in_their_section() -> None:
    caveat = next(one for one in findings.caveats(factory.evaluation()) if one.title.startswith("Some sites"))
    assert caveat.text.startswith("Kestrel Quay (all or nearly all diseased).")
    assert "Egret" not in caveat.text
    html = section(report.render(factory.plain_evaluation()), "confounding")
    assert "maker: Egret (all or nearly all diseased)" in html
    assert "Some sites sent patients of one kind" not in titles(changed(one_sided=()))


def test_the_baseline_table_sets_model_baseline_difference_and_strata_side_by_side() -> None:
    card = factory.scorecard()
    assert card.audit is not None
    rows = {row[0].text: row[1] for row in audit_tables.comparison(card, card.audit, "95%").rows}
    assert rows["The model, all pairs of cases"].text == "0.874"
    assert rows["A baseline that sees no image"].text == "0.812"
    assert rows["The model less the baseline"].text == "+0.062"
    assert rows["The model less the baseline"].note == "p 0.010"
    assert rows["The model, pairs of the same view only"].text == "0.860"
    assert rows["The model, pairs of the same site only"].text.startswith("not estimable: no level holds both")


def test_a_suppressed_stratum_keeps_its_row_and_shows_no_number() -> None:
    table = audit_tables.strata("site", factory.audit(), "95%", is_site=True)
    assert len(table.headings) == 6
    row = next(one for one in table.rows if one[0].text == "Kestrel Quay")
    assert [cell.text for cell in row[1:]] == ["suppressed (fewer than 10 patients)"] * 2
    assert sum(cell.span for cell in row) == len(table.headings)
    view = audit_tables.strata("view", factory.audit(), "95%", is_site=False)
    assert len(view.headings) == 5
    assert [one[-1].text for one in view.rows] == [
        "not estimable: fewer than two healthy patients in this level",
        "–",
    ]


def test_power_rows_say_what_is_found_or_why_not() -> None:
    rows = {row[0].text: row for row in audit_tables.power(factory.power(), "sensitivity").rows}
    assert [one.text.replace("\u00a0", " ") for one in rows["Site: Site A"]][1:] == [
        "30",
        "60",
        "1.40",
        "± 6.0 pp",
        "21.3 pp",
    ]
    assert rows["All cases"][-1].text == "–"
    assert rows["Site: Site B"][-1].text == "no difference is so large that it would be found"
    assert (rows["Age band: <18"][1].text, rows["Age band: <18"][1].span) == (
        "suppressed (fewer than 10 patients)",
        5,
    )
    html = section(report.render(factory.plain_evaluation()), "protocol")
    assert "<strong>AUC above 0.9</strong>: 812 diseased cases" in html


def test_an_audit_without_baseline_says_so() -> None:
    nothing = NotEstimable(reason="the truth holds none of the plan's baseline attributes")
    html = section(report.render(changed(features=(), baseline=nothing, baseline_difference=nothing)), "confounding")
    assert "so there is none" in html
    assert "not estimable: the truth holds none" in html
