"""Every claim links to its number and every number to its method."""

from __future__ import annotations

import re
from dataclasses import replace

import evaluation_factory as factory
import pytest
from tests.unit.comparison.runs import PLAN, answers, truth

from nccid_eval import scoring
from nccid_eval.records import Scorecard
from nccid_eval.report.parts import wording
from nccid_eval.report.technical import anchors, findings, methods, tables
from nccid_eval.report.technical.render import render


@pytest.fixture(scope="module")
def card() -> Scorecard:
    """What scoring gives out today, with all that a plan can ask for."""
    plan = replace(PLAN, prevalences=(0.05,), replicates=20, permutations=20, intersections=(("sex", "site"),))
    few = truth(patients=40)
    return scoring.score(
        answers(few, seed=1, skill=2.0, failing=0.05),
        few,
        plan,
        target="covid_positive",
        threshold=0.5,
        partition_digest="",
        probability=True,
    )


@pytest.fixture(scope="module")
def page() -> str:
    return render(replace(factory.evaluation(), leakage=factory.leakage()))


def test_every_measure_that_scoring_gives_out_has_a_method_that_stands_on_the_page(
    card: Scorecard, page: str
) -> None:
    groups = [one for levels in card.by_group.values() for one in levels.values()]
    assert card.bias is not None
    names = {
        *card.overall,
        *(name for one in groups for name in (*one.measures, *one.differences)),
        *(name for gaps in card.bias.gaps.values() for name in gaps),
        *card.bias.between_sites,
        *wording.METRICS,
    }
    assert len(names) >= len(wording.METRICS)
    assert {name for name in names if not methods.of_measure(name)} == set()
    assert all(f'id="{methods.of_measure(name)}"' in page for name in names)


def test_each_overall_measure_links_to_its_method_and_has_a_place_to_link_to(card: Scorecard) -> None:
    rows = tables.measures("Overall", card.overall, "95%").rows
    assert [row[0].href for row in rows] == [methods.of_measure(name) for name in card.overall]
    assert [row[0].anchor for row in rows] == [anchors.measure(name) for name in card.overall]


def test_only_methods_stand_there_by_which_something_was_made() -> None:
    for make in (factory.empty_evaluation, factory.plain_evaluation):
        page = render(make())
        shown = {one.key for one in methods.used(make())}
        assert set(re.findall(r'id="method-([^"]+)"', page)) == shown
        assert "leakage" not in shown
    assert "steps" in shown
    assert "calibration" not in shown


def test_a_measure_that_nobody_described_has_no_link() -> None:
    assert methods.of_measure("new_one") == ""
    assert anchors.measure("<script>") == ""
    with pytest.raises(KeyError):
        methods.links("nowhere")


def test_every_table_of_numbers_says_how_they_are_made(page: str) -> None:
    plain = {"leakage-caption", "declared-caption", "options-caption", "run-versions-caption", "versions-caption"}
    parts = re.split(r'<caption id="', page)[1:]
    without = {one.partition('"')[0] for one in parts if "How this is worked out" not in one.partition("<caption")[0]}
    assert {one for one in without if one not in plain} <= {"stard-caption"}
    assert len(parts) > 20


def test_front_page_claims_lead_to_the_row_that_bears_them_out(page: str) -> None:
    front = page[page.index('<section id="front"') : page.index('<section id="protocol"')]
    linked = set(re.findall(r'href="#([^"]+)"', front))
    card = factory.scorecard()
    assert {one.href for one in findings.badges(card)} <= linked
    assert {one.href for one in findings.worse_groups(card)} <= linked
    for one in findings.worse_groups(card)[:1]:
        row = page[page.index(f'id="{one.href}"') :]
        assert row.startswith(f'id="{one.href}">65-79</th>')


@pytest.mark.parametrize("status", ["leak", "not assessable"])
def test_every_caveat_leads_somewhere(status: str) -> None:
    evaluation = replace(factory.plain_evaluation(), leakage=factory.leakage(status))
    sections = {one.section for one in findings.caveats(evaluation)}
    assert "unseen" in sections
    assert sections <= set(re.findall(r' id="([^"]+)"', render(evaluation)))
