"""Writes one patient: plan, draft, quirks, pixels, files."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nccid_eval.synthetic.anatomy import draw_abdomen, draw_chest, draw_lateral
from nccid_eval.synthetic.clinical import clinical_text, draft_clinical, outcomes_of
from nccid_eval.synthetic.dicom import draft_header, encode
from nccid_eval.synthetic.draft import Draft, ImageFile, SeriesFile
from nccid_eval.synthetic.encoding import smaller
from nccid_eval.synthetic.looks import LOOKS, Look, expose, quantise
from nccid_eval.synthetic.opacities import add_consolidation, add_disease
from nccid_eval.synthetic.quirks import apply_quirks
from nccid_eval.synthetic.recipe import LARGEST, Recipe
from nccid_eval.synthetic.sampling import ImagePlan, plan_patient, stream
from nccid_eval.synthetic.series import draft_series, series_files
from nccid_eval.synthetic.truth import PatientTruth, image_path, series_folder, truth_of

_DRAFTING, _PIXELS = 1, 2  # parts of a patient's random stream; part 0 is the plan
_USUAL = Recipe()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exposure:
    """Stored values [rows, columns] and how they are to be read."""

    stored: NDArray[np.uint16]
    bits: int
    photometric: str
    syntax: str
    window: bool


def draft_patient(seed: int, index: int, recipe: Recipe = _USUAL) -> Draft:
    """All of a patient's files but their pixels."""
    patient = plan_patient(seed, index)
    rng = stream(seed, index, _DRAFTING)
    record = draft_clinical(patient, rng)
    images = tuple(
        ImageFile(
            plan=image,
            folder="xray",
            series_uid=image.series_uid,
            header=draft_header(patient, image, LOOKS[image.maker], rng),
        )
        for image in patient.images
    )
    draft = Draft(patient=patient, clinical=(record,), images=images, outcomes=outcomes_of(record))
    return apply_quirks(replace(draft, series=_series(draft, seed, recipe)), seed, recipe.odds)


def _series(draft: Draft, seed: int, recipe: Recipe) -> tuple[SeriesFile, ...]:
    """Each modality has a stream of its own, so that asking for one changes nothing else."""
    drafted = []
    for modality, share in (("CT", recipe.ct), ("MR", recipe.mr)):
        rng = stream(seed, draft.patient.index, zlib.crc32(modality.encode()))
        if rng.random() < share:
            drafted.append(draft_series(draft.patient, modality, rng))
    return tuple(drafted)


def write_patient(root: Path, seed: int, index: int, recipe: Recipe = _USUAL) -> list[PatientTruth]:
    """Write patient `index` below `root`, and those who were planted beside them; tell what is true of them."""
    draft = draft_patient(seed, index, recipe)
    drafts = (draft, *draft.twins)
    for one in drafts:
        _write_files(root / one.part, one, seed, recipe.size)
    return [truth_of(one) for one in drafts]


def _write_files(part: Path, draft: Draft, seed: int, size: int) -> None:
    for file in draft.clinical:
        folder = part / "data" / (file.folder or draft.patient.pseudonym)
        _write(folder / f"{file.kind}_{file.uploaded:%Y-%m-%d}.json", clinical_text(file).encode())
    for image in draft.images:
        _write_image(part, draft, image, seed, size)
    for series in draft.series:
        folder = part / series_folder(draft, series)
        beside = part / series_folder(draft, series, "-metadata")
        for one, dicom, metadata in series_files(
            series, [seed, draft.patient.index, _PIXELS, series.plan.number], size
        ):
            _write(folder / f"{one.sop_uid}.dcm", dicom)
            _write(beside / f"{one.sop_uid}.json", metadata.encode())


def render(image: ImagePlan, rng: np.random.Generator, size: int = LARGEST) -> Exposure:
    """Draw an image and expose it as its maker's apparatus does."""
    look = _sized(LOOKS[image.maker], size)
    picture = expose(rng, _density(image, look, rng), look)
    bits, inverted = int(rng.choice(look.bits)), bool(rng.random() < look.monochrome1)
    return Exposure(
        stored=quantise(picture, bits, inverted=inverted),
        bits=bits,
        photometric="MONOCHROME1" if inverted else "MONOCHROME2",
        syntax=str(rng.choice(look.syntaxes)),
        window=bool(rng.random() < 0.6),
    )


def _sized(look: Look, size: int) -> Look:
    if size == LARGEST:
        return look
    rows, columns = (2 * round(side * size / LARGEST / 2) for side in look.shape)  # even, as encoders want it
    return replace(look, shape=(rows, columns), border=look.border * size // LARGEST)


def _density(image: ImagePlan, look: Look, rng: np.random.Generator) -> NDArray[np.float32]:
    if image.kind == "lateral":
        return draw_lateral(rng, look.shape)
    if image.kind == "abdomen":
        return draw_abdomen(rng, look.shape)
    chest = draw_chest(rng, look.shape, image.view)
    density = add_disease(rng, chest, image.severity, image.lesion_contrast)
    return add_consolidation(rng, chest, density) if image.other_finding else density


def as_stored(exposure: Exposure, file: ImageFile) -> Exposure:
    """An exposure as the file's encoding asks for it."""
    wanted = file.encoding
    stored, bits, photometric = exposure.stored, exposure.bits, exposure.photometric
    if wanted.bits and wanted.bits != bits:
        stored, bits = np.round(stored / (2**bits - 1) * (2**wanted.bits - 1)).astype(np.uint16), wanted.bits
    if wanted.photometric and wanted.photometric != photometric:
        stored, photometric = np.asarray(2**bits - 1 - stored, dtype=np.uint16), wanted.photometric
    if wanted.recoded:
        stored, bits = smaller(stored, bits).astype(np.uint16), 8
    syntax = wanted.syntax or ("jpeg_baseline" if wanted.recoded else exposure.syntax)
    return replace(exposure, stored=stored, bits=bits, photometric=photometric, syntax=syntax)


def _write_image(part: Path, draft: Draft, file: ImageFile, seed: int, size: int) -> None:
    # the image's number, not its place, picks its stream: a duplicate then has the same pixels
    rng = np.random.default_rng([seed, draft.patient.index, _PIXELS, file.plan.number])
    shown = as_stored(render(file.plan, rng, size), file)
    dicom, metadata = encode(file, shown.stored, shown.bits, shown.photometric, shown.syntax, shown.window)
    if file.content != "absent":
        _write(part / image_path(draft, file), dicom)
    if file.metadata != "absent":
        beside = image_path(draft, file, "-metadata")
        _write((part / beside).with_name(f"{file.plan.sop_uid}.json"), metadata.encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
