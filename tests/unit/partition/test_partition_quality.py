"""The data-quality table: what is counted, and that its bands give no small count back."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nccid_eval.errors import PartitionError
from nccid_eval.partition.clinical import FIELDS, Cell, Reason
from nccid_eval.partition.quality.bands import GROUPED, TOLD_TOGETHER, WIDTHS, band, released, width
from nccid_eval.partition.quality.counts import (
    DISEASED,
    FORMAT,
    HEALTHY,
    NO_CASE,
    REASONS,
    Counted,
    Group,
    describe,
    from_json,
    split,
    to_json,
)
from nccid_eval.partition.quality.patients import Recorded, count, format_cells, worst
from nccid_eval.records import Band


def cell(field: str, reason: Reason, raw: str = "raw", value: str = "value") -> Cell:
    return Cell(field=field, raw=raw, value=value, reason=reason)


def recorded(
    patient: str, *cells: Cell, site: str = "Trust A", labels: frozenset[bool] = frozenset({True}), **more: str
) -> Recorded:
    return Recorded(
        patient=patient, site=site, labels=labels, cells=cells, checks=more, contradictions=("death without a date",)
    )


SEVERAL = (
    recorded("covid1", cell("sex", Reason.OK), cell("age", Reason.RECODED), sex_conflict="no"),
    recorded("covid2", cell("sex", Reason.MISSING), cell("age", Reason.RECODED), sex_conflict="yes"),
    recorded("covid3", cell("sex", Reason.OK), labels=frozenset({False}), site="Trust B", sex_conflict="no"),
    recorded("covid4", cell("sex", Reason.UNPARSEABLE), labels=frozenset(), site="Trust B"),
)


def test_patients_are_counted_by_field_reason_site_and_label() -> None:
    counted = count(SEVERAL, {"missing": 2})
    found = {(one.site, one.label): (one.patients, one.fields) for one in counted.groups}
    assert found == {
        ("Trust A", DISEASED): (2, {"sex": {"ok": 1, "missing": 1}, "age": {"recoded": 2}}),
        ("Trust B", HEALTHY): (1, {"sex": {"ok": 1}, "age": {"missing": 1}}),
        ("Trust B", NO_CASE): (1, {"sex": {"unparseable": 1}, "age": {"missing": 1}}),
    }
    assert split(counted, "site")["Trust B"].fields["sex"] == {"ok": 1, "unparseable": 1}
    assert split(counted, "")[""].checks == {"sex_conflict": {"no": 2, "yes": 1}}
    assert split(counted, "label")[DISEASED].contradictions == {"death without a date": 2}


def test_a_patient_with_cases_of_both_labels_is_a_diseased_one() -> None:
    (group,) = count([recorded("covid1", labels=frozenset({True, False}))], {}).groups
    assert group.label == DISEASED


def test_a_field_of_several_cells_counts_once_by_the_least_certain() -> None:
    swabs = (cell("swab", Reason.MISSING), cell("swab", Reason.AMBIGUOUS), cell("swab", Reason.OK))
    (group,) = count([recorded("covid1", *swabs)], {}).groups
    assert group.fields == {"swab": {"ambiguous": 1}}
    assert worst([Reason.MISSING, Reason.MISSING]) is Reason.MISSING
    assert worst([Reason.MISSING, Reason.OK]) is Reason.OK


def test_the_order_of_patients_changes_nothing() -> None:
    orders = list(itertools.permutations(SEVERAL))
    assert {to_json(count(order, {"b": 1, "a": 2})) for order in orders} == {
        to_json(count(SEVERAL, {"a": 2, "b": 1}))
    }
    assert {format_cells(order, str.upper) for order in orders} == {format_cells(SEVERAL, str.upper)}


def test_the_counts_are_read_again_as_they_were_written() -> None:
    counted = count(SEVERAL, {"missing": 2})
    assert from_json(to_json(counted), "there") == counted
    for damaged in (b"", b"[]", b"{", to_json(counted).replace(FORMAT.encode(), b"other/1")):
        with pytest.raises(PartitionError, match="data-quality table is damaged"):
            from_json(damaged, "there")


def test_every_cell_is_kept_raw_beside_cleaned_under_an_opaque_name() -> None:
    hostile = cell("site", Reason.OK, raw='=cmd("x"),\n\ud800 £', value="")
    content = format_cells([recorded("covid1", hostile)], lambda pseudonym: f"opaque of {len(pseudonym)}")
    assert b"covid1" not in content
    (row,) = csv.DictReader(io.StringIO(content.decode(), newline=""))
    assert row == {
        "patient": "opaque of 6", "field": "site", "raw": '=cmd("x"),\n\\ud800 £', "value": "", "reason": "ok",
    }  # fmt: skip


def test_a_carriage_return_in_a_cell_ends_no_row() -> None:
    content = format_cells([recorded("covid1", cell("site", Reason.OK, raw="a\rb"))], str.upper)
    (row,) = csv.DictReader(io.StringIO(content.decode(), newline=""))
    assert (row["patient"], row["raw"]) == ("COVID1", "a\rb")


def test_it_is_described_by_level() -> None:
    counted = count(SEVERAL, {"missing": 2})
    assert describe(counted, "")["tables"][""]["patients"] == 4
    assert list(describe(counted, "site")["tables"]) == ["Trust A", "Trust B"]
    assert describe(counted, "label")["metadata"] == {"missing": 2}


@pytest.mark.parametrize(
    ("counted", "over", "up_to"),
    [(0, 0, 5), (1, 0, 5), (20, 0, 5), (21, 5, 10), (399, 95, 100), (400, 95, 100), (200, 45, 50)],
)
def test_bands_are_open_below_and_closed_above(counted: int, over: int, up_to: int) -> None:
    assert band(counted, 400, 5) == Band(over=over, up_to=up_to)


def test_a_band_holds_the_minimum_or_nothing_is_told() -> None:
    assert [width(patients, 10) for patients in (0, 31, 32, 64, 80, 160, 320, 10_000)] == [0, 0, 50, 25, 20, 10, 5, 5]
    assert width(1, 0) == 5
    assert all(width(patients, 8) in WIDTHS for patients in range(40, 500))


def group(
    label: str, fields: Mapping[str, Mapping[str, int]], site: str = "Trust A", **checks: Mapping[str, int]
) -> Group:
    patients = sum(next(iter(fields.values())).values())
    return Group(site=site, label=label, patients=patients, fields=fields, checks=checks, contradictions={})


def table(*groups: Group) -> Counted:
    return Counted(format=FORMAT, groups=groups, metadata={})


@st.composite
def divided(draw: st.DrawFn) -> tuple[int, dict[str, int], int]:
    """A minimum, and patients by reason, often on the very edges of bands and often with empty reasons."""
    minimum = draw(st.integers(1, 12))
    whole = draw(st.integers(40, 700))
    places = st.one_of(st.integers(0, whole), st.integers(0, 20).map(lambda part: part * whole // 20))
    cuts = sorted(draw(st.lists(places, min_size=5, max_size=5)))
    sizes = [after - before for before, after in itertools.pairwise([0, *cuts, whole])]
    return minimum, dict(zip(REASONS, draw(st.permutations(sizes)), strict=True)), whole


def ends(bands: Mapping[str, Band], whole: int) -> dict[str, tuple[int, int]]:
    """The least and the most patients that a reader can think of for each reason."""
    return {
        name: (one.over * whole // 100 + 1 if one.over else 0, one.up_to * whole // 100)
        for name, one in bands.items()
    }


@given(divided())
def test_a_band_holds_its_share(drawn: tuple[int, dict[str, int], int]) -> None:
    minimum, answers, whole = drawn
    for one in released(table(group(DISEASED, {"urea": answers})), minimum).groups:
        for reason, found in one.fields["urea"].items():
            low, high = ends({reason: found}, whole)[reason]
            assert low <= answers[reason] <= high
            assert (found.up_to - found.over) * whole >= 100 * minimum


@given(divided())
def test_no_reason_nor_any_union_is_held_below_the_minimum(drawn: tuple[int, dict[str, int], int]) -> None:
    minimum, answers, whole = drawn
    for one in released(table(group(DISEASED, {"urea": answers})), minimum).groups:
        known = ends(one.fields["urea"], whole)
        for size in range(1, len(REASONS)):
            for union in itertools.combinations(REASONS, size):
                rest = sum(known[name][0] for name in REASONS if name not in union)
                assert min(sum(known[name][1] for name in union), whole - rest) >= minimum


def test_what_makes_groups_of_the_scorecard_is_not_told() -> None:
    """With 45 of 880 of unknown ethnicity in a band of 44, a hidden group of 3 would follow from the exact others."""
    answers = {"ok": 835, "missing": 45}
    told = released(table(group(DISEASED, {"ethnicity": answers, "urea": answers})), 10)
    assert list(told.groups[0].fields) == ["urea"]
    assert {field.name for field in FIELDS} > GROUPED


def test_a_source_in_the_record_is_told_together_with_none_at_all() -> None:
    sources = {"clinical": 800, "image": 45, "unknown": 35}
    told = released(table(group(DISEASED, {"urea": {"ok": 880}}, sex_source=sources)), 10)
    assert told.groups[0].checks["sex_source"] == {
        "image": Band(over=5, up_to=10),
        "other_image": Band(over=0, up_to=5),
        TOLD_TOGETHER: Band(over=90, up_to=95),
    }


def test_a_reason_without_a_patient_looks_like_one_with_a_few() -> None:
    few, none = ({"ok": 500 - count, "missing": count} for count in (3, 0))
    one, other = (released(table(group(HEALTHY, {"ferritin": answers})), 8) for answers in (few, none))
    assert one == other
    assert one.groups[0].fields["ferritin"]["missing"] == Band(over=0, up_to=5)


def test_labels_are_told_apart_and_never_together_and_those_without_a_case_not_at_all() -> None:
    answers = {"urea": {"ok": 300, "missing": 200}}
    told = released(table(group(DISEASED, answers), group(HEALTHY, answers), group(NO_CASE, answers)), 8)
    assert [one.label for one in told.groups] == [DISEASED, HEALTHY]
    few = released(table(group(DISEASED, answers), group(HEALTHY, {"urea": {"ok": 9}})), 8)
    assert [one.label for one in few.groups] == [DISEASED]


def test_a_site_is_told_by_all_its_fields_together_where_it_has_enough_patients() -> None:
    def of(site: str, patients: int) -> Group:
        return group(DISEASED, {"urea": {"ok": patients}, "ferritin": {"missing": patients}}, site)

    told = released(table(of("Trust A", 500), of("Trust B", 30), of("", 500)), 10)
    assert told.sites == {"Trust A": Band(over=45, up_to=50)}


def test_no_site_is_told_where_the_labels_would_pin_it_down() -> None:
    """Two sites of 440, each at the upper end of a band; 44 fields, each just above the lower end of one."""
    shares = {"A": [221] * 22 + [220] * 21 + [198], "B": [220] * 22 + [221] * 21 + [199]}

    def told(less: int) -> Mapping[str, Band]:
        sites = {site: [*missing[:-1], missing[-1] - less] for site, missing in shares.items()}
        fields = {
            site: {str(number): {"missing": one, "ok": 440 - one} for number, one in enumerate(missing)}
            for site, missing in sites.items()
        }
        return released(table(*(group(DISEASED, fields[site], site) for site in fields)), 10).sites

    assert told(0) == {}
    assert told(1) == dict.fromkeys("AB", Band(over=45, up_to=50))


def test_with_the_gate_off_all_is_told_in_narrow_bands() -> None:
    told = released(table(group(DISEASED, {"urea": {"ok": 2, "missing": 1}})), 0)
    assert told.groups[0].fields["urea"]["missing"] == Band(over=30, up_to=35)
