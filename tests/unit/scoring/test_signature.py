"""Every number says what it was made by, and two numbers are comparable or visibly not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from studies import card, drawn, estimate

from nccid_eval.records import Estimate
from nccid_eval.scoring import differing, gate, to_json
from nccid_eval.scoring.signature import signed, stated

BARE = Estimate(value=0.5, low=0.4, high=0.6, positives=5, negatives=5, patients=10, method="")
STUDY = drawn(4, 120, {"sex": 2, "site": 3, "view": 2})


def estimates(value: Any, path: str = "") -> Iterator[tuple[str, Estimate]]:
    """All of them in a record, with where they stand."""
    if isinstance(value, Estimate):
        yield path, value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from estimates(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from estimates(one, f"{path}[{name}]")
    elif isinstance(value, tuple):
        for at, one in enumerate(value):
            yield from estimates(one, f"{path}[{at}]")


def test_no_estimate_of_a_scorecard_lacks_one() -> None:
    full = card(STUDY, intersections=(("sex", "view"),))
    for found in (full, gate(full, STUDY[1], 5)):
        signatures = dict(estimates(found))
        assert len(signatures) > 50
        assert [path for path, one in signatures.items() if not one.signature.endswith("scoring=1")] == []


def test_json_shows_it() -> None:
    form = to_json(card(STUDY))
    assert form["overall"]["auc"]["signature"] == (
        "auc:obuchowski-logit/1 clusters=patient failures=wrong level=0.95 ties=half scoring=1"
    )


def test_a_bootstrap_names_its_replicates_and_seed() -> None:
    ppv = estimate(card(STUDY).predictive_values[0].ppv)
    assert "replicates=200 seed=7" in ppv.signature


def test_numbers_of_one_plan_are_comparable_and_of_another_visibly_not() -> None:
    first, second = (card(drawn(seed, 120, {})).overall for seed in (1, 2))
    other = card(drawn(1, 120, {}), level=0.9, auc_interval="wald").overall
    assert differing(estimate(first["auc"]).signature, estimate(second["auc"]).signature) == ()
    assert differing(estimate(first["auc"]).signature, estimate(other["auc"]).signature) == ("level", "method")
    assert differing(estimate(first["auc"]).signature, estimate(first["auc_answered"]).signature) == ("failures",)


def test_an_option_that_one_lacks_is_a_difference() -> None:
    first, second = signed(BARE, "a/1", level=0.95), signed(BARE, "a/1", level=0.95, seed=3)
    assert differing(first.signature, second.signature) == ("seed",)
    assert differing(first.signature, first.signature) == ()


def test_an_unsigned_number_compares_with_nothing() -> None:
    assert differing("", "") == ("signature",)
    assert differing(signed(BARE, "a/1").signature, "") == ("signature",)


def test_more_can_be_stated_but_not_of_an_unsigned_number() -> None:
    both = stated({"signed": signed(BARE, "a/1", level=0.95), "bare": BARE}, failures="wrong")
    assert estimate(both["signed"]).signature == "a/1 failures=wrong level=0.95 scoring=1"
    assert both["bare"] == BARE


@pytest.mark.parametrize("text", ["two words", "a=b", ""])
def test_an_option_that_would_not_be_read_back_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not fit for a signature"):
        signed(BARE, "a/1", rule=text)


def test_the_plan_s_own_intervals_are_asked_for_by_name() -> None:
    plain = card(STUDY, proportion_interval="clopper-pearson", auc_interval="wald")
    assert "Clopper-Pearson" in estimate(plain.overall["sensitivity"]).method
    assert "Clopper-Pearson" in estimate(plain.by_group["sex"]["sex0"].measures["specificity"]).method
    assert "Wald" in estimate(plain.overall["auc"]).method
