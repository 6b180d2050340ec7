"""What happens to images between a hospital's archive and the warehouse. Each function gives a changed draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nccid_eval.synthetic.draft import Draft, ImageFile
from nccid_eval.synthetic.sampling import new_uid


def blank_view(draft: Draft, _rng: np.random.Generator) -> Draft:
    """Nothing in ViewPosition: the view stands in the free text, if anywhere."""
    return _all(draft, {"ViewPosition": ""})


def missing_age(draft: Draft, _rng: np.random.Generator) -> Draft:
    return _all(draft, {"PatientAge": ""})


def age_without_unit(draft: Draft, _rng: np.random.Generator) -> Draft:
    return _all(draft, {"PatientAge": str(int(draft.patient.age_years))})


def private_binary(draft: Draft, _rng: np.random.Generator) -> Draft:
    """A private binary element, which the warehouse's JSON nulls."""
    return replace(draft, images=tuple(replace(file, private_binary=True) for file in draft.images))


def voi_lut(draft: Draft, _rng: np.random.Generator) -> Draft:
    return _last(draft, voi_lut=True)


def lateral(draft: Draft, rng: np.random.Generator) -> Draft:
    text = str(rng.choice(["Chest LAT", "LATERAL", "W Chest Lat"]))
    return _other_kind(draft, "lateral", {"ViewPosition": str(rng.choice(["LL", ""])), "SeriesDescription": text})


def abdomen(draft: Draft, rng: np.random.Generator) -> Draft:
    text = str(rng.choice(["T Abdomen Supine", "ADDOMEN, AP", "RENAL"]))
    part = str(rng.choice(["ABDOMEN", ""]))
    return _other_kind(draft, "abdomen", {"SeriesDescription": text, "BodyPartExamined": part, "ViewPosition": "AP"})


def secondary_capture(draft: Draft, _rng: np.random.Generator) -> Draft:
    """A saved screen: its Modality routes it to unknown/, though a radiograph is on it."""
    changed = {"Modality": "OT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "SeriesDescription": "SAVED IMAGES"}
    last = draft.images[-1]
    return _last(draft, folder="unknown", header={**last.header, **changed})


def duplicate_sop(draft: Draft, rng: np.random.Generator) -> Draft:
    """The same instance once more, under another series."""
    return replace(draft, images=(*draft.images, replace(draft.images[-1], series_uid=new_uid(rng))))


def metadata_missing(draft: Draft, _rng: np.random.Generator) -> Draft:
    return _last(draft, metadata=False)


def metadata_orphaned(draft: Draft, _rng: np.random.Generator) -> Draft:
    return _last(draft, content="absent")


def truncated(draft: Draft, _rng: np.random.Generator) -> Draft:
    return _last(draft, content="truncated")


def zero_bytes(draft: Draft, _rng: np.random.Generator) -> Draft:
    return _last(draft, content="empty")


def no_pixel_data(draft: Draft, _rng: np.random.Generator) -> Draft:
    return _last(draft, content="no_pixels")


def _all(draft: Draft, changed: Mapping[str, Any]) -> Draft:
    return replace(draft, images=tuple(replace(file, header={**file.header, **changed}) for file in draft.images))


def _last(draft: Draft, **changes: Any) -> Draft:
    return replace(draft, images=(*draft.images[:-1], replace(draft.images[-1], **changes)))


def _other_kind(draft: Draft, kind: str, changed: Mapping[str, Any]) -> Draft:
    last: ImageFile = draft.images[-1]
    plan = replace(last.plan, kind=kind, view="LL" if kind == "lateral" else "AP")
    return _last(draft, plan=plan, header={**last.header, **changed})
