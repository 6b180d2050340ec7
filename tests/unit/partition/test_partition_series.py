"""The slices of a series: put in order by their places, and no case where the stack is not whole or not one."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partition_factory import ct_slice

from nccid_eval.partition.dicom import Header, Member, arrange
from nccid_eval.partition.dicom.geometry import read_slice
from nccid_eval.partition.dicom.series import MINIMUM_SLICES

CORONAL = [1, 0, 0, 0, 0, -1]
HEADER = Header(
    sop_uid="",
    modality="CT",
    taken=None,
    sex="",
    age_years=None,
    view="",
    maker="",
    photometric="MONOCHROME2",
    rows=12,
    columns=10,
)


def member(place: int, name: str = "", picture: str | None = None, **header: Any) -> Member:
    """A slice that is named against its place: the order must not come from names."""
    plain = {"modality", "rows", "columns", "photometric"} & set(header)
    changed = {keyword: header.pop(keyword) for keyword in plain}
    return Member(
        name=name or f"{99 - place:02d}",
        header=replace(HEADER, **changed),
        slice=read_slice(ct_slice(1, place, **header)),
        picture=f"picture {place}" if picture is None else picture,
    )


def stack(count: int = 12, **header: Any) -> list[Member]:
    return [member(place, **header) for place in range(count)]


def names(*places: int) -> tuple[str, ...]:
    return tuple(f"{99 - place:02d}" for place in places)


def test_slices_stand_by_their_position_whatever_numbers_and_names_say() -> None:
    found = arrange(random.Random(3).sample(stack(), 12))
    assert found.order == names(*range(12))
    assert found.left_out == {}


@pytest.mark.parametrize(
    "header",
    [
        {"ImagePositionPatient": None, "SliceLocation": None},
        {"ImageOrientationPatient": None, "SliceLocation": ["nan", "nan"]},
        {"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]},
        {"ImagePositionPatient": ["1e300", "-1e300", "1e300"]},
        {"ImagePositionPatient": ["inf", "0", "0"], "SliceLocation": "nan"},
        {"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]},
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR")
def test_without_position_and_location_the_number_orders(header: dict[str, Any]) -> None:
    assert arrange([member(place, **header, InstanceNumber=place + 1) for place in range(12)]).order == names(
        *range(12)
    )


def test_without_a_position_the_location_orders_before_the_number() -> None:
    slices = [member(place, ImagePositionPatient=None, SliceLocation=str(-3 * place)) for place in range(12)]
    assert arrange(slices).order == names(*reversed(range(12)))


def test_where_one_slice_has_no_position_none_is_placed_by_it() -> None:
    slices = [member(place, **({"ImagePositionPatient": None} if place == 4 else {})) for place in range(12)]
    assert arrange(slices).order == names(*reversed(range(12)))  # InstanceNumber runs head to feet


def test_a_tilted_stack_is_ordered_along_its_normal() -> None:
    tilted = [1, 0, 0, 0, 0.9063, 0.4226]  # 25 degrees
    assert arrange(stack(ImageOrientationPatient=tilted)).order == names(*range(12))


@pytest.mark.parametrize("rows", [[1, 0, 0, 0, -1, 0], [-1, 0, 0, 0, 1, 0], [-1, 0, 0, 0, -1, 0]])
def test_axial_slices_stand_feet_to_head_wherever_their_rows_run(rows: list[int]) -> None:
    assert arrange(stack(ImageOrientationPatient=rows)).order == names(*range(12))


def test_digits_of_the_orientation_far_from_the_origin_move_no_slice() -> None:
    def turned(place: int) -> list[float]:
        angle = 0.02 * (-1) ** place
        return [1, 0, 0, 0, math.cos(angle), math.sin(angle)]

    slices = [
        member(place, ImageOrientationPatient=turned(place), ImagePositionPatient=[0, 400, 5 * place])
        for place in range(12)
    ]
    assert arrange(slices).order == names(*range(12))


def test_localisers_across_the_stack_are_left_out_and_the_rest_is_a_case() -> None:
    scouts = [
        member(0, f"scout {number}", ImageOrientationPatient=CORONAL, rows=888, PixelSpacing=[1, 1])
        for number in "ab"
    ]
    found = arrange([*scouts, *stack()])
    assert found.order == names(*range(12))
    assert set(found.left_out.values()) == {"localiser: across the stack"}


def test_copies_leave_the_first_by_name() -> None:
    found = arrange([*stack(), member(5, "zz copy", picture="picture 5"), member(6, "00 first", picture="picture 6")])
    assert len(found.order) == 12
    assert "00 first" in found.order
    assert found.left_out == dict.fromkeys(["zz copy", *names(6)], "copy of a slice: same place and picture")


def test_slices_of_one_uid_leave_the_first_by_name() -> None:
    twins = [replace(one, header=replace(one.header, sop_uid="1.2")) for one in (member(3, "a"), member(40, "b"))]
    found = arrange([*(one for one in stack() if one.name not in names(3)), *twins])
    assert found.order == (*names(0, 1, 2), "a", *names(*range(4, 12)))
    assert found.left_out == {"b": "copy of an image: same SOP instance UID"}


def test_slices_that_look_the_same_at_other_places_are_no_copies() -> None:
    assert len(arrange(stack(picture="air")).order) == 12


def doubled(**header: Any) -> list[Member]:
    return [*stack(), *(member(place, f"b{place}", picture=f"other {place}", **header) for place in range(12))]


def interleaved() -> list[Member]:
    between = [member(place, f"b{place}", ImagePositionPatient=[0, 0, -397.5 + 5 * place]) for place in range(12)]
    return [
        *stack(AcquisitionNumber="1"),
        *(replace(one, slice=replace(one.slice, acquisition="2")) for one in between),
    ]


WHOLE_SERIES: dict[str, tuple[Callable[[], list[Member]], str]] = {
    "gap": (lambda: [one for one in stack(14) if one.name not in names(6)], "incomplete series: slices are missing"),
    "gap in numbers": (
        lambda: [one for one in stack(14, ImagePositionPatient=None) if one.name not in names(6)],
        "incomplete series: slices are missing",
    ),
    "short": (lambda: stack(MINIMUM_SLICES - 1), "incomplete series: fewer than 10 slices"),
    "short but for copies": (
        lambda: [*stack(9), member(3, "copy", picture="picture 3")],
        "incomplete series: fewer than 10 slices",
    ),
    "orientations": (
        lambda: [*stack(), *(member(place, f"b{place}", ImageOrientationPatient=CORONAL) for place in range(4))],
        "mixed series: several orientations",
    ),
    "orientations, all different": (
        lambda: [
            member(
                place,
                ImageOrientationPatient=[math.cos(place), math.sin(place), 0, -math.sin(place), math.cos(place), 0],
            )
            for place in range(12)
        ],
        "mixed series: several orientations",
    ),
    "sizes": (lambda: [*stack(), member(12, rows=24)], "mixed series: several sizes"),
    "spacings": (lambda: [*stack(), member(12, PixelSpacing=[0.8, 0.8])], "mixed series: several pixel spacings"),
    "modalities": (lambda: [*stack(), member(12, modality="MR")], "mixed series: several modalities"),
    "photometric": (
        lambda: [*stack(), member(12, photometric="MONOCHROME1")],
        "mixed series: several photometric interpretations",
    ),
    "series": (
        lambda: [*stack(), member(12, SeriesInstanceUID="1.2.3")],
        "mixed series: several series instance UIDs",
    ),
    "echoes": (
        lambda: [*stack(EchoTime="20"), *(member(p, f"b{p}", EchoTime="80") for p in range(12))],
        "mixed series: several echoes",
    ),
    "phases at the same places": (doubled, "mixed series: several pictures at one place"),
    "acquisitions at the same places, not decoded": (
        lambda: [
            replace(one, picture="") for one in [*stack(AcquisitionNumber="1"), *doubled(AcquisitionNumber="2")[12:]]
        ],
        "mixed series: several acquisitions",
    ),
    "acquisitions between each other": (interleaved, "mixed series: several acquisitions"),
    "overlapping": (
        lambda: [*stack(), member(40, "x", ImagePositionPatient=[0, 0, -399])],
        "mixed series: slices overlap",
    ),
    "coronal": (
        lambda: [
            member(place, ImageOrientationPatient=CORONAL, ImagePositionPatient=[0, 5 * place, 0])
            for place in range(12)
        ],
        "reformatted: a CT stack that is not axial",
    ),
    "no order": (
        lambda: stack(ImagePositionPatient=None, InstanceNumber=None),
        "no position, location or number that orders the slices",
    ),
}


@pytest.mark.parametrize("name", WHOLE_SERIES)
def test_a_series_that_is_not_one_whole_stack_is_no_case(name: str) -> None:
    make, reason = WHOLE_SERIES[name]
    members = make()
    found = arrange(members)
    assert found.order == ()
    assert set(found.left_out) == {one.name for one in members}
    assert reason in found.left_out.values()


def test_acquisitions_one_after_the_other_are_one_stack() -> None:
    slices = [member(place, AcquisitionNumber=str(1 + place // 6)) for place in range(12)]
    assert arrange(slices).order == names(*range(12))


def test_before_decoding_slices_at_one_place_stay_until_their_pictures_are_known() -> None:
    found = arrange([replace(one, picture="") for one in doubled()])
    assert (len(found.order), found.left_out) == (24, {})


def test_a_coronal_mr_stack_is_a_case() -> None:
    slices = [
        member(place, modality="MR", ImageOrientationPatient=CORONAL, ImagePositionPatient=[0, -5 * place, 0])
        for place in range(12)
    ]
    assert arrange(slices).order in (names(*range(12)), names(*reversed(range(12))))


@given(data=st.data())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_every_slice_is_in_order_or_left_out_and_the_listing_does_not_matter(data: st.DataObject) -> None:
    odd = st.sampled_from(
        [
            {},
            {"rows": 9},
            {"ImagePositionPatient": None},
            {"ImageOrientationPatient": CORONAL},
            {"AcquisitionNumber": "2"},
        ]
    )
    places = data.draw(st.lists(st.integers(0, 14), min_size=1, max_size=24))
    members = [
        member(place, f"{number} {place}", picture=data.draw(st.sampled_from(["", "a", "b"])), **data.draw(odd))
        for number, place in enumerate(places)
    ]
    found = arrange(members)
    assert sorted([*found.order, *found.left_out]) == sorted(one.name for one in members)
    assert all(found.left_out.values())
    assert arrange(data.draw(st.permutations(members))) == found
