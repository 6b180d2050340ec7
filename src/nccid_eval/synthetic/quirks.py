"""The quirks of NCCID files, one row each: how often, for whom, and what it does to a patient's draft."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from nccid_eval.synthetic import clinical_quirks as clinical
from nccid_eval.synthetic import image_quirks as image
from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.sampling import stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """`probability` is among the patients for whom it `applies`."""

    name: str
    probability: float
    applies: Callable[[Draft], bool]
    change: Callable[[Draft, np.random.Generator], Draft]


def _anyone(draft: Draft) -> bool:
    return bool(draft.images)


def _positive(draft: Draft) -> bool:
    return draft.patient.positive


def _negative(draft: Draft) -> bool:
    return not draft.patient.positive


def _several_images(draft: Draft) -> bool:
    return len(draft.images) > 1


QUIRKS = (
    # clinical values
    Quirk(name="dates_iso", probability=0.05, applies=_anyone, change=clinical.dates("iso")),
    Quirk(name="dates_text_iso", probability=0.04, applies=_positive, change=clinical.dates("text_iso")),
    Quirk(name="dates_excel_serial", probability=0.03, applies=_anyone, change=clinical.dates("excel_serial")),
    Quirk(name="dates_two_digit_year", probability=0.08, applies=_anyone, change=clinical.dates("two_digit_year")),
    Quirk(name="dates_uk_in_positive", probability=0.04, applies=_positive, change=clinical.dates("uk_when_plain")),
    Quirk(name="covid_code_cvcx", probability=0.10, applies=_positive, change=clinical.code_cvcx),
    Quirk(name="legacy_hypertension", probability=0.04, applies=_positive, change=clinical.legacy_hypertension),
    Quirk(name="whole_numbers", probability=0.10, applies=_positive, change=clinical.whole_numbers),
    Quirk(name="sex_as_letter", probability=0.05, applies=_positive, change=clinical.sex_as_letter),
    Quirk(name="sex_unknown_code", probability=0.03, applies=_positive, change=clinical.sex_unknown_code),
    Quirk(name="ethnicity_as_text", probability=0.06, applies=_positive, change=clinical.ethnicity_as_text),
    Quirk(name="segmentation_data", probability=0.05, applies=_anyone, change=clinical.segmentation_data),
    Quirk(name="swab_dates_list", probability=0.15, applies=_negative, change=clinical.swab_dates_list),
    Quirk(name="thin_positive", probability=0.04, applies=_positive, change=clinical.thin_positive),
    # clinical files
    Quirk(name="older_data_file", probability=0.05, applies=_positive, change=clinical.older_data_file),
    Quirk(name="status_beside_data", probability=0.04, applies=_positive, change=clinical.status_beside_data),
    Quirk(name="older_status_file", probability=0.04, applies=_negative, change=clinical.older_status_file),
    Quirk(name="no_clinical_record", probability=0.012, applies=_anyone, change=clinical.no_record),
    # image headers
    Quirk(name="blank_view_position", probability=0.10, applies=_anyone, change=image.blank_view),
    Quirk(name="missing_age", probability=0.03, applies=_anyone, change=image.missing_age),
    Quirk(name="age_without_unit", probability=0.03, applies=_anyone, change=image.age_without_unit),
    Quirk(name="private_binary", probability=0.05, applies=_anyone, change=image.private_binary),
    Quirk(name="voi_lut", probability=0.03, applies=_anyone, change=image.voi_lut),
    # which images there are
    Quirk(name="lateral", probability=0.045, applies=_several_images, change=image.lateral),
    Quirk(name="abdomen", probability=0.045, applies=_several_images, change=image.abdomen),
    Quirk(name="secondary_capture", probability=0.045, applies=_several_images, change=image.secondary_capture),
    # files that are broken or lonely
    Quirk(name="duplicate_sop", probability=0.012, applies=_anyone, change=image.duplicate_sop),
    Quirk(name="metadata_missing", probability=0.02, applies=_anyone, change=image.metadata_missing),
    Quirk(name="metadata_orphaned", probability=0.012, applies=_anyone, change=image.metadata_orphaned),
    Quirk(name="truncated", probability=0.012, applies=_anyone, change=image.truncated),
    Quirk(name="zero_bytes", probability=0.012, applies=_anyone, change=image.zero_bytes),
    Quirk(name="no_pixel_data", probability=0.012, applies=_anyone, change=image.no_pixel_data),
)


def apply_quirks(draft: Draft, seed: int, quirks: tuple[Quirk, ...] = QUIRKS) -> Draft:
    """Let each quirk strike or not. Each has its own random stream: leaving one out does not move the others."""
    for quirk in quirks:
        rng = stream(seed, draft.patient.index, zlib.crc32(quirk.name.encode()))
        if quirk.applies(draft) and rng.random() < quirk.probability:
            draft = replace(quirk.change(draft, rng), quirks=(*draft.quirks, quirk.name))
    return draft
