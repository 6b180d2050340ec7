"""Broken and foreign files: each costs itself, with its reason, whatever pydicom makes of it."""

import os
import pickle
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from partition_factory import at, dataset, encode, pixels
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels import compress
from pydicom.sequence import Sequence
from pydicom.uid import JPEG2000Lossless, RLELossless

from nccid_eval.partition.dicom import Inspection, InspectionTask, inspect
from nccid_eval.partition.staging import Staged, StagingTask, stage

# pydicom's, on writing and reading what is broken; workers ignore them too.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def inspected(path: Path) -> Inspection:
    return inspect(InspectionTask(file=at(path), patient="covid1", modalities=("DX", "CR")))


def refusal(path: Path, content: bytes) -> tuple[str, str] | None:
    path.write_bytes(content)
    return inspected(path).refusal


def compressed(syntax: str) -> bytes:
    ds = dataset()
    compress(ds, syntax, generate_instance_uid=False)
    return encode(ds, syntax)


def staged(path: Path, content: bytes, target: Path) -> Staged:
    path.write_bytes(content)
    sha256 = inspected(path).sha256
    uids = {"sop": "2.25.3", "study": "2.25.1", "series": "2.25.2"}
    return stage(StagingTask(source=at(path), target=target, sha256=sha256, modality="DX", view="PA", **uids))


def deflated() -> bytes:
    """Explicit VR, deflated, that unpacks to far more than it is."""
    head = encode(dataset(PixelData=None))
    bomb = zlib.compressobj(wbits=-15)
    body = bomb.compress(b"\0" * 10_000_000) + bomb.flush()
    return head[:132] + encode(dataset(), "1.2.840.10008.1.2.1.99")[132:400] + body


def nested(depth: int) -> bytes:
    innermost = Dataset()
    for _ in range(depth):
        outer = Dataset()
        item = Sequence([innermost])
        item.is_undefined_length = True
        outer.OriginalAttributesSequence = item
        innermost = outer
    return encode(dataset(OriginalAttributesSequence=innermost.OriginalAttributesSequence))


SOUND = encode(dataset())
BROKEN: dict[str, tuple[Callable[[], bytes], tuple[str, str]]] = {
    "empty": (lambda: b"", ("file", "zero bytes")),
    "text": (lambda: b"hello" * 100, ("file", "not a DICOM file")),
    "preamble only": (lambda: SOUND[:100], ("file", "not a DICOM file")),
    "deflated": (deflated, ("file", "deflated transfer syntax")),
    "video": (
        lambda: encode(dataset(PixelData=None), "1.2.840.10008.1.2.4.100"),
        ("file", "unsupported transfer syntax"),
    ),
    "another patient": (
        lambda: encode(dataset(PatientID="Covid2")),
        ("file", "names another patient than its folder"),
    ),
    "cut in the pixels": (lambda: SOUND[:-9], ("file", "truncated")),
    "cut in a fragment": (lambda: compressed(JPEG2000Lossless)[:-40], ("file", "truncated")),
    "no pixels": (lambda: encode(dataset(PixelData=None)), ("pixels", "no PixelData")),
    "too long": (lambda: encode(dataset(PixelData=b"\0" * 4000)), ("pixels", "pixel data longer than described")),
    "colour": (lambda: encode(dataset(SamplesPerPixel=3)), ("pixels", "colour: more than one sample a pixel")),
    "frames": (lambda: encode(dataset(NumberOfFrames=2)), ("pixels", "more than one frame")),
    "palette": (
        lambda: encode(dataset(PhotometricInterpretation="PALETTE COLOR")),
        ("pixels", "photometric interpretation is neither MONOCHROME1 nor MONOCHROME2"),
    ),
    "no rows": (lambda: encode(dataset(Rows=None)), ("pixels", "impossible pixel description")),
    "twelve bits allocated": (lambda: encode(dataset(BitsAllocated=12)), ("pixels", "impossible pixel description")),
    "more bits stored than allocated": (
        lambda: encode(dataset(BitsStored=17, HighBit=16)),
        ("pixels", "impossible pixel description"),
    ),
    "no bits stored": (lambda: encode(dataset(BitsStored=0, HighBit=0)), ("pixels", "impossible pixel description")),
    "high bit": (lambda: encode(dataset(HighBit=15)), ("pixels", "impossible pixel description")),
    "vast": (lambda: encode(dataset(Rows=65535, Columns=65535)), ("pixels", "impossible pixel description")),
    "slope nan": (
        lambda: encode(dataset(RescaleSlope="nan", RescaleIntercept="0")),
        ("pixels", "rescale slope or intercept is not a finite number"),
    ),
    "slope zero": (
        lambda: encode(dataset(RescaleSlope="0", RescaleIntercept="0")),
        ("pixels", "rescale slope or intercept is not a finite number"),
    ),
    "ultrasound": (lambda: encode(dataset(Modality="US")), ("modality", "neither of CR, DX")),
    "no modality": (lambda: encode(dataset(Modality=None)), ("modality", "neither of CR, DX")),
    "lateral": (lambda: encode(dataset(ViewPosition="LL")), ("view", "lateral, oblique or decubitus")),
    "abdomen": (lambda: encode(dataset(SeriesDescription="ADDOMEN, AP")), ("view", "not the chest")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_or_foreign_file_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    make, reason = BROKEN[name]
    assert refusal(tmp_path / "image.dcm", make()) == reason


def test_an_image_of_another_patient_has_no_date_for_this_one(tmp_path: Path) -> None:
    path = tmp_path / "image.dcm"
    taken = []
    for patient in ("Covid1", "Covid2"):
        path.write_bytes(encode(dataset(PatientID=patient)))
        taken.append(inspect(InspectionTask(file=at(path), patient="covid1", modalities=("CR", "DX"))).taken)
    assert taken == [date(2020, 4, 1), None]


def test_five_thousand_nested_sequences_cost_only_their_file(tmp_path: Path) -> None:
    deep = nested(50)
    start = deep.index(b"\x00\x04\x61\x05SQ") if b"\x00\x04\x61\x05SQ" in deep else deep.index(b"\x61\x05SQ") - 2
    head, one = deep[:start], b"\x00\x04\x61\x05SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    assert refusal(tmp_path / "image.dcm", head + one * 5000) == ("file", "cannot be parsed")


def test_a_sound_file_is_taken_with_what_its_header_says(tmp_path: Path) -> None:
    path = tmp_path / "image.dcm"
    path.write_bytes(SOUND)
    seen = inspected(path)
    assert seen.refusal is None
    assert seen.header is not None
    assert (seen.header.view, seen.header.maker, seen.header.sex, seen.header.age_years) == (
        "PA",
        "Siemens",
        "F",
        70.0,
    )


def test_the_date_is_the_acquisitions_else_the_studys_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "image.dcm"
    dates = []
    for header in ({"AcquisitionDate": "20200402"}, {"AcquisitionDate": None}, {"AcquisitionDate": "20209999"}):
        path.write_bytes(encode(dataset(**header)))
        dates.append(inspected(path).taken)
    path.write_bytes(encode(dataset(AcquisitionDate=None, StudyDate=None)))
    assert [str(one) for one in dates] == ["2020-04-02", "2020-04-01", "2020-04-01"]
    assert inspected(path).taken is None


def test_a_pipe_in_place_of_an_image_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "image.dcm")
    assert inspected(tmp_path / "image.dcm").refusal == ("file", "not a regular file")


def test_every_cut_of_a_file_is_refused_or_leaves_the_pixels_whole(tmp_path: Path) -> None:
    whole = compressed(RLELossless)
    wanted = staged(tmp_path / "source.dcm", whole, tmp_path / "target.dcm").picture
    for cut in range(1, len(whole), 97):
        path = tmp_path / "cut.dcm"
        if refusal(path, whole[:-cut]) is None:
            assert staged(path, whole[:-cut], tmp_path / "target.dcm").picture == wanted


def test_a_codestream_of_rubbish_or_of_another_size_is_refused_on_decoding(tmp_path: Path) -> None:
    rubbish = dataset(PixelData=encapsulate([b"\xff\x4f\xff\x51" + b"\1" * 200]))
    rubbish["PixelData"].VR = "OB"
    other = dataset()
    compress(other, JPEG2000Lossless, generate_instance_uid=False)
    other.Rows = 12
    for ds in (rubbish, other):
        ds["PixelData"].is_undefined_length = True
        found = staged(tmp_path / "s.dcm", encode(ds, JPEG2000Lossless), tmp_path / "t.dcm")
        assert found.refusal is not None
        assert found.refusal[0] == "decoding"
        assert not (tmp_path / "t.dcm").exists()


def test_a_file_that_changes_during_the_build_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "image.dcm"
    path.write_bytes(SOUND)
    uids = {"sop": "2.25.3", "study": "2.25.1", "series": "2.25.2"}
    task = StagingTask(source=at(path), target=tmp_path / "t", sha256="0" * 64, modality="DX", view="PA", **uids)
    assert stage(task).refusal == ("file", "changed while the partition was built")


def test_pixels_of_the_factory_fit_their_description() -> None:
    assert pixels().nbytes == dataset().Rows * dataset().Columns * 2


def test_no_text_of_megabytes_leaves_the_child(tmp_path: Path) -> None:
    path = tmp_path / "image.dcm"
    path.write_bytes(encode(dataset(Manufacturer="Siemens " + "x" * 10**6, SOPInstanceUID="1.2." + "3" * 10**5)))
    seen = inspected(path)
    assert seen.header is not None
    assert (seen.header.maker, seen.header.sop_uid) == ("Siemens", "")
    path.write_bytes(encode(dataset(Manufacturer="x" * 10**6)))
    assert len(pickle.dumps(inspected(path))) < 2000
