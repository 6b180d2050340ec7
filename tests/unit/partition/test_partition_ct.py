"""CT from warehouse to cases: a series is a case, its files its slices in order, and each odd file accounted for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from partition_factory import (
    NEGATIVE,
    POSITIVE,
    ROOT,
    RULES,
    ct_slice,
    encode,
    ignore_progress,
    left_out,
    put_clinical,
    put_series,
    put_slice,
)
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import RLELossless

from nccid_eval import partition
from nccid_eval.errors import WarehouseError
from nccid_eval.partition.built.manifest import load_sources
from nccid_eval.records import Partition

CT = replace(RULES, case="series", modalities=("CT",))
SCREEN = "1.2.840.10008.5.1.4.1.1.7"
ENHANCED = "1.2.840.10008.5.1.4.1.1.2.1"
MADE = "made from slices: reformatted, projected, a screen or a report"


def ct_warehouse(root: Path, slices: int = 10) -> Path:
    """A positive patient's series and a negative's."""
    warehouse = root / "warehouse"
    put_series(warehouse, "Covid1", 1, slices)
    put_series(warehouse, "Covid2", 2, 10)
    put_clinical(warehouse, "Covid1", POSITIVE)
    put_clinical(warehouse, "Covid2", NEGATIVE, "status_2020-12-31.json")
    return warehouse


def built(warehouse: Path, out: Path, workers: int = 1) -> Partition:
    return partition.build(
        warehouse, out, CT, strict=False, workers=workers, progress=ignore_progress, warn=lambda line: None
    )


def places(found: Partition, series: int) -> list[int]:
    """The slices of a series by their place, in the order of the case's files."""
    rows = [row for row in load_sources(found.folder) if f"/{ROOT}{series}.2/" in row.source]
    number = {f"{(place * 7919) % 9973}.dcm": place for place in range(40)}
    return [
        number[row.source.rpartition(".")[0].rpartition(".")[2] + ".dcm"]
        for row in sorted(rows, key=lambda r: r.file)
    ]


def test_a_case_is_a_series_and_its_files_are_the_slices_from_the_feet_up(tmp_path: Path) -> None:
    found = built(ct_warehouse(tmp_path, 12), tmp_path / "out")
    truth = partition.load_truth(found.folder)
    assert sorted(zip(found.cases.files, truth.label.tolist(), strict=True)) == [(10, False), (12, True)]
    assert truth.attributes["modality"].tolist() == ["CT", "CT"]
    assert places(found, 1) == list(range(12))
    assert places(found, 2) == list(range(10))
    assert found.flow[0].images == 22
    assert {step.stage for step in found.flow} >= {"images in validation/"}


def test_values_of_signed_slices_are_those_of_the_source(tmp_path: Path) -> None:
    found = built(ct_warehouse(tmp_path), tmp_path / "out")
    for row in load_sources(found.folder):
        shown = dcmread(found.folder / "cases" / row.case / row.file)
        source = dcmread(tmp_path / "warehouse" / "validation" / row.source)
        assert shown.pixel_array.dtype == np.int16
        assert np.array_equal(shown.pixel_array, source.pixel_array)
        assert shown.pixel_array.min() < -800
        assert (shown.Modality, shown.RescaleSlope, shown.RescaleIntercept) == ("CT", 1, 0)
        assert shown.SOPClassUID == "1.2.840.10008.5.1.4.1.1.2"


def test_the_digest_is_the_same_whatever_the_workers(tmp_path: Path) -> None:
    warehouse = ct_warehouse(tmp_path)
    assert built(warehouse, tmp_path / "one").digest == built(warehouse, tmp_path / "two", workers=2).digest


ODD: dict[str, tuple[dict[str, Any], str]] = {
    "localiser": ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "localiser"),
    "scout": ({"ImageType": ["ORIGINAL", "PRIMARY", "SCOUT"]}, "localiser"),
    "projection": ({"ImageType": ["DERIVED", "SECONDARY", "MIP"]}, MADE),
    "reformatted": ({"ImageType": ["DERIVED", "PRIMARY", "MPR"]}, MADE),
    "dose": ({"ImageType": ["DERIVED", "SECONDARY", "DOSE_INFO"], "SOPClassUID": SCREEN}, MADE),
    "screen": ({"SOPClassUID": SCREEN}, "not of the storage class of CT or MR slices"),
    "enhanced": ({"SOPClassUID": ENHANCED}, "enhanced CT or MR: many frames in one file"),
    "frames": ({"NumberOfFrames": 2}, "more than one frame"),
    "head": ({"SeriesDescription": "Brain 5.0"}, "not the chest"),
    "report": ({"Modality": "SR"}, "neither of CT"),
    "copy": ({"SOPInstanceUID": f"{ROOT}1.3.4"}, "copy of an image: same SOP instance UID"),
}


def test_odd_files_in_a_series_cost_themselves_alone(tmp_path: Path) -> None:
    warehouse = ct_warehouse(tmp_path)
    for number, (header, _) in enumerate(ODD.values()):
        put_slice(
            warehouse, "Covid1", 1, 20 + number, **({"ImagePositionPatient": [0, 0, 900 + 5 * number]} | header)
        )
    (put_slice(warehouse, "Covid1", 1, 39)).write_bytes(b"")
    found = built(warehouse, tmp_path / "out")
    wanted: dict[str, int] = {"zero bytes": 1}
    for _, reason in ODD.values():
        wanted[reason] = wanted.get(reason, 0) + 1
    assert left_out(found) == wanted
    assert sorted(found.cases.files) == [10, 10]


def drop(warehouse: Path, place: int) -> None:
    put_slice(warehouse, "Covid1", 1, place).unlink()


def break_codestream(warehouse: Path, place: int) -> None:
    ds = ct_slice(1, place, PatientID="Covid1", PixelData=encapsulate([b"\1" * 200]))
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    put_slice(warehouse, "Covid1", 1, place).write_bytes(encode(ds, RLELossless))


def mix(warehouse: Path, place: int) -> None:
    put_series(warehouse, "Covid1", 1, 12, ImagePositionPatient=[0, 0, 0])


BROKEN: dict[str, tuple[Callable[[Path, int], None], dict[str, int]]] = {
    "missing": (drop, {"incomplete series: slices are missing": 11}),
    "not decodable": (break_codestream, {"cannot be decoded": 1, "incomplete series: slices are missing": 11}),
    "all at one place": (mix, {"no position, location or number that orders the slices": 12}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_series_that_is_not_whole_is_no_case_and_the_other_is(name: str, tmp_path: Path) -> None:
    harm, reasons = BROKEN[name]
    warehouse = ct_warehouse(tmp_path, 12)
    harm(warehouse, 5)
    found = built(warehouse, tmp_path / "out")
    assert left_out(found) == reasons
    assert found.cases.files == (10,)
    assert partition.load_truth(found.folder).label.tolist() == [False]


def test_a_series_again_is_a_copy_and_under_two_patients_no_case(tmp_path: Path) -> None:
    warehouse = ct_warehouse(tmp_path)
    for place in range(10):
        again = ct_slice(1, place, PatientID="Covid1", SOPInstanceUID=f"{ROOT}9.{place}", SeriesInstanceUID="1.9")
        put_slice(warehouse, "Covid1", 9, place).write_bytes(encode(again))
    assert left_out(built(warehouse, tmp_path / "a")) == {"copy of a series: same pictures": 10}
    for place in range(10):
        again = ct_slice(2, place, PatientID="Covid3", SOPInstanceUID=f"{ROOT}8.{place}", SeriesInstanceUID="1.8")
        put_slice(warehouse, "Covid3", 8, place).write_bytes(encode(again))
    put_clinical(warehouse, "Covid3", NEGATIVE, "status_2020-12-31.json")
    found = built(warehouse, tmp_path / "b")
    assert left_out(found)["same pictures under several patients"] == 20
    assert len(found.cases.case) == 1


def test_slices_that_show_nothing_but_air_are_no_copies_of_each_other(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse"
    air = np.full((12, 10), -1024, dtype="<i2").tobytes()
    for patient, series, cells in (("Covid1", 1, POSITIVE), ("Covid2", 2, NEGATIVE)):
        put_series(warehouse, patient, series)
        for place in (10, 11):
            put_slice(warehouse, patient, series, place, PixelData=air)
        put_clinical(warehouse, patient, cells)
    assert built(warehouse, tmp_path / "out").cases.files == (12, 12)


def test_a_series_past_midnight_has_the_date_of_its_first_slice(tmp_path: Path) -> None:
    warehouse = ct_warehouse(tmp_path)
    last_day = "20200428"  # 28 days after the swab
    for place in range(10):
        put_slice(warehouse, "Covid1", 1, place, AcquisitionDate=last_day if place < 4 else "20200429")
    assert len(built(warehouse, tmp_path / "out").cases.case) == 2


def test_the_flow_speaks_of_slices(tmp_path: Path) -> None:
    warehouse = ct_warehouse(tmp_path)
    drop(warehouse, 4)
    put_slice(warehouse, "Covid2", 2, 30, Modality="SR")
    boxes = [step.stage for step in built(warehouse, tmp_path / "out").flow if step.kept]
    assert "slices" in boxes
    assert not any("radiograph" in box for box in boxes)


def test_a_warehouse_without_ct_says_where_it_looked(tmp_path: Path) -> None:
    (tmp_path / "warehouse" / "validation" / "data").mkdir(parents=True)
    with pytest.raises(WarehouseError, match="validation/ct/"):
        built(tmp_path / "warehouse", tmp_path / "out")
