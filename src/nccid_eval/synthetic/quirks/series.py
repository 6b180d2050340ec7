"""What stands in a CT or MR series beside its stack, and what its stack lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nccid_eval.synthetic.draft import Draft, SeriesFile, SliceFile
from nccid_eval.synthetic.quirks.row import Change, Quirk, with_series
from nccid_eval.synthetic.sampling import new_uid

_CORONAL = [1.0, 0.0, 0.0, 0.0, 0.0, -1.0]


def localiser(draft: Draft, rng: np.random.Generator) -> Draft:
    """The scout that a scan is planned on, in the series of its slices."""
    header = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"], "ImageOrientationPatient": _CORONAL}
    return _added(draft, [_beside(_first(draft).slices[0], rng, header, "scout", number=0)])


def duplicate_slice(draft: Draft, rng: np.random.Generator) -> Draft:
    """A slice once more: same place, same pixels, other UID."""
    slices = _first(draft).slices
    return _added(draft, [_beside(slices[len(slices) // 2], rng, {}, "axial", number=len(slices) + 1)])


def missing_slice(draft: Draft, _rng: np.random.Generator) -> Draft:
    slices = _first(draft).slices
    gap = len(slices) // 2
    return _changed(draft, slices=(*slices[:gap], *slices[gap + 1 :]), usable=False)


def reformats(draft: Draft, rng: np.random.Generator) -> Draft:
    """Coronal planes made from the slices, among them, and said to be such."""
    return _with_coronal(draft, rng, ["DERIVED", "SECONDARY", "REFORMATTED"])


def mixed_orientation(draft: Draft, rng: np.random.Generator) -> Draft:
    """Coronal planes in the series of the axial ones, said to be as original as they."""
    return _changed(_with_coronal(draft, rng, ["ORIGINAL", "PRIMARY", "OTHER"]), usable=False)


def _with_coronal(draft: Draft, rng: np.random.Generator, kind: list[str]) -> Draft:
    slices = _first(draft).slices
    header = {"ImageType": kind, "ImageOrientationPatient": _CORONAL}
    places = [{**header, "ImagePositionPatient": [-160.0, 40.0 * n, 150.0]} for n in range(4)]
    more = [_beside(slices[0], rng, place, "coronal", number=90 + n) for n, place in enumerate(places)]
    return _added(draft, more)


def two_acquisitions(draft: Draft, rng: np.random.Generator) -> Draft:
    """The chest scanned twice into one series: every place has two slices."""
    slices = _first(draft).slices
    again = [
        _beside(one, rng, {"AcquisitionNumber": 2}, "axial", number=len(slices) + one.plane + 1) for one in slices
    ]
    return _changed(_added(draft, again), usable=False)


def reversed_numbers(draft: Draft, _rng: np.random.Generator) -> Draft:
    """InstanceNumber from the head down, while places are told from the feet up."""
    count = len(_first(draft).slices)
    return _numbered(draft, [count - place for place in range(count)])


def lying_numbers(draft: Draft, rng: np.random.Generator) -> Draft:
    """InstanceNumber in no order at all."""
    return _numbered(draft, [int(one) + 1 for one in rng.permutation(len(_first(draft).slices))])


def several_series(draft: Draft, rng: np.random.Generator) -> Draft:
    """A second reconstruction of the study, with another kernel."""
    first = _first(draft)
    again = tuple(
        replace(one, sop_uid=(uid := new_uid(rng)), header={**one.header, "SOPInstanceUID": uid})
        for one in first.slices
    )
    header = {**first.header, "SeriesNumber": 3, "SeriesDescription": "Lung B70f"}
    plan = replace(first.plan, number=first.plan.number + 50)
    return replace(
        draft, series=(*draft.series, replace(first, plan=plan, series_uid=new_uid(rng), header=header, slices=again))
    )


def short_series(draft: Draft, _rng: np.random.Generator) -> Draft:
    return _changed(draft, slices=_first(draft).slices[:2], usable=False)


def no_positions(draft: Draft, _rng: np.random.Generator) -> Draft:
    """No ImagePositionPatient: SliceLocation alone tells the order."""
    slices = tuple(
        replace(one, header={key: value for key, value in one.header.items() if key != "ImagePositionPatient"})
        for one in _first(draft).slices
    )
    return _changed(draft, slices=slices)


def dose_report(draft: Draft, rng: np.random.Generator) -> Draft:
    """A picture of the dose report in the series."""
    header = {"ImageType": ["DERIVED", "SECONDARY", "OTHER"], "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}
    return _added(draft, [_beside(_first(draft).slices[0], rng, header, "text", number=900)])


def enhanced(draft: Draft, _rng: np.random.Generator) -> Draft:
    """All slices as frames of one file."""
    only = replace(_first(draft).slices[0], drawn="frames")
    return _changed(draft, slices=(only,), usable=False)


def _first(draft: Draft) -> SeriesFile:
    return draft.series[0]


def _changed(draft: Draft, **changes: Any) -> Draft:
    return replace(draft, series=(replace(draft.series[0], **changes), *draft.series[1:]))


def _added(draft: Draft, more: list[SliceFile]) -> Draft:
    return _changed(draft, slices=(*_first(draft).slices, *more))


def _beside(
    like: SliceFile, rng: np.random.Generator, header: Mapping[str, Any], drawn: str, *, number: int
) -> SliceFile:
    """A file that lies in the series and is not of its stack."""
    uid = new_uid(rng)
    changed = {**like.header, **header, "SOPInstanceUID": uid, "InstanceNumber": number}
    return replace(like, sop_uid=uid, header=changed, drawn=drawn, stacked=False)


def _numbered(draft: Draft, numbers: list[int]) -> Draft:
    slices = tuple(
        replace(one, header={**one.header, "InstanceNumber": number})
        for one, number in zip(_first(draft).slices, numbers, strict=True)
    )
    return _changed(draft, slices=slices)


def _quirk(name: str, what: str, change: Change) -> Quirk:
    return Quirk(name=name, what=what, probability=0.05, applies=with_series, change=change)


ROWS = (
    _quirk("series_several", "two reconstructions of one study", several_series),
    _quirk("series_reversed", "instance numbers from the head down", reversed_numbers),
    _quirk("series_lying_numbers", "instance numbers in no order", lying_numbers),
    _quirk("series_no_positions", "SliceLocation alone tells the order", no_positions),
    _quirk("series_missing_slice", "a gap in the stack", missing_slice),
    _quirk("series_short", "two slices alone", short_series),
    _quirk("series_localiser", "the scout among the slices", localiser),
    _quirk("series_duplicate_slice", "a slice twice", duplicate_slice),
    _quirk("series_reformats", "coronal reformats among the slices", reformats),
    _quirk("series_mixed_orientation", "original coronal planes among the axial ones", mixed_orientation),
    _quirk("series_two_acquisitions", "the chest twice in one series", two_acquisitions),
    _quirk("series_dose_report", "a picture of the dose report among the slices", dose_report),
    _quirk("series_enhanced", "all slices in one multi-frame file", enhanced),
)
