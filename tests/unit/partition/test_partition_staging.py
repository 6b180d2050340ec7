"""What a container gets: the pixels as decoded, and nothing that tells who, when or where."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from partition_factory import (
    POSITIVE,
    ROOT,
    RULES,
    at,
    dataset,
    encode,
    ignore_progress,
    pixels,
    put_clinical,
    put_series,
)
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import compress
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless
from staging_factory import ct, plain_values
from staging_factory import staged as ct_staged

from nccid_eval.partition import build
from nccid_eval.partition.dicom import InspectionTask, inspect
from nccid_eval.partition.staging import Staged, StagingTask, stage
from nccid_eval.partition.staging.allowlist import ALLOWED

# pydicom's, on writing what is broken.
pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR", "ignore:The value length")

COMPOSED = """SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality ViewPosition SamplesPerPixel Rows
    Columns PhotometricInterpretation BitsAllocated BitsStored HighBit PixelRepresentation PixelData"""
IN_SERIES = {"modality": "CT", "view": "", "number": 3, "origin": (-180.25, -171.5, -1036.0), "frame": "2.25.4"}


def put(folder: Path, content: bytes) -> tuple[Staged, Path]:
    source, target = folder / "source.dcm", folder / "target.dcm"
    source.write_bytes(content)
    seen = inspect(InspectionTask(file=at(source), patient="covid1", modalities=("DX", "CR")))
    assert seen.refusal is None
    task = StagingTask(
        source=at(source),
        target=target,
        sha256=seen.sha256,
        modality="DX",
        view="PA",
        sop="2.25.3",
        study="2.25.1",
        series="2.25.2",
    )
    return stage(task), target


def staged(folder: Path, content: bytes) -> Dataset:
    _, target = put(folder, content)
    return dcmread(target)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_compressed_pixels_are_staged_as_decoded(syntax: str, tmp_path: Path) -> None:
    ds = dataset(7)
    compress(ds, syntax, generate_instance_uid=False)
    found = staged(tmp_path, encode(ds, syntax))
    assert found.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert np.array_equal(found.pixel_array, pixels(7))


@pytest.mark.parametrize(
    ("dtype", "bits", "signed", "shape"),
    [("<u2", 12, 0, (40, 36)), ("<i2", 16, 1, (40, 36)), ("<u1", 8, 0, (3, 5)), ("<u2", 16, 0, (1, 1))],
)
def test_native_pixels_keep_their_bytes(
    dtype: str, bits: int, signed: int, shape: tuple[int, int], tmp_path: Path
) -> None:
    array = pixels(3, dtype, shape)
    header: dict[str, Any] = {"BitsAllocated": array.itemsize * 8, "BitsStored": bits, "HighBit": bits - 1}
    header |= {"Rows": shape[0], "Columns": shape[1], "PixelRepresentation": signed}
    found = staged(tmp_path, encode(dataset(**header, PixelData=array.tobytes() + b"\0" * (array.nbytes % 2))))
    assert np.array_equal(found.pixel_array, array)
    assert found.pixel_array.dtype == array.dtype


def test_implicit_and_big_endian_are_staged_with_the_same_picture(tmp_path: Path) -> None:
    plain, _ = put(tmp_path, encode(dataset()))
    implicit, _ = put(tmp_path, encode(dataset(), "1.2.840.10008.1.2"))
    big = dataset(PixelData=pixels().astype(">u2").tobytes())
    swapped, target = put(tmp_path, encode(big, "1.2.840.10008.1.2.2"))
    assert plain.picture == implicit.picture == swapped.picture
    assert np.array_equal(dcmread(target).pixel_array, pixels())


def test_monochrome1_is_handed_over_as_it_is(tmp_path: Path) -> None:
    found = staged(tmp_path, encode(dataset(PhotometricInterpretation="MONOCHROME1")))
    assert found.PhotometricInterpretation == "MONOCHROME1"
    assert np.array_equal(found.pixel_array, pixels())


def test_nothing_that_identifies_is_left_in_the_bytes(tmp_path: Path) -> None:
    _, target = put(tmp_path, encode(dataset(ViewPosition="PA Covid1", BodyPartExamined="CHEST Jane")))
    content = target.read_bytes()
    for secret in (b"Covid1", b"Jane", b"Secret", b"SECRET", b"SIEMENS", b"2020", b"1999", b"1950", b"070Y"):
        assert secret not in content
    assert ROOT.encode() not in content
    assert not any(element.tag.is_private for element in dcmread(target))


def test_only_the_allow_list_is_in_a_staged_file(tmp_path: Path) -> None:
    allowed = set(COMPOSED.split()) | {field.keyword for field in ALLOWED}
    found = staged(tmp_path, encode(dataset(WindowCenter=["1", "2"], WindowWidth=["3", "4"], RescaleType="HU Jane")))
    assert {element.keyword for element in found} <= allowed
    assert found.WindowWidth == [3.0, 4.0]
    assert found.PixelSpacing == [0.14, 0.14]
    assert "RescaleType" not in found
    assert all(field.why for field in ALLOWED)


@pytest.mark.parametrize(
    "header",
    [
        {"WindowCenter": "1", "WindowWidth": "nan"},
        {"WindowCenter": "1", "WindowWidth": "0"},
        {"WindowCenter": ["1", "2"], "WindowWidth": "3"},
        {"WindowCenter": "1"},
    ],
)
def test_a_broken_window_is_left_out(header: dict[str, Any], tmp_path: Path) -> None:
    found = staged(tmp_path, encode(dataset(**header)))
    assert "WindowCenter" not in found
    assert "WindowWidth" not in found


def test_a_slice_is_placed_by_its_series_and_not_by_the_scanner(tmp_path: Path) -> None:
    found = ct_staged(tmp_path, ct(), **IN_SERIES)
    assert found.SOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
    assert list(found.ImageType) == ["ORIGINAL", "PRIMARY", "AXIAL"]
    assert (found.InstanceNumber, found.FrameOfReferenceUID) == (3, "2.25.4")
    assert [float(one) for one in found.ImagePositionPatient] == [0.0, 0.0, 1.3]
    assert [float(one) for one in found.ImageOrientationPatient] == [1, 0, 0, 0, 1, 0]
    assert (float(found.SliceThickness), float(found.SpacingBetweenSlices)) == (1.25, 1.25)
    assert (found.RescaleType, found.PixelPaddingValue) == ("HU", -2000)
    assert "SliceLocation" not in found
    assert np.array_equal(found.pixel_array, plain_values(ct()))


def test_a_position_leaves_no_trace_of_where_the_table_stood(tmp_path: Path) -> None:
    header = {"ImagePositionPatient": [0.1 + 0.2, 1e-9, -1034.7]}
    found = ct_staged(tmp_path, ct(**header), **IN_SERIES | {"origin": (0.3, 0.0, -1034.8)})
    assert [str(one) for one in found.ImagePositionPatient] == ["0.0", "0.0", "0.1"]


@pytest.mark.parametrize(
    ("header", "keyword"),
    [
        ({"ImagePositionPatient": [1, 2]}, "ImagePositionPatient"),
        ({"ImagePositionPatient": None}, "ImagePositionPatient"),
        ({"ImageType": ["DERIVED"]}, "ImageType"),
        ({"ImageType": ["SIEMENS", "PRIMARY"]}, "ImageType"),
        ({"SliceThickness": "inf"}, "SliceThickness"),
        ({"PixelPaddingValue": None}, "PixelPaddingValue"),
        ({"PatientOrientation": ["LEFT", "F"]}, "PatientOrientation"),
        ({"PatientOrientation": ["LR", "F"]}, "PatientOrientation"),
    ],
)
def test_what_is_not_understood_is_left_out(header: dict[str, Any], keyword: str, tmp_path: Path) -> None:
    assert keyword not in ct_staged(tmp_path, ct(**header), **IN_SERIES)


def test_a_radiograph_has_none_of_what_is_a_slices(tmp_path: Path) -> None:
    header = {"ImageType": ["ORIGINAL", "PRIMARY"], "ImagePositionPatient": [1, 2, 3], "SliceThickness": "1"}
    found = staged(tmp_path, encode(dataset(FrameOfReferenceUID="1.2.3", InstanceNumber=4, **header)))
    absent = "ImageType ImagePositionPatient SliceThickness FrameOfReferenceUID InstanceNumber PatientAge PatientSex"
    assert [keyword for keyword in absent.split() if keyword in found] == []


def test_padding_of_the_other_sign_is_left_out(tmp_path: Path) -> None:
    content = encode(dataset(PixelPaddingValue=65535))
    assert staged(tmp_path, content).PixelPaddingValue == 65535
    signed = encode(ct()).replace(b"SS\x02\x00\x30\xf8", b"US\x02\x00\xff\xff")
    assert signed != encode(ct())
    assert "PixelPaddingValue" not in ct_staged(tmp_path, dcmread(io.BytesIO(signed)), **IN_SERIES)


def test_uids_are_re_keyed_alike_throughout_a_series(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse"
    for series in (1, 2):
        put_series(warehouse, "Covid1", series, FrameOfReferenceUID=f"{ROOT}77.4", study=1)
    put_clinical(warehouse, "Covid1", POSITIVE)
    rules = replace(RULES, case="series", modalities=("CT",))
    built = build(warehouse, tmp_path / "out", rules, strict=False, workers=2, progress=ignore_progress, warn=print)
    assert built.cases.files == (10, 10)
    cases = [
        [dcmread(path) for path in sorted((built.folder / "cases" / case).iterdir())] for case in built.cases.case
    ]
    slices = [ds for case in cases for ds in case]
    for keyword, count in (("StudyInstanceUID", 1), ("FrameOfReferenceUID", 1), ("SeriesInstanceUID", 2)):
        assert len({ds[keyword].value for ds in slices}) == count
    assert len({ds.SOPInstanceUID for ds in slices}) == 20
    for case in cases:
        assert [ds.InstanceNumber for ds in case] == list(range(1, 11))
        assert [[float(one) for one in ds.ImagePositionPatient] for ds in case] == [[0, 0, 5 * n] for n in range(10)]
        assert len({ds.SeriesInstanceUID for ds in case}) == 1
        assert all(str(ds[one].value).startswith("2.25.") for ds in case for one in RE_KEYED)


RE_KEYED = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")


def table(entries: int, explanation: str) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [entries, 0, 16])
    item.LUTExplanation = explanation
    item.add_new("LUTData", "OW", np.arange(4, dtype="<u2").tobytes())
    return item


def test_look_up_tables_are_copied_without_their_words(tmp_path: Path) -> None:
    found = staged(tmp_path, encode(dataset(VOILUTSequence=Sequence([table(4, "for Jane")]))))
    assert list(found.VOILUTSequence[0].LUTDescriptor) == [4, 0, 16]
    assert found.VOILUTSequence[0].LUTData == np.arange(4, dtype="<u2").tobytes()
    assert "LUTExplanation" not in found.VOILUTSequence[0]


def test_a_malformed_display_table_is_left_out_and_a_malformed_modality_table_refuses(tmp_path: Path) -> None:
    bad = Sequence([table(9, "")])
    assert "VOILUTSequence" not in staged(tmp_path, encode(dataset(VOILUTSequence=bad)))
    modality = table(9, "")
    modality.ModalityLUTType = "US"
    found, _ = put(tmp_path, encode(dataset(ModalityLUTSequence=Sequence([modality]))))
    assert found.refusal == ("decoding", "malformed modality LUT")


def test_modes_and_times_say_nothing(tmp_path: Path) -> None:
    _, target = put(tmp_path, encode(dataset()))
    status = target.stat()
    assert (status.st_mode & 0o777, status.st_mtime_ns) == (0o644, 0)


def test_a_disk_that_refuses_is_our_failure_and_not_the_images(tmp_path: Path) -> None:
    _, target = put(tmp_path, encode(dataset()))
    target.unlink()
    with pytest.raises(FileNotFoundError):
        _stage_into(tmp_path / "gone" / "target.dcm", tmp_path / "source.dcm")
    assert [path.name for path in tmp_path.iterdir()] == ["source.dcm"]


def _stage_into(target: Path, source: Path) -> Staged:
    seen = inspect(InspectionTask(file=at(source), patient="covid1", modalities=("DX",)))
    uids = {"sop": "2.25.3", "study": "2.25.1", "series": "2.25.2"}
    return stage(StagingTask(source=at(source), target=target, sha256=seen.sha256, modality="DX", view="", **uids))
