"""What tells of a source is found wherever it is left, and what does not is no false alarm."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from partition_factory import ROOT, RULES, dataset, encode, ignore_progress, left_out, put_image, small_warehouse
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from staging_factory import J2K, compressed, ct, frame_of, put, with_frame

from nccid_eval import partition
from nccid_eval.errors import PartitionError
from nccid_eval.partition.building.pseudonyms import refuse_pseudonyms
from nccid_eval.partition.staging import Demographics
from nccid_eval.partition.staging.allowlist import ALLOWED, Allowed
from nccid_eval.records import Partition

NAME = "validation/xray/Covid1/1.2.826.0.1.3680043.1/1.2.826.0.1.3680043.2/scan of jones.dcm"
TOLD = {
    "PatientName": "O'Brien^Siobhán",
    "ReferringPhysicianName": "Li^Wu",
    "OperatorsName": "Przybylski",
    "AccessionNumber": "00471188",
    "InstitutionName": "St Elsewhere's Infirmary",
    "StationName": "XR-ROOM4",
    "Manufacturer": "SIEMENS Healthineers",
    "SeriesDescription": "W Chest PA mobile",
    "AcquisitionTime": "093412.250000",
    "AcquisitionDateTime": "20200402093412",
    "ImageType": ["ORIGINAL", "PRIMARY", "", "ZEBRA"],
}


def told() -> Dataset:
    ds = dataset(**TOLD)
    inner = Dataset()
    inner.ReferencedSOPInstanceUID = f"{ROOT}99.9"
    inner.StudyComments = "fell off a horse"
    outer = Dataset()
    outer.ReferencedImageSequence = Sequence([inner])
    ds.RequestAttributesSequence = Sequence([outer])
    block = ds.private_block(0x0009, "SECRET MAKER")
    block.add_new(2, "OB", b"\0\1\2Quixote\0\0")
    block.add_new(3, "UN", b"\0\3zanzibar ")
    return ds


def planted(text: str) -> tuple[Allowed, ...]:
    return (*ALLOWED, Allowed(keyword="ImageComments", why="a leak", read=lambda _: text))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("covid1", "pseudonym (folder)"),
        ("1.2.826.0.1.3680043.1", "study (folder)"),
        ("for Jones", "file name"),
        ("o'brien", "PatientName (0010,0010)"),
        ("SIOBHÁN", "PatientName (0010,0010)"),
        ("Li^Wu", "ReferringPhysicianName (0008,0090)"),
        ("Dr Przybylski", "OperatorsName (0008,1070)"),
        ("00471188", "AccessionNumber (0008,0050)"),
        ("infirmary", "InstitutionName (0008,0080)"),
        ("xr-room4", "StationName (0008,1010)"),
        ("by Siemens", "Manufacturer (0008,0070)"),
        ("Mobile", "SeriesDescription (0008,103E)"),
        ("zebra", "ImageType (0008,0008)"),
        (f"{ROOT}0.3", "SOPInstanceUID (0008,0018)"),
        (f"{ROOT}99.9", "ReferencedSOPInstanceUID (0008,1155)"),
        ("a horse", "StudyComments (0032,4000)"),
        ("20200401", "StudyDate (0008,0020)"),
        ("on 01/04/2020", "StudyDate (0008,0020)"),
        ("1999-01-01", "ContentDate (0008,0023)"),
        ("19500101", "PatientBirthDate (0010,0030)"),
        ("20200402", "AcquisitionDateTime (0008,002A)"),
        ("093412", "AcquisitionTime (0008,0032)"),
        ("093412.250000", "AcquisitionTime (0008,0032)"),
        ("070Y", "PatientAge (0010,1010)"),
        ("Jane", "private element (0009,1001)"),
        ("quixote", "private element (0009,1002)"),
        ("Zanzibar", "private element (0009,1003)"),
        ("secret maker", "private element (0009,0010)"),
    ],
)
def test_what_is_left_behind_is_found_and_named(text: str, what: str, tmp_path: Path) -> None:
    found, target = put(tmp_path, encode(told()), NAME, planted(text))
    assert found.left_behind == what
    assert (found.refusal, found.sha256, target.exists()) == (None, "", False)


@pytest.mark.parametrize(
    "text", ["", "M", "chest", "ORIGINAL", "Li", "123", "0.093412", "20200401.5", "2.25.20200401"]
)
def test_what_tells_nothing_is_no_alarm(text: str, tmp_path: Path) -> None:
    found, _ = put(tmp_path, encode(told()), NAME, planted(text), series="2.25.20200401", study="2.25.100934128")
    assert found.left_behind == ""


def test_an_age_that_is_shown_on_purpose_is_no_alarm(tmp_path: Path) -> None:
    found, target = put(tmp_path, encode(told()), demographics=Demographics(sex="F", age="70"))
    assert found.left_behind == ""
    assert dcmread(target).PatientAge == "070Y"


def test_texts_that_look_like_what_staging_writes_are_no_alarm(tmp_path: Path) -> None:
    """Numbers and terms that the header has by right may stand in the source's texts as well."""
    ds = dataset(
        PixelSpacing=[0.194556, 0.194556],
        WindowCenter="120000",
        WindowWidth="2048",
        AcquisitionTime="194556",
        InstitutionName="NCCID",
        StudyDescription="CHEST PA",
        PatientName="Linear^Exact",
        AccessionNumber="2048",
        StudyID="000000",
        PatientComments="XXXX 0.194556 120000.0 MONOCHROME2 OT",
    )
    ds.private_block(0x0009, "SECRET MAKER").add_new(2, "LO", "CHEST\\2048\\IDENTITY")
    found, _ = put(tmp_path, encode(ds), allowed=planted("xxxx 000000"))
    assert found.left_behind == ""


def test_text_in_a_tables_numbers_is_found(tmp_path: Path) -> None:
    found, _ = put(tmp_path, encode(dataset(VOILUTSequence=Sequence([table(b"Secret Infirmary")]))))
    assert found.left_behind == "InstitutionName (0008,0080)"


def test_text_in_a_kept_codestream_is_found(tmp_path: Path) -> None:
    ds = compressed(dataset(), J2K, tmp_path)
    frame = frame_of(ds)
    place = frame.index(b"\xff\x5c")
    lengths = b"\xff\x57\0\x13\0Secret Infirmary"  # packet lengths: copied, and read by nobody
    content = encode(with_frame(ds, frame[:place] + lengths + frame[place:]), J2K)
    assert put(tmp_path, content)[0].left_behind == ""
    assert put(tmp_path, content, keep_transfer_syntax=True)[0].left_behind == "InstitutionName (0008,0080)"


@pytest.mark.parametrize(
    ("sound", "broken", "what"),
    [
        (b"DS\x08\x0070.50000", b"DS\x08\x00Dulcinea", "PatientWeight (0010,1030)"),  # no number
        (b"US\x02\x00\x11\x11", b"US\x09\x00Dulcinea\0", "RepresentativeFrameNumber (0028,6010)"),  # half a number
    ],
)
def test_an_element_that_cannot_be_read_is_searched_for_as_bytes(
    sound: bytes, broken: bytes, what: str, tmp_path: Path
) -> None:
    content = encode(dataset(PatientWeight="70.50000", RepresentativeFrameNumber=0x1111))
    assert sound in content
    content = content.replace(sound, broken)
    assert put(tmp_path, content)[0].left_behind == ""
    assert put(tmp_path, content, allowed=planted("dulcinea"))[0].left_behind == what


def test_a_part_of_dicoms_own_uids_is_no_alarm(tmp_path: Path) -> None:
    content = encode(dataset(FrameOfReferenceUID="1.2.840.10008", ConcatenationUID="1.2.840.10008.1.2.1"))
    name = "validation/xray/Covid1/1.2.840.10008.1.2.1/1.2.840.10008.5.1.4.1.1.1/scan.dcm"
    assert put(tmp_path, content, name)[0].left_behind == ""


def test_how_deep_a_source_goes_is_no_matter(tmp_path: Path) -> None:
    inner = Dataset()
    inner.StudyComments = "fell off a horse"
    for _ in range(60):
        outer = Dataset()
        outer.RequestAttributesSequence = Sequence([inner])
        inner = outer
    ds = dataset(RequestAttributesSequence=Sequence([inner]))
    assert put(tmp_path, encode(ds), allowed=planted("horse"))[0].left_behind == "StudyComments (0032,4000)"


def test_a_ct_header_with_its_own_numbers_is_no_alarm(tmp_path: Path) -> None:
    task: dict[str, Any] = {"modality": "CT", "number": 3, "origin": (0.0, 0.0, -1000.0), "frame": "2.25.9"}
    assert put(tmp_path, encode(ct()), **task)[0].left_behind == ""


def table(numbers: bytes) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(numbers) // 2, 0, 16])
    item.add_new("LUTData", "OW", np.frombuffer(numbers, "<u2").tobytes())
    return item


def build(warehouse: Path, out: Path) -> Partition:
    return partition.build(
        warehouse, out, RULES, strict=False, workers=2, progress=ignore_progress, warn=lambda _: None
    )


def test_an_identifier_left_behind_refuses_the_whole_partition(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid1", 1, VOILUTSequence=Sequence([table(b"Secret Infirmary")]))
    with pytest.raises(PartitionError, match="InstitutionName") as caught:
        build(warehouse, tmp_path / "out")
    assert "case " in caught.value.where
    assert "Covid1" in caught.value.where
    assert "Infirmary" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_pseudonym_in_the_manifest_refuses_the_whole_partition(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path).rename(tmp_path / "covid3")
    with pytest.raises(PartitionError, match="pseudonym"):
        build(warehouse, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_folders_named_with_the_manifests_own_words_and_numbers_are_no_pseudonyms_in_it(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    strays = ["images", "1", "0000", "dcm", "private", "DX", "-"]
    for number, stray in enumerate(strays, start=5):
        put_image(warehouse, stray, number)
    assert left_out(build(warehouse, tmp_path / "out")) == {"no clinical record of the patient": len(strays)}


def test_a_pseudonym_in_the_flow_or_in_a_cases_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "cases" / "abcdefghij27").mkdir(parents=True)
    (tmp_path / "cases" / "abcdefghij27" / "0000.dcm").touch()
    said = {"warehouse": "unseen", "flow": [{"stage": "file", "reason": "truncated: xray/Covid7/1.dcm"}]}
    (tmp_path / "manifest.json").write_text(json.dumps(said))
    refuse_pseudonyms(tmp_path, ["covid1", "file", "1"])
    with pytest.raises(PartitionError, match="pseudonym"):
        refuse_pseudonyms(tmp_path, ["Covid7 "])
    (tmp_path / "cases" / "covid1").mkdir()
    with pytest.raises(PartitionError, match="pseudonym"):
        refuse_pseudonyms(tmp_path, [])
