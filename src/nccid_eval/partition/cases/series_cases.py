"""CT and MR, one case a series: which slices are decoded at all, and which series are cases once they are."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from nccid_eval.partition.cases.selection import Candidate, Decoded, LeftOut, case_name
from nccid_eval.partition.dicom import Inspection, Member, arrange
from nccid_eval.partition.dicom.geometry import Vector
from nccid_eval.partition.warehouse import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class InSeries:
    """`number` counts from 1 along the stack, `origin` is its first slice's position, `frame` the source's UID."""

    number: int
    origin: Vector | None
    frame: str


def settle_series(sources: Sequence[Source], seen: Sequence[Inspection | None]) -> list[Inspection | None]:
    """The inspections in their order, slices that are no part of a whole stack refused with the stage "series".

    All slices of a series are dated as the first of them: an examination may run past midnight.
    """
    members: defaultdict[str, list[Member]] = defaultdict(list)
    for source, one in zip(sources, seen, strict=True):
        if one and one.header and one.header.slice and not source.misplaced:
            name = case_name(source, "series")
            members[name].append(Member(name=source.name, header=one.header, slice=one.header.slice))
    refused: dict[str, str] = {}
    dates: dict[str, date] = {}
    for series in members.values():
        refused |= arrange(series).left_out
        first = min((one.header.taken for one in series if one.header.taken), default=None)
        dates |= {one.name: first for one in series if first}
    return [
        one and _settled(one, dates.get(source.name), refused.get(source.name, ""))
        for source, one in zip(sources, seen, strict=True)
    ]


def places_in_series(candidates: Sequence[Candidate]) -> dict[str, InSeries]:
    """Each slice's place by its source's name. A slice that a copy turns out to be leaves a gap in the numbers."""
    series: defaultdict[str, list[Candidate]] = defaultdict(list)
    for one in candidates:
        series[case_name(one.source, "series")].append(one)
    places: dict[str, InSeries] = {}
    for group in series.values():
        slices = {one.source.name: one.header.slice for one in group if one.header.slice}
        members = [Member(name=one.source.name, header=one.header, slice=slices[one.source.name]) for one in group]
        order = arrange(members).order
        for number, name in enumerate(order, start=1):
            places[name] = InSeries(number=number, origin=slices[order[0]].position, frame=slices[name].frame)
    return places


def group_series(images: Sequence[Decoded]) -> tuple[dict[str, list[Decoded]], list[LeftOut]]:
    """Series by name, their slices in order, and what is left out now that the pictures are known.

    A series that lost slices in decoding is judged again. Of series that show the same pictures in the same order
    the first stays, but none where they are several patients'.
    """
    by_name = {one.image.source.name: one for one in images}
    series: defaultdict[str, list[Decoded]] = defaultdict(list)
    for one in images:
        series[case_name(one.image.source, "series")].append(one)
    cases: dict[str, list[Decoded]] = {}
    left_out: list[LeftOut] = []
    for name, group in series.items():
        stack = arrange([_member(one) for one in group])
        left_out += [_left_out(by_name[slice], "cases", reason) for slice, reason in stack.left_out.items()]
        if stack.order:
            cases[name] = [by_name[slice] for slice in stack.order]
    copies = _copies(cases)
    left_out += [_left_out(one, "cases", reason) for name, reason in copies.items() for one in cases[name]]
    return {name: group for name, group in cases.items() if name not in copies}, left_out


def _copies(cases: Mapping[str, Sequence[Decoded]]) -> dict[str, str]:
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(cases):
        alike[_pictures(cases[name])].append(name)
    copies: dict[str, str] = {}
    for names in alike.values():
        shared = len({cases[name][0].image.source.patient for name in names}) > 1
        reason = "same pictures under several patients" if shared else "copy of a series: same pictures"
        copies |= dict.fromkeys(names if shared else names[1:], reason)
    return copies


def _pictures(group: Iterable[Decoded]) -> str:
    return hashlib.sha256("\n".join(one.picture for one in group).encode()).hexdigest()


def _settled(one: Inspection, taken: date | None, reason: str) -> Inspection:
    header = one.header and replace(one.header, taken=taken or one.header.taken)
    refusal = one.refusal or (("series", reason) if reason else None)
    return replace(one, header=header, taken=taken or one.taken, refusal=refusal)


def _member(one: Decoded) -> Member:
    header = one.image.header
    assert header.slice
    return Member(name=one.image.source.name, header=header, slice=header.slice, picture=one.picture)


def _left_out(one: Decoded, stage: str, reason: str) -> LeftOut:
    return LeftOut(source=one.image.source, stage=stage, reason=reason)
