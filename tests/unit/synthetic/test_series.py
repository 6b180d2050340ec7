import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from nccid_eval.synthetic.draft import SeriesFile, SliceFile
from nccid_eval.synthetic.patient import draft_patient
from nccid_eval.synthetic.recipe import Recipe
from nccid_eval.synthetic.series import series_files
from nccid_eval.synthetic.volumes import AIR, LUNG, draw_volume

SEED = [1, 2, 3]


@cache
def _series(modality: str, *, severity: str = "", quirk: str = "") -> SeriesFile:
    odds = {quirk: 1.0} if quirk else {}
    recipe = Recipe(odds=odds, ct=float(modality == "CT"), mr=float(modality == "MR"))
    drafts = (draft_patient(1, index, recipe) for index in range(200))
    found = (draft.series[0] for draft in drafts)
    return next(one for one in found if severity in ("", one.plan.severity))


def _files(series: SeriesFile) -> Iterator[tuple[SliceFile, Dataset]]:
    for one, content, _ in series_files(series, SEED, 64):
        yield one, pydicom.dcmread(io.BytesIO(content))


def _units(ds: Dataset) -> np.ndarray:
    return ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept)


def test_a_ct_holds_air_lung_and_bone_in_hounsfield_units() -> None:
    stack = np.stack([_units(ds) for _, ds in _files(_series("CT"))])
    assert 12 <= len(stack) <= 20
    assert stack.shape[1:] == (64, 64)
    assert abs(np.median(stack[:, 0, :]) - AIR) < 20
    assert (np.abs(stack - LUNG) < 60).mean() > 0.05
    assert (stack > 250).any()


def test_makers_store_signed_units_or_add_1024() -> None:
    stored = {}
    for index in range(60):
        series = draft_patient(1, index, Recipe(odds={}, ct=1.0)).series[0]
        if series.plan.maker not in stored:
            ds = next(ds for _, ds in _files(series))
            stored[series.plan.maker] = (ds.PixelRepresentation, ds.BitsStored, float(ds.RescaleIntercept))
    assert set(stored.values()) == {(1, 16, 0.0), (0, 12, -1024.0)}


def test_an_mr_has_a_signal_and_no_rescale() -> None:
    ds = next(ds for _, ds in _files(_series("MR")))
    assert ds.Modality == "MR"
    assert "RescaleSlope" not in ds
    assert 0 <= ds.pixel_array.min() < 60 < ds.pixel_array.max() < 4096


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_slices_lie_from_the_feet_up_under_names_that_do_not_tell(modality: str) -> None:
    slices = [
        (one.plane, float(ds.ImagePositionPatient[2]), ds.InstanceNumber) for one, ds in _files(_series(modality))
    ]
    assert slices == sorted(slices)
    assert len({height for _, height, _ in slices}) == len(slices)
    names = [one.sop_uid for one in _series(modality).slices]
    assert names != sorted(names)


def test_ground_glass_grows_with_severity_and_fades_with_contrast() -> None:
    plan = _series("CT", severity="severe").plan

    def dense(severity: str, contrast: float) -> float:
        drawn = draw_volume(
            replace(plan, severity=severity, lesion_contrast=contrast), np.random.default_rng(4), 14, 48
        ).values
        return float(((drawn > LUNG + 120) & (drawn < -200)).mean())

    assert dense("none", 1.0) < dense("mild", 1.0) < dense("severe", 1.0)
    assert dense("severe", 0.4) < dense("severe", 1.0)


def test_metadata_of_a_slice_has_its_place_and_no_pixels() -> None:
    texts = [text for _, _, text in series_files(_series("CT"), SEED, 64)]
    assert all('"00200032"' in text and '"7FE00010"' not in text for text in texts)


@pytest.mark.parametrize(
    ("quirk", "told"),
    [
        ("series_localiser", lambda ds: "LOCALIZER" in ds.ImageType),
        ("series_reformats", lambda ds: "REFORMATTED" in ds.ImageType),
        ("series_mixed_orientation", lambda ds: list(ds.ImageOrientationPatient)[5] == -1),
        ("series_two_acquisitions", lambda ds: ds.AcquisitionNumber == 2),
        ("series_dose_report", lambda ds: "SECONDARY" in ds.ImageType),
        ("series_duplicate_slice", lambda ds: True),
    ],
)
def test_what_lies_beside_the_stack_says_what_it_is(quirk: str, told: Callable[[Dataset], bool]) -> None:
    beside = [ds for one, ds in _files(_series("CT", quirk=quirk)) if not one.stacked]
    assert beside
    assert all(told(ds) for ds in beside)
    assert {ds.SeriesInstanceUID for ds in beside} == {_series("CT", quirk=quirk).series_uid}


def test_a_duplicated_slice_has_the_pixels_and_the_place_of_another() -> None:
    files = list(_files(_series("CT", quirk="series_duplicate_slice")))
    copy = next(ds for one, ds in files if not one.stacked)
    same = [ds for _, ds in files if ds.ImagePositionPatient == copy.ImagePositionPatient]
    assert len({ds.SOPInstanceUID for ds in same}) == 2
    assert same[0].PixelData == same[1].PixelData


def test_numbers_may_run_backwards_or_lie_while_places_do_not() -> None:
    backwards = [ds.InstanceNumber for _, ds in _files(_series("CT", quirk="series_reversed"))]
    assert backwards == sorted(backwards, reverse=True)
    lying = [ds.InstanceNumber for _, ds in _files(_series("CT", quirk="series_lying_numbers"))]
    assert lying not in (sorted(lying), sorted(lying, reverse=True))


def test_an_enhanced_ct_holds_all_slices_in_one_file() -> None:
    ((_, ds),) = _files(_series("CT", quirk="series_enhanced"))
    assert ds.NumberOfFrames == len(ds.pixel_array) >= 12
