"""What training and validation must never share, planted. None strikes unless it is switched on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from nccid_eval.synthetic.cohort import group_of
from nccid_eval.synthetic.draft import Draft, ImageFile
from nccid_eval.synthetic.quirks.pictures import renamed
from nccid_eval.synthetic.quirks.row import Change, Quirk, edit, with_images
from nccid_eval.synthetic.sampling import new_uid

_OTHER = {"training": "validation", "validation": "training"}


def same_patient(draft: Draft, _rng: np.random.Generator) -> Draft:
    """The patient in the other part too, their pseudonym in capitals there."""
    name = draft.patient.pseudonym.upper()
    twin = _twin(draft, name, _OTHER[draft.part], lambda file: _of(file, name))
    return replace(draft, twins=(*draft.twins, twin))


def wrong_side(draft: Draft, _rng: np.random.Generator) -> Draft:
    """The patient in the part where the split rule does not put them."""
    return replace(draft, group=_OTHER[draft.patient.group])


def same_image(draft: Draft, rng: np.random.Generator) -> Draft:
    """Another patient in the other part with the very pixels, under other UIDs."""
    return _shown_there(draft, rng, _OTHER[draft.part], recoded=False)


def near_image(draft: Draft, rng: np.random.Generator) -> Draft:
    """Another patient in the other part with the picture as another system sent it."""
    return _shown_there(draft, rng, _OTHER[draft.part], recoded=True)


def same_image_of_two(draft: Draft, rng: np.random.Generator) -> Draft:
    """Another patient of the same part with the very pixels: whose they are cannot be known."""
    images = tuple(replace(file, usable=False) for file in draft.images)
    return _shown_there(replace(draft, images=images), rng, draft.part, recoded=False)


def _shown_there(draft: Draft, rng: np.random.Generator, part: str, *, recoded: bool) -> Draft:
    name = _pseudonym_in(part, draft, rng)
    study = new_uid(rng)

    def copied(file: ImageFile) -> ImageFile:
        copy = _of(renamed(file, rng), name)
        encoding = replace(copy.encoding, recoded=recoded)
        plan = replace(copy.plan, study_uid=study)
        return replace(copy, plan=plan, encoding=encoding, header={**copy.header, "StudyInstanceUID": study})

    return replace(draft, twins=(*draft.twins, _twin(draft, name, part, copied)))


def _twin(draft: Draft, name: str, part: str, copied: Callable[[ImageFile], ImageFile]) -> Draft:
    """The files of a patient under another name, in another part; of the drawing, `index`, nothing changes."""
    patient = replace(draft.patient, pseudonym=name, group=part)
    images = tuple(copied(file) for file in draft.images)
    twin = replace(draft, patient=patient, images=images, series=(), twins=(), image_folder="", group=part)
    twin = replace(twin, planted_beside=draft.patient.pseudonym)
    return edit(twin, lambda fields: {key: name for key in fields if key.strip().casefold() == "pseudonym"})


def _of(file: ImageFile, name: str) -> ImageFile:
    return replace(file, header={**file.header, "PatientID": name, "PatientName": name})


def _pseudonym_in(part: str, draft: Draft, rng: np.random.Generator) -> str:
    """A new name that the split rule itself puts into `part`, where the patient's site is split."""
    while True:
        name = f"Covid9{draft.patient.index}{int(rng.integers(1000, 10_000))}"
        if draft.patient.site.role != "split" or group_of(name, draft.patient.site) == part:
            return name


def split_site(draft: Draft) -> bool:
    return with_images(draft) and draft.patient.site.role == "split"


def _row(name: str, what: str, change: Change, applies: Callable[[Draft], bool] = split_site) -> Quirk:
    return Quirk(name=name, what=what, applies=applies, change=change)


ROWS = (
    _row("leak_same_patient", "a patient in both parts, in capitals in the other", same_patient, with_images),
    _row("leak_same_image", "the same pixels in both parts under other UIDs", same_image),
    _row("leak_near_image", "the same picture re-encoded in both parts", near_image),
    _row("leak_wrong_side", "a patient on the wrong side of the split rule", wrong_side, with_images),
    _row("shared_picture", "the same pixels under two patients of one part", same_image_of_two),
)
