import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pydicom
import pytest

from nccid_eval.synthetic.anatomy import draw_chest
from nccid_eval.synthetic.dicom import draft_header, encode
from nccid_eval.synthetic.draft import ImageFile
from nccid_eval.synthetic.encoding import LOSSY, SYNTAXES
from nccid_eval.synthetic.looks import LOOKS, quantise
from nccid_eval.synthetic.opacities import add_consolidation, add_disease
from nccid_eval.synthetic.patient import render
from nccid_eval.synthetic.sampling import plan_patient

SHAPE = (96, 80)


def _added(severity: str, contrast: float) -> float:
    chest = draw_chest(np.random.default_rng(1), SHAPE, "PA")
    diseased = add_disease(np.random.default_rng(2), chest, severity, contrast)
    return float((diseased - chest.density).sum())


def test_disease_grows_with_severity_and_is_fainter_with_less_contrast() -> None:
    assert 0 == _added("none", 1) < _added("mild", 1) < _added("moderate", 1) < _added("severe", 1)
    assert _added("severe", 0.5) == pytest.approx(_added("severe", 1) / 2, rel=1e-3)


def test_disease_and_consolidation_stay_in_the_lungs() -> None:
    chest = draw_chest(np.random.default_rng(1), SHAPE, "AP")
    outside = np.maximum(*chest.lungs) < 1e-4
    assert outside.any()
    for density in (
        add_disease(np.random.default_rng(2), chest, "severe", 1.0),
        add_consolidation(np.random.default_rng(2), chest, chest.density),
    ):
        assert np.abs(density - chest.density)[outside].max() < 1e-4


def test_ap_shows_less_air_than_pa() -> None:
    air = [
        np.mean([np.maximum(*draw_chest(np.random.default_rng(n), SHAPE, view).lungs).sum() for n in range(8)])
        for view in ("AP", "PA")
    ]
    assert air[0] < air[1]


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_stored_values_fit_their_bits_and_invert(bits: int) -> None:
    picture = np.linspace(0, 1, 50, dtype=np.float64).reshape(5, 10)
    stored = quantise(picture, bits, inverted=False)
    assert stored.max() < 2**bits
    assert (np.diff(stored.ravel().astype(int)) > 0).all()
    np.testing.assert_array_equal(quantise(picture, bits, inverted=True), 2**bits - 1 - stored)


def test_every_maker_shows_its_own_look() -> None:
    plan = plan_patient(1, 0).images[0]
    means = {name: render(replace(plan, maker=name), np.random.default_rng(3)).stored.std() for name in LOOKS}
    assert len(set(means.values())) == len(LOOKS)


def _file(**changes: Any) -> ImageFile:
    patient = plan_patient(1, 0)
    plan = patient.images[0]
    header = draft_header(patient, plan, LOOKS[plan.maker], np.random.default_rng(0))
    return replace(ImageFile(plan=plan, folder="xray", series_uid=plan.series_uid, header=header), **changes)


@pytest.mark.parametrize("syntax", [one for one in SYNTAXES if one not in LOSSY | {"htj2k"}])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_pixels_come_back_from_every_transfer_syntax(syntax: str, bits: int) -> None:
    stored = np.random.default_rng(1).integers(0, 2**bits, (40, 32)).astype(np.uint16)
    raw, _ = encode(_file(), stored, bits, "MONOCHROME2", syntax, True)
    dataset = pydicom.dcmread(io.BytesIO(raw))
    assert dataset.file_meta.TransferSyntaxUID == SYNTAXES[syntax]
    np.testing.assert_array_equal(dataset.pixel_array, stored)
    assert dataset.SOPInstanceUID == dataset.file_meta.MediaStorageSOPInstanceUID == _file().plan.sop_uid


@pytest.mark.parametrize("syntax", sorted(LOSSY))
def test_lossy_syntaxes_give_nearly_the_same_picture_and_say_so(syntax: str) -> None:
    rows, columns = np.mgrid[0:40, 0:32]
    stored = (2 * rows + 3 * columns).astype(np.uint16)
    raw, _ = encode(_file(), stored, 8, "MONOCHROME2", syntax, True)
    dataset = pydicom.dcmread(io.BytesIO(raw))
    assert dataset.file_meta.TransferSyntaxUID == SYNTAXES[syntax]
    assert dataset.LossyImageCompression == "01"
    assert np.abs(dataset.pixel_array.astype(int) - stored).max() <= 6


def test_a_picture_of_an_odd_number_of_pixels_is_no_jpeg() -> None:
    with pytest.raises(ValueError, match="even"):
        encode(_file(), np.zeros((5, 5), np.uint16), 8, "MONOCHROME2", "jpeg_baseline", True)


def test_metadata_has_the_warehouses_nulls_and_neither_pixels_nor_file_meta() -> None:
    stored = np.zeros((8, 8), np.uint16)
    raw, text = encode(_file(voi_lut=True, private_binary=True), stored, 12, "MONOCHROME1", "explicit", True)
    fields = json.loads(text)
    assert fields["00283010"] is None
    assert fields["00091010"] == {"vr": "OB", "InlineBinary": None}
    assert fields["00100020"]["Value"] == [plan_patient(1, 0).pseudonym]
    assert not [tag for tag in fields if tag.startswith("0002") or tag == "7FE00010"]
    assert "VOILUTSequence" in pydicom.dcmread(io.BytesIO(raw))


def test_a_file_may_lack_its_pixels_or_its_end() -> None:
    stored = np.ones((8, 8), np.uint16)
    whole, _ = encode(_file(), stored, 12, "MONOCHROME2", "explicit", True)
    cut, _ = encode(_file(content="truncated"), stored, 12, "MONOCHROME2", "explicit", True)
    bare, _ = encode(_file(content="no_pixels"), stored, 12, "MONOCHROME2", "jpegls", True)
    assert whole.startswith(cut)
    assert len(cut) < len(whole)
    assert "PixelData" not in pydicom.dcmread(io.BytesIO(bare))
