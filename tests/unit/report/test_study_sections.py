"""Protocol, data and provenance: deviations, who was tested, whether the data are unseen."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import evaluation_factory as factory
import pytest

from nccid_eval.records import Evaluation, FlowStep, NotEstimable, OrderCheck, Units
from nccid_eval.report.technical import curves, findings, population, protocol, unseen
from nccid_eval.report.technical.render import render


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def audited(status: str = "clean", found: str = "clean") -> Evaluation:
    return replace(factory.evaluation(), leakage=factory.leakage(status, found))


@pytest.fixture(scope="module")
def page() -> str:
    return render(audited())


def test_what_went_otherwise_than_planned_is_said() -> None:
    assert protocol.deviations(audited()) == ()
    poison = FlowStep(stage="evaluation", reason="fatal", kept=False, images=1, studies=1, patients=0)
    check = OrderCheck(asked=0, compared=0, largest_change=None, crossed=0, failed=0, not_available="one go")
    changed = replace(
        factory.evaluation(),
        plan_fixed=False,
        commit="0123456789ab-dirty",
        flow=(*factory.flow(), poison),
        order_check=check,
        scorecard=replace(factory.scorecard(), failures={"infra": 3}),
    )
    said = [one.text for one in protocol.deviations(changed)]
    assert len(said) == 6
    assert said[0].startswith("The run was scored again by another plan")
    assert "3 cases failed on our own side and are left out of every number." in said
    assert "1 case stopped our own software and is left out of every number." in said
    assert protocol.deviations(factory.outside_evaluation())[0].text.startswith("The predictions were made elsewhere")


@pytest.mark.parametrize(
    ("given", "name", "changes"),
    [("abc", "abc", "none"), ("unknown", "unknown", "not known"), ("abc-dirty", "abc", "yes")],
)
def test_the_commit_stands_apart_from_what_it_does_not_hold(given: str, name: str, changes: str) -> None:
    found = protocol.commit(given)
    assert found.name == name
    assert found.changes.split(":")[0] == changes


def test_patients_stand_by_level_and_suppressed_levels_without_a_number() -> None:
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in population.tested(factory.scorecard()).rows}
    assert rows["Sex: F"] == ["160", "80", "80"]
    assert rows["Age band: <18"] == ["suppressed (fewer than 10 patients)"]
    assert rows["Ethnicity: unknown"] == ["suppressed (fewer than 10 patients)"]
    assert not {name for name in rows if name.startswith("Site")}
    assert population.tested(factory.empty_evaluation().scorecard).rows == ()


def test_the_declared_population_stands_beside_those_who_were_tested() -> None:
    sound = factory.evaluation()
    groups = {**sound.scorecard.by_group, "view": {"PA": factory.group(0.8, 0.8, 0.9, 0.1, 110, 0.5)}}
    table = population.declared(replace(sound, scorecard=replace(sound.scorecard, by_group=groups)))
    assert table is not None
    found = {row[0].text: (row[1].text, row[2].text) for row in table.rows}
    assert found["Views"] == ("AP, PA", "AP: nobody; PA: 110 patients")
    assert found["Kinds of image"] == ("DX, CR", "not known here")
    assert found["Age"][0] == "from 16 years"
    assert "<18: may not be shown" in found["Age"][1]
    assert population.declared(factory.outside_evaluation()) is None


def test_dates_and_sites_are_told_as_the_groups_tell_them() -> None:
    card = factory.scorecard()
    assert population.sites(card) == "8 sites"
    hidden = {**card.by_group["site"], "Site B": factory.suppressed_group(), "unknown": factory.suppressed_group()}
    assert population.sites(replace(card, by_group={"site": hidden})) == "8 sites; 1 of them may not be shown apart"
    levels = dict.fromkeys(("2021-Q1", "2020-Q2", "unknown"), factory.suppressed_group())
    assert population.dates(replace(card, by_group={"quarter": levels})) == "2020-Q2 to 2021-Q1"
    assert population.dates(card).startswith("not told here")


def test_groups_that_cannot_be_judged_are_named_aloud(page: str) -> None:
    assert population.not_judged(factory.scorecard()) == ["Age band: <18", "Ethnicity: unknown"]
    assert "Of these there are too few patients, or they would give away a group of too few," in text_of(page)


def test_without_an_audit_the_page_says_that_nothing_is_shown() -> None:
    assert unseen.short(factory.evaluation()) == "Not shown: no audit was handed in."
    assert unseen.short(factory.outside_evaluation()).startswith("Cannot be vouched for")
    titles = [one.title for one in findings.caveats(factory.evaluation())]
    assert "That the data are unseen is not shown" in titles
    assert "That the data are unseen is not shown" not in [one.title for one in findings.caveats(audited())]


@pytest.mark.parametrize(
    ("status", "sentence", "title"),
    [
        ("leak", "Refuted.", "Some of the data were not unseen"),
        ("to be looked at", "Shown, but for pairs", "Some images look like images of the training part"),
        ("not assessable", "Shown in part.", "That the data are unseen is shown in part"),
    ],
)
def test_an_audit_that_is_not_clean_is_the_first_caveat(status: str, sentence: str, title: str) -> None:
    assert unseen.short(audited(status)).startswith(sentence)
    assert findings.caveats(audited(status))[0].title == title
    assert unseen.short(audited()).startswith("Shown. ")


def test_the_audit_stands_check_by_check_in_steps(page: str) -> None:
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in unseen.table(factory.leakage("x", "leak")).rows}
    assert rows["Patients"] == ["2,000", "500", "✓ nothing found", "nothing"]
    assert rows["Images, by their stored pixels"][-1] == "not read: some in training/"
    assert rows["Images, by their look"][2] == "✗ found in both parts, or on the wrong side"
    assert "Training part held against these data warehouse" in text_of(page)


def test_counts_of_one_are_singular_and_every_answer_stands_in_the_flow(page: str) -> None:
    one = FlowStep(stage="file", reason="truncated", kept=False, images=1, studies=1, patients=1)
    told = text_of(render(replace(factory.plain_evaluation(), flow=(one,))))
    assert "1 image · 1 study · 1 patient" in told
    assert "530 images · 320 studies · 250 patients" in text_of(page)
    assert "Positive: 151 diseased, 38 healthy by the reference standard" in text_of(page)
    assert "No usable answer: 5 diseased, 7 healthy by the reference standard" in text_of(page)


def test_the_front_page_gives_the_conclusion_of_the_primary_criteria() -> None:
    card = factory.scorecard()
    assert findings.conclusion(card) is None  # a scorecard of before has none
    for verdict in ("met", "not met", "inconclusive"):
        found = findings.conclusion(replace(card, conclusion=verdict))
        assert found is not None
        assert found.verdict == verdict
    plain = factory.plain_evaluation()
    told = text_of(render(replace(plain, scorecard=replace(plain.scorecard, conclusion="not met"))))
    assert "✗ not met All together. At least one of the plan's primary criteria is not met." in told


def test_a_control_says_so_before_all_else() -> None:
    sound = factory.evaluation()
    assert sound.partition is not None
    for blank, told in (("headers", "pixels alone"), ("pixels", "headers alone")):
        rules = replace(sound.partition.rules, blank=blank)
        first = findings.caveats(replace(sound, partition=replace(sound.partition, rules=rules)))[0]
        assert first.title == "This is a control"
        assert f"The model was shown {told}: a control" in first.text
    assert "This is a control" not in [one.title for one in findings.caveats(sound)]


def test_only_groups_with_a_difference_count_as_compared() -> None:
    given = {"sex": {"F": factory.group(0.8, 0.8, 0.9, 0.1, 90, 0.5), "M": factory.suppressed_group()}}
    told = {
        one.title: one.text
        for one in findings.caveats(
            replace(factory.evaluation(), scorecard=replace(factory.scorecard(), by_group=given))
        )
    }
    assert told["Many comparisons"].startswith("1 group was compared with all other cases.")


def test_of_images_that_nobody_here_knows_nothing_is_said() -> None:
    page = text_of(render(replace(factory.outside_evaluation(), scorecard=factory.plain_evaluation().scorecard)))
    assert "COVID-19 on chest images" in page
    assert "radiograph" not in page[: page.index("Methods How each kind")]
    assert "taken in the past" not in page
    assert "was set before the run" not in text_of(render(replace(factory.plain_evaluation(), plan_fixed=False)))


def test_the_first_sentence_is_of_what_was_counted() -> None:
    units = Units(name="patient", aggregation="max")
    page = text_of(render(replace(factory.plain_evaluation(), units=units)))
    assert "Of 100 patients with COVID-19, the model found about 84" in page
    assert "Tested on 420 patients: 180 with" in page
    assert "What the tables call a case is the unit of analysis, patient: its score" in page


def test_what_stays_so_after_adjustment_is_said_first() -> None:
    sound = factory.scorecard()
    worse = factory.group(0.6, 0.8, 0.7, 0.02, 90, 0.0001)
    unsure = {**worse.differences, "auc": replace(worse.differences["auc"], p_adjusted=0.4)}
    card = replace(sound, by_group={"sex": {"F": replace(worse, differences=unsure)}})
    found = findings.worse_groups(card)[0].sentences
    assert [one.split(" ")[0] for one in found] == ["Sensitivity", "AUC"]


@pytest.mark.parametrize(
    ("failures", "title", "place"),
    [(420, "No case got a usable answer", 0), (300, "Most cases got no", 0), (12, "Some cases got no", 4)],
)
def test_many_failures_are_said_before_all_else(failures: int, title: str, place: int) -> None:
    card = factory.scorecard()
    counts = replace(card.counts, failures=failures)
    found = findings.caveats(replace(factory.evaluation(), scorecard=replace(card, counts=counts)))
    assert [one.title.startswith(title) for one in found].index(True) == place
    assert sum("usable answer" in one.title for one in found) == 1


def test_what_is_suppressed_is_not_said_to_be_impossible_to_estimate() -> None:
    card = factory.scorecard()
    few = NotEstimable(reason="suppressed (few were called wrongly)", suppressed=True)
    one = replace(card, overall={**card.overall, "sensitivity": few})
    both = replace(one, overall={**one.overall, "specificity": few}, confusion=None)
    assert findings.summary(one, "cases").endswith("Sensitivity: suppressed (few were called wrongly).")
    told = text_of(render(replace(factory.evaluation(), scorecard=replace(both, by_group={}, bias=None))))
    assert "Sensitivity: suppressed (few were called wrongly). Specificity: suppressed" in told
    assert "The table is suppressed, as it would tell of few patients." in told
    assert "The marked point" not in told


def test_a_threshold_keeps_its_digits() -> None:
    plain = factory.plain_evaluation()
    told = text_of(render(replace(plain, scorecard=replace(plain.scorecard, threshold=0.123456789))))
    assert "declared threshold of 0.123456789." in told


def test_the_roc_curve_reaches_both_corners_though_cases_failed() -> None:
    inner = tuple(one for one in factory.released_roc() if 0.1 < one.sensitivity < 0.95)
    chart = curves.roc(replace(factory.scorecard(), roc=inner))
    assert chart is not None
    lines = [re.sub(r"\s+", " ", one).strip() for one in re.findall(r' d="(M [^"]+)"', chart.svg)]
    chance = next(one.split(" L ") for one in lines if one.count(" L ") == 1 and len(set(one.split())) == 6)
    assert any(one.startswith(chance[0]) and one.endswith(chance[1]) and one.count(" L ") > 5 for one in lines)
