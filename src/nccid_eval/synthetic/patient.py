"""Writes one patient: plan, draft, quirks, pixels, files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nccid_eval.synthetic.anatomy import draw_abdomen, draw_chest, draw_lateral
from nccid_eval.synthetic.clinical import clinical_text, draft_clinical
from nccid_eval.synthetic.dicom import draft_header, encode
from nccid_eval.synthetic.draft import Draft, ImageFile
from nccid_eval.synthetic.looks import LOOKS, Look, expose, quantise
from nccid_eval.synthetic.opacities import add_consolidation, add_disease
from nccid_eval.synthetic.quirks import QUIRKS, Quirk, apply_quirks
from nccid_eval.synthetic.sampling import ImagePlan, PatientPlan, plan_patient, stream
from nccid_eval.synthetic.truth import ImageTruth, PatientTruth

_DRAFTING, _PIXELS = 1, 2  # parts of a patient's random stream; part 0 is the plan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exposure:
    """Stored values [rows, columns] and how they are to be read."""

    stored: NDArray[np.uint16]
    bits: int
    photometric: str
    syntax: str
    window: bool


def draft_patient(seed: int, index: int, quirks: tuple[Quirk, ...] = QUIRKS) -> Draft:
    """All of a patient's files but their pixels."""
    patient = plan_patient(seed, index)
    rng = stream(seed, index, _DRAFTING)
    clinical = (draft_clinical(patient, rng),)
    images = tuple(
        ImageFile(
            plan=image,
            folder="xray",
            series_uid=image.series_uid,
            header=draft_header(patient, image, LOOKS[image.maker], rng),
        )
        for image in patient.images
    )
    return apply_quirks(Draft(patient=patient, clinical=clinical, images=images), seed, quirks)


def write_patient(root: Path, seed: int, index: int) -> PatientTruth:
    """Write patient `index` below `root` and tell what is true of them."""
    draft = draft_patient(seed, index)
    group = root / draft.patient.group
    for file in draft.clinical:
        target = group / "data" / draft.patient.pseudonym / f"{file.kind}_{file.uploaded:%Y-%m-%d}.json"
        _write(target, clinical_text(file).encode())
    for image in draft.images:
        _write_image(group, draft.patient, image, seed)
    return truth_of(draft)


def truth_of(draft: Draft) -> PatientTruth:
    patient = draft.patient
    return PatientTruth(
        pseudonym=patient.pseudonym,
        site=patient.site.name,
        group=patient.group,
        positive=patient.positive,
        sex=patient.sex,
        age_years=patient.age_years,
        ethnicity=patient.ethnicity,
        conditions=patient.conditions,
        quirks=draft.quirks,
        images=tuple(_image_truth(draft, file) for file in draft.images),
    )


def render(image: ImagePlan, rng: np.random.Generator) -> Exposure:
    """Draw an image and expose it as its maker's apparatus does."""
    look = LOOKS[image.maker]
    picture = expose(rng, _density(image, look, rng), look)
    bits, inverted = int(rng.choice(look.bits)), bool(rng.random() < look.monochrome1)
    return Exposure(
        stored=quantise(picture, bits, inverted=inverted),
        bits=bits,
        photometric="MONOCHROME1" if inverted else "MONOCHROME2",
        syntax=str(rng.choice(look.syntaxes)),
        window=bool(rng.random() < 0.6),
    )


def _density(image: ImagePlan, look: Look, rng: np.random.Generator) -> NDArray[np.float32]:
    if image.kind == "lateral":
        return draw_lateral(rng, look.shape)
    if image.kind == "abdomen":
        return draw_abdomen(rng, look.shape)
    chest = draw_chest(rng, look.shape, image.view)
    density = add_disease(rng, chest, image.severity, image.lesion_contrast)
    return add_consolidation(rng, chest, density) if image.other_finding else density


def _write_image(group: Path, patient: PatientPlan, file: ImageFile, seed: int) -> None:
    # the image's number, not its place, picks its stream: a duplicate then has the same pixels
    exposure = render(file.plan, np.random.default_rng([seed, patient.index, _PIXELS, file.plan.number]))
    dicom, metadata = encode(
        file, exposure.stored, exposure.bits, exposure.photometric, exposure.syntax, exposure.window
    )
    if file.content != "absent":
        _write(group / _image_path(patient, file), b"" if file.content == "empty" else dicom)
    if file.metadata:
        folder = group / f"{file.folder}-metadata" / patient.pseudonym / file.plan.study_uid / file.series_uid
        _write(folder / f"{file.plan.sop_uid}.json", metadata.encode())


def _image_truth(draft: Draft, file: ImageFile) -> ImageTruth:
    plan = file.plan
    first = file.series_uid == plan.series_uid  # a duplicate lies under another series
    whole = first and file.content == "whole" and file.folder == "xray" and plan.kind == "chest"
    return ImageTruth(
        path=f"{draft.patient.group}/{_image_path(draft.patient, file)}",
        kind=plan.kind,
        view=plan.view,
        maker=plan.maker,
        days_from_swab=plan.days_from_swab,
        diseased=plan.diseased,
        severity=plan.severity,
        eligible=whole and plan.diseased is not None and bool(draft.clinical),
    )


def _image_path(patient: PatientPlan, file: ImageFile) -> str:
    return f"{file.folder}/{patient.pseudonym}/{file.plan.study_uid}/{file.series_uid}/{file.plan.sop_uid}.dcm"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
