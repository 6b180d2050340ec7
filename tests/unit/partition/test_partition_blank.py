"""Control partitions, and those that show age and sex: what is in their files, and who may be shown them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from partition_factory import (
    NEGATIVE,
    POSITIVE,
    RULES,
    ct_slice,
    encode,
    ignore_progress,
    pixels,
    put_clinical,
    put_image,
)
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from staging_factory import RLE, compressed, ct, plain_values, put, staged

from nccid_eval import partition
from nccid_eval.cli.partition import command
from nccid_eval.errors import SubmissionError
from nccid_eval.partition.built.manifest import load_sources
from nccid_eval.partition.staging import Demographics
from nccid_eval.records import Indications, Partition, PartitionRules

WINDOW: dict[str, Any] = {"WindowCenter": "100", "WindowWidth": "200", "PresentationLUTShape": "INVERSE"}
DECODES = """SOPClassUID SOPInstanceUID Modality StudyInstanceUID SeriesInstanceUID SamplesPerPixel
    PhotometricInterpretation Rows Columns BitsAllocated BitsStored HighBit PixelRepresentation PixelData"""
WIDE = Indications(
    target="covid_positive", modalities=("DX", "CR"), views=("AP", "PA"), min_age_years=0.0, uses_demographics=False
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of two images, and one other."""
    place = tmp_path_factory.mktemp("blank") / "warehouse"
    put_image(place, "Covid1", 1, study=1, Modality="CR", **WINDOW)
    put_image(place, "Covid1", 2, study=1, ViewPosition="AP")
    put_image(place, "Covid2", 3, PatientAge="094Y")
    put_clinical(place, "Covid1", POSITIVE | {"Age": "70.9", "Sex": "0"})
    put_clinical(place, "Covid2", NEGATIVE, "status_2020-12-31.json")
    return place


def built(warehouse: Path, out: Path, rules: PartitionRules) -> Partition:
    return partition.build(
        warehouse, out, rules, strict=False, workers=1, progress=ignore_progress, warn=lambda _: None
    )


def shown(found: Partition) -> dict[int, Dataset]:
    """The staged files by the number of their image."""
    rows = load_sources(found.folder)
    return {int(row.source[-7]): dcmread(found.folder / "cases" / row.case / row.file) for row in rows}


def test_blank_headers_hold_what_decodes_and_one_constant_for_the_rest(warehouse: Path, tmp_path: Path) -> None:
    found = shown(built(warehouse, tmp_path / "out", replace(RULES, blank="headers")))
    assert sorted(found) == [1, 2, 3]
    for number, ds in found.items():
        assert {element.keyword for element in ds} == set(DECODES.split())
        assert (ds.Modality, ds.SOPClassUID) == ("OT", "1.2.840.10008.5.1.4.1.1.7")
        assert np.array_equal(ds.pixel_array, pixels(number))
    assert len({ds.StudyInstanceUID for ds in found.values()}) == 3
    assert len({ds.SeriesInstanceUID for ds in found.values()}) == 3


def test_blank_headers_keep_what_turns_stored_values_into_output(tmp_path: Path) -> None:
    found = staged(tmp_path, ct(), modality="CT", blank="headers", number=1, origin=(0.0, 0.0, 0.0), frame="2.25.7")
    kept = "PixelPaddingValue RescaleSlope RescaleIntercept RescaleType"
    assert {element.keyword for element in found} == set(f"{DECODES} {kept}".split())


def test_a_cases_slices_stay_together_behind_blank_headers(tmp_path: Path) -> None:
    place = tmp_path / "warehouse" / "validation" / "ct" / "Covid1" / "1.1" / "1.2"
    place.mkdir(parents=True)
    for number in range(10):
        (place / f"{number}.dcm").write_bytes(encode(ct_slice(1, number)))
    put_clinical(tmp_path / "warehouse", "Covid1", POSITIVE)
    rules = replace(RULES, case="series", modalities=("CT",), blank="headers")
    out = built(tmp_path / "warehouse", tmp_path / "out", rules).folder
    found = [dcmread(path) for path in sorted((out / "cases").glob("*/*.dcm"))]
    assert len({ds.SeriesInstanceUID for ds in found}) == len({ds.StudyInstanceUID for ds in found}) == 1
    assert len({ds.SOPInstanceUID for ds in found}) == 10


def test_blank_pixels_are_one_value_under_the_header_that_would_be_shown(warehouse: Path, tmp_path: Path) -> None:
    plain = shown(built(warehouse, tmp_path / "plain", RULES))
    blank = shown(built(warehouse, tmp_path / "blank", replace(RULES, blank="pixels")))
    assert sorted(blank) == [1, 2, 3]  # pictures that are alike now were not
    for number, ds in blank.items():
        assert not np.any(ds.pixel_array)
        assert len(ds.PixelData) == len(plain[number].PixelData)
        header = {one.keyword: str(one.value) for one in ds if one.keyword != "PixelData" and one.VR != "UI"}
        assert header == {
            one.keyword: str(one.value) for one in plain[number] if one.keyword != "PixelData" and one.VR != "UI"
        }


def test_signed_pixels_are_blank_too_and_no_encoding_is_kept(tmp_path: Path) -> None:
    ds = compressed(ct(), RLE, tmp_path)
    found = staged(tmp_path, ds, modality="CT", blank="pixels", keep_transfer_syntax=True)
    assert found.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert not np.any(plain_values(found))


def test_age_and_sex_come_from_the_attributes(warehouse: Path, tmp_path: Path) -> None:
    found = shown(built(warehouse, tmp_path / "out", replace(RULES, demographics=True)))
    assert {number: (ds.PatientSex, ds.PatientAge) for number, ds in found.items()} == {
        1: ("F", "070Y"),
        2: ("F", "070Y"),
        3: ("F", "090Y"),
    }


@pytest.mark.parametrize(
    ("sex", "age", "wanted"),
    [
        ("M", "0.4", ("M", "000Y")),
        ("", "", ("", "")),
        ("2", "89.99", ("", "089Y")),
        ("F", "90", ("F", "090Y")),
        ("F", "103.2", ("F", "090Y")),
    ],
)
def test_an_age_is_whole_years_and_great_ages_are_one(
    sex: str, age: str, wanted: tuple[str, str], tmp_path: Path
) -> None:
    content = encode(ct(PatientAge=None, PatientSex=None))
    _, target = put(tmp_path, content, modality="CT", demographics=Demographics(sex=sex, age=age))
    ds = dcmread(target)
    assert (ds.PatientSex, ds.PatientAge) == wanted


def test_age_and_sex_are_shown_to_models_that_declare_their_use_and_to_no_other(
    warehouse: Path, tmp_path: Path
) -> None:
    plain, told, blank = (
        built(warehouse, tmp_path / name, rules)
        for name, rules in (
            ("plain", RULES),
            ("told", replace(RULES, demographics=True)),
            ("blank", replace(RULES, blank="headers")),
        )
    )
    uses = replace(WIDE, uses_demographics=True)
    for fitting, indications in ((plain, WIDE), (told, uses), (blank, WIDE), (blank, uses)):
        assert len(partition.eligible(fitting, indications)[0].case) == 3
    with pytest.raises(SubmissionError, match="does not show them") as caught:
        partition.eligible(plain, uses)
    assert "uses_demographics" in caught.value.where
    with pytest.raises(SubmissionError, match="does not declare"):
        partition.eligible(told, WIDE)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (RULES, "headers and pixels"),
        (replace(RULES, demographics=True), "headers and pixels, age and sex in the headers"),
        (replace(RULES, keep_transfer_syntax=True), "headers and pixels, the source's transfer syntax"),
        (replace(RULES, blank="headers"), "pixels alone (control partition: blank headers)"),
        (replace(RULES, blank="pixels"), "headers alone (control partition: blank pixels)"),
        (
            replace(RULES, blank="pixels", demographics=True),
            "headers alone, with age and sex (control partition: blank pixels)",
        ),
    ],
)
def test_a_partition_says_what_it_shows(rules: PartitionRules, said: str, warehouse: Path, tmp_path: Path) -> None:
    found = built(warehouse, tmp_path / "out", rules)
    assert partition.describe(found)["shown"] == said


def test_a_control_drops_what_differs_beside_the_half_that_it_shows() -> None:
    rules = replace(RULES, demographics=True, keep_transfer_syntax=True)
    assert partition.as_control(rules, "headers") == replace(RULES, blank="headers")
    assert partition.as_control(rules, "pixels") == replace(RULES, blank="pixels", demographics=True)


def test_controls_are_built_from_the_command_line(warehouse: Path, tmp_path: Path) -> None:
    for blank in ("headers", "pixels"):
        out = tmp_path / blank
        done = CliRunner().invoke(command, ["build", str(warehouse), "-o", str(out), f"--blank-{blank}"])
        assert done.exit_code == 0
        assert partition.load(out).rules.blank == blank
    both = ["build", str(warehouse), "-o", str(tmp_path / "both"), "--blank-headers", "--blank-pixels"]
    assert "nothing is left" in CliRunner().invoke(command, both).output
