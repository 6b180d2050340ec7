"""The slices of a CT or MR series: which belong to its stack, in which order, and whether the stack is whole.

Nothing is split: where a series holds two stacks, nobody has said which of them the index test would be given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from nccid_eval.partition.dicom.geometry import Slice, is_same_plane, upward
from nccid_eval.partition.dicom.inspection import Header

MINIMUM_SLICES = 10  # a chest of 25 cm in slices 2.5 cm apart: fewer are an excerpt
MAXIMUM_SLICES = 9999  # four digits name the files of a case
_SCOUTS = 3  # so few slices across the stack are localisers that do not say so; more are a second stack
_ONE_PLACE = 0.01  # millimetres
_AXIAL = 0.7  # cosine to the body's axis: a gantry tilts up to 30 degrees
_GAP, _OVERLAP = 1.5, 0.5  # steps of so many median steps are too long and too short


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A slice of a series. `picture` is its pixels' SHA-256, '' before it is decoded."""

    name: str
    header: Header
    slice: Slice
    picture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The names of the slices in order, none where the series is no case; and why each other one is left out."""

    order: tuple[str, ...]
    left_out: Mapping[str, str]


def arrange(members: Sequence[Member]) -> Stack:
    """Put the slices of one series, in any order, into the order of their places.

    The place is the position along the stack's normal, feet to head for axial slices wherever their rows run. Where
    a slice says none it is SliceLocation, and where one says no such thing either, InstanceNumber. Of copies, which
    have one UID, or one picture at one place, the first by name stays.
    """
    single, twice = _by_uid(sorted(members, key=lambda one: one.name))
    stack, scouts = _main_plane(single)
    left_out = {one.name: "copy of an image: same SOP instance UID" for one in twice}
    left_out |= {one.name: "localiser: across the stack" for one in scouts}
    reason = _mixture(stack) or _shortage(stack)
    if not reason:
        place = _placing(stack)
        ordered = sorted(stack, key=lambda one: (place(one), one.name))
        places = [[ordered[0]]]
        for before, one in pairwise(ordered):
            if place(one) - place(before) > _ONE_PLACE:
                places.append([])
            places[-1].append(one)
        copies = {one.name: "copy of a slice: same place and picture" for here in places for one in _copies(here)}
        left_out |= copies
        stack = [one for one in ordered if one.name not in copies]
        reason = _doubt(places) or _shortage(places) or _unevenness([place(here[0]) for here in places])
    if reason:
        return Stack(order=(), left_out=left_out | {one.name: reason for one in stack})
    return Stack(order=tuple(one.name for one in stack), left_out=left_out)


def _by_uid(members: Sequence[Member]) -> tuple[list[Member], list[Member]]:
    """The first slice of each SOP instance UID, and the others of it."""
    first: dict[str, Member] = {}
    for one in members:
        first.setdefault(one.header.sop_uid or one.name, one)
    kept = {one.name for one in first.values()}
    return list(first.values()), [one for one in members if one.name not in kept]


def _main_plane(members: Sequence[Member]) -> tuple[list[Member], list[Member]]:
    """The slices of the commonest orientation and the few others; all and none where the others are many."""
    planes: list[list[Member]] = []
    for one in members:
        plane = next((plane for plane in planes if is_same_plane(plane[0].slice, one.slice)), None)
        if plane is not None:
            plane.append(one)
        elif len(planes) > _SCOUTS:
            return list(members), []  # slices every which way: no need to tell them all apart
        else:
            planes.append([one])
    main = max(planes, key=len)
    others = [one for plane in planes if plane is not main for one in plane]
    return (list(members), []) if len(others) > _SCOUTS else (main, others)


_ALIKE: tuple[tuple[str, Callable[[Member], object]], ...] = (
    ("modalities", lambda one: one.header.modality),
    ("series instance UIDs", lambda one: one.slice.series),
    ("sizes", lambda one: (one.header.rows, one.header.columns)),
    ("photometric interpretations", lambda one: one.header.photometric),
    ("pixel spacings", lambda one: [round(side, 3) for side in one.slice.spacing or ()]),
    ("echoes", lambda one: one.slice.echo),
)


def _mixture(stack: Sequence[Member]) -> str:
    first = stack[0]
    if not all(is_same_plane(first.slice, one.slice) for one in stack):
        return "mixed series: several orientations"
    for what, read in _ALIKE:
        if any(read(one) != read(first) for one in stack):
            return f"mixed series: several {what}"
    normal = first.slice.normal
    if first.header.modality == "CT" and normal and abs(normal[2]) < _AXIAL:
        return "reformatted: a CT stack that is not axial"
    return ""


def _shortage(slices: Sequence[object]) -> str:
    if len(slices) > MAXIMUM_SLICES:
        return f"more than {MAXIMUM_SLICES} slices"
    return f"incomplete series: fewer than {MINIMUM_SLICES} slices" if len(slices) < MINIMUM_SLICES else ""


def _placing(stack: Sequence[Member]) -> Callable[[Member], float]:
    """What orders the stack: the best of three that all its slices say. What none says puts all at one place.

    All are measured along one direction: each slice's own differs in the last digits, and far from the origin that
    would be millimetres.
    """
    direction = upward(stack[0].slice.normal)
    places: tuple[Callable[[Member], float | None], ...] = (
        lambda one: one.slice.along(direction),
        lambda one: one.slice.location,
        lambda one: one.slice.number,
    )
    said = next((place for place in places if all(place(one) is not None for one in stack)), None)
    return lambda one: (said(one) if said else None) or 0.0


def _copies(here: Sequence[Member]) -> list[Member]:
    """The slices at one place that show what an earlier one there shows."""
    copies: list[Member] = []
    seen: set[str] = set()
    for one in here:
        if one.picture and one.picture in seen:
            copies.append(one)
        seen.add(one.picture)
    return copies


def _doubt(places: Sequence[Sequence[Member]]) -> str:
    if len(places) == 1:
        return "no position, location or number that orders the slices"
    if any(len({one.picture for one in here}) > 1 for here in places):
        return "mixed series: several pictures at one place"
    acquisitions = [one.slice.acquisition for here in places for one in here]
    # Acquisitions one after the other make one stack; they are several where they lie between each other.
    if len([key for key, _ in groupby(acquisitions)]) > len(set(acquisitions)):
        return "mixed series: several acquisitions"
    return ""


def _unevenness(places: Sequence[float]) -> str:
    steps = [after - before for before, after in pairwise(places)]
    usual = median(steps)
    if max(steps) > _GAP * usual:
        return "incomplete series: slices are missing"
    return "mixed series: slices overlap" if min(steps) < _OVERLAP * usual else ""
