"""A warehouse in, a partition out: whole or not at all, the same everywhere, and with nothing that identifies."""

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from partition_factory import (
    NEGATIVE,
    POSITIVE,
    ROOT,
    RULES,
    dataset,
    encode,
    ignore_progress,
    left_out,
    put_clinical,
    put_image,
    small_warehouse,
)
from pydicom import dcmread

from nccid_eval import partition
from nccid_eval.errors import (
    Interrupted,
    NoClinicalRecord,
    PartitionError,
    StorageError,
    UnreadableImage,
    WarehouseError,
)
from nccid_eval.partition.building.writing import whole_or_nothing
from nccid_eval.partition.built.manifest import load_case_table, load_sources
from nccid_eval.partition.warehouse.folder import refuse_unreadable
from nccid_eval.records import Partition, PartitionRules


def built(
    warehouse: Path,
    out: Path,
    rules: PartitionRules = RULES,
    *,
    strict: bool = False,
    workers: int = 1,
    warn: Callable[[str], None] = lambda line: None,
) -> Partition:
    return partition.build(warehouse, out, rules, strict=strict, workers=workers, progress=ignore_progress, warn=warn)


def entries(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_each_image_is_a_case_with_its_label_and_attributes(tmp_path: Path) -> None:
    found = built(small_warehouse(tmp_path), tmp_path / "out")
    truth = partition.load_truth(found.folder)
    assert truth.case.tolist() == list(found.cases.case)
    assert found.cases.files == (1, 1, 1, 1)
    by_site = dict(zip(truth.attributes["site"].tolist(), truth.label.tolist(), strict=True))
    assert by_site == {"Trust A": True, "Trust B": False}
    assert set(truth.attributes["age_band"].tolist()) == {"65-79"}
    assert set(truth.attributes["sex"].tolist()) == {"F"}
    assert len(set(truth.patient.tolist())) == 4


def test_the_digest_and_ids_are_the_same_whatever_the_workers_and_the_place(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    shutil.copytree(warehouse, tmp_path / "elsewhere" / "copy")
    one = built(warehouse, tmp_path / "one", workers=1)
    two = built(tmp_path / "elsewhere" / "copy", tmp_path / "two", workers=2)
    assert (one.digest, one.cases) == (two.digest, two.cases)


def test_other_content_or_other_rules_give_other_ids(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    first = built(warehouse, tmp_path / "a")
    other_rules = built(warehouse, tmp_path / "b", replace(RULES, negative_days=27))
    put_clinical(warehouse, "Covid9", NEGATIVE)
    other_content = built(warehouse, tmp_path / "c")
    for other in (other_rules, other_content):
        assert other.digest != first.digest
        assert not set(other.cases.case) & set(first.cases.case)


def test_what_a_container_sees_and_the_manifest_identify_nobody(tmp_path: Path) -> None:
    found = built(small_warehouse(tmp_path), tmp_path / "out")
    shown = list((found.folder / "cases").rglob("*.dcm"))
    assert len(shown) == 4
    content = b"".join(path.read_bytes() for path in [*shown, found.folder / "manifest.json"])
    for secret in ("covid1", "covid2", "trust a", "secret", "jane", "siemens", "xray", ROOT, str(tmp_path).lower()):
        assert secret.encode() not in content.lower()
    assert {path.parent.parent.name for path in shown} == {"cases"}


def test_modes_and_times_of_what_a_container_sees(tmp_path: Path) -> None:
    found = built(small_warehouse(tmp_path), tmp_path / "out")
    places = [found.folder / "cases", *(found.folder / "cases").rglob("*")]
    assert {(p.is_dir(), p.stat().st_mode & 0o777, p.stat().st_mtime_ns) for p in places} == {
        (True, 0o755, 0),
        (False, 0o644, 0),
    }
    assert (found.folder / "private").stat().st_mode & 0o777 == 0o700
    assert found.folder.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("unit", ["image", "study"])
def test_files_are_created_in_the_order_of_their_ids_and_not_of_the_patients(
    unit: str, workers: int, tmp_path: Path
) -> None:
    warehouse = small_warehouse(tmp_path)
    for number in range(5, 13):
        put_image(warehouse, f"Covid{number % 4 + 1}", number, study=number % 4 + 1)
    found = built(warehouse, tmp_path / "out", replace(RULES, case=unit), workers=workers)
    shown = sorted((found.folder / "cases").rglob("*.dcm"))
    inodes = [path.stat().st_ino for path in shown]
    assert len(inodes) == 12
    # One step back is allowed: a file system may come to the end of a block of inodes and go on in an earlier one.
    assert sum(one > after for one, after in pairwise(inodes)) <= 1
    sources = {found.folder / "cases" / row.case / row.file: row.source for row in load_sources(found.folder)}
    assert [sources[path] for path in shown] != sorted(sources.values())


def test_uids_are_kept_together_within_a_study_and_told_apart_between(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid1", 5, study=1)
    found = built(warehouse, tmp_path / "out")
    studies = {path: dcmread(path).StudyInstanceUID for path in (found.folder / "cases").rglob("*.dcm")}
    assert len(studies) == 5
    assert len(set(studies.values())) == 4


def test_all_images_of_a_study_are_one_case_where_the_unit_is_the_study(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid1", 5, study=1, ViewPosition="AP", SeriesDescription="")
    put_image(warehouse, "Covid1", 6, study=1, ViewPosition="LL")
    found = built(warehouse, tmp_path / "out", replace(RULES, case="study"))
    assert sorted(found.cases.files) == [1, 1, 1, 2]
    views = partition.load_truth(found.folder).attributes["view"].tolist()
    assert sorted(views) == ["AP+PA", "PA", "PA", "PA"]


def test_files_of_a_case_stand_in_the_order_of_their_new_uids_and_not_of_the_sources(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    for number in range(5, 11):
        put_image(warehouse, "Covid1", number, study=1)
    found = built(warehouse, tmp_path / "out", replace(RULES, case="study"))
    case = found.cases.case[found.cases.files.index(7)]
    uids = [dcmread(path).SOPInstanceUID for path in sorted((found.folder / "cases" / case).iterdir())]
    assert uids == sorted(uids)


def test_bad_files_cost_themselves_and_are_told_of_once_a_reason(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid1", 5, b"")
    put_image(warehouse, "Covid1", 6, b"")
    put_image(warehouse, "Covid1", 7, encode(dataset(7))[:-20])
    put_image(warehouse, "Covid8", 8)
    (warehouse / "validation" / "ct" / "Covid1" / "1.2" / "3").mkdir(parents=True)
    (warehouse / "validation" / "ct" / "Covid1" / "1.2" / "3" / "slice.dcm").write_bytes(b"never opened")
    (warehouse / "validation" / "data" / "Covid1" / "data_2021-01-01.json").write_text("{")
    lines: list[str] = []
    found = partition.build(
        warehouse, tmp_path / "out", RULES, strict=False, workers=1, progress=ignore_progress, warn=lines.append
    )
    assert len(found.cases.case) == 4
    assert left_out(found) == {
        "in ct/": 1,
        "zero bytes": 2,
        "truncated": 1,
        "no clinical record of the patient": 1,
    }
    assert sorted(line.split(", first")[0] for line in lines[1:]) == [
        "clinical file not a JSON object: 1",
        "no clinical record of the patient: 1",
        "truncated: 1",
        "zero bytes: 2",
    ]
    assert any(f"first xray/Covid1/{ROOT}5.1/" in line for line in lines)


def test_links_are_counted_and_told_of_and_never_followed(tmp_path: Path) -> None:
    warehouse, elsewhere = small_warehouse(tmp_path), tmp_path / "elsewhere"
    image = put_image(elsewhere, "Covid8", 8)
    xray, data = warehouse / "validation" / "xray", warehouse / "validation" / "data"
    (xray / "Covid8").symlink_to(image.parents[2])
    (xray / "Covid7").symlink_to(tmp_path / "nowhere")
    (xray / "Covid1" / f"{ROOT}1.1" / f"{ROOT}1.2" / "linked.dcm").symlink_to(image)
    (data / "Covid8").symlink_to(put_clinical(elsewhere, "Covid8", POSITIVE).parent)
    (data / "Covid1" / "data_2021-01-01.json").symlink_to(put_clinical(elsewhere, "Covid1", NEGATIVE))
    lines: list[str] = []
    found = built(warehouse, tmp_path / "out", warn=lines.append)
    linked = next(step for step in found.flow if step.reason == "symbolic link")
    assert (len(found.cases.case), linked.images, linked.patients) == (4, 3, 2)
    assert partition.load_truth(found.folder).label.sum() == 2
    assert [line.split(", first")[0] for line in lines[1:]] == ["symbolic link: 3", "clinical file symbolic link: 2"]
    with pytest.raises(UnreadableImage, match="symbolic link"):
        built(warehouse, tmp_path / "strict", strict=True)


def test_a_pipe_in_place_of_a_clinical_file_does_not_hang(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    os.mkfifo(warehouse / "validation" / "data" / "Covid1" / "data_2021-01-01.json")
    lines: list[str] = []
    found = built(warehouse, tmp_path / "out", warn=lines.append)
    assert len(found.cases.case) == 4
    assert lines[1:] == ["clinical file not a regular file: 1, first Covid1/data_2021-01-01.json"]


@pytest.mark.parametrize(("broken", "error"), [(True, UnreadableImage), (False, NoClinicalRecord)])
def test_strict_ends_the_build_with_nothing_written(broken: bool, error: type[Exception], tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid9", 9, b"" if broken else None)
    with pytest.raises(error):
        built(warehouse, tmp_path / "out", strict=True)
    assert entries(tmp_path) == {"warehouse"}


@pytest.mark.parametrize("when", ["reading images", "staging images"])
def test_after_ctrl_c_no_partition_is_there_and_the_next_build_goes_on(when: str, tmp_path: Path) -> None:
    def interrupt(what: str, done: int, total: int) -> None:
        if what == when and done == 2:
            raise KeyboardInterrupt

    warehouse = small_warehouse(tmp_path)
    with pytest.raises(Interrupted) as caught:
        partition.build(
            warehouse,
            tmp_path / "out",
            RULES,
            strict=False,
            workers=2,
            progress=interrupt,
            warn=lambda line: None,
        )
    (left,) = entries(tmp_path) - {"warehouse"}
    assert left.startswith(".out.")
    assert left in caught.value.what
    lines: list[str] = []
    whole = built(warehouse, tmp_path / "out", warn=lines.append)
    assert [line for line in lines if line.startswith("goes on from what a stopped build left behind: ")]
    assert entries(tmp_path) == {"warehouse", "out"}
    assert whole.digest == built(warehouse, tmp_path / "fresh").digest


def test_interrupted_before_anything_is_learned_it_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Interrupted), whole_or_nothing(tmp_path / "out", lambda line: None):
        raise KeyboardInterrupt
    assert entries(tmp_path) == set()


def test_a_folder_without_validation_is_refused_with_a_mend_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "warehouse" / "data").mkdir(parents=True)
    with pytest.raises(WarehouseError) as caught:
        built(tmp_path / "warehouse", tmp_path / "out")
    assert "validation/" in caught.value.what
    assert caught.value.mend
    assert entries(tmp_path) == {"warehouse"}


def test_a_warehouse_of_which_nothing_becomes_a_case_says_why(tmp_path: Path) -> None:
    put_image(tmp_path / "warehouse", "Covid1", 1)
    with pytest.raises(WarehouseError) as caught:
        built(tmp_path / "warehouse", tmp_path / "out")
    assert "no clinical record of the patient (1)" in caught.value.mend
    assert entries(tmp_path) == {"warehouse"}


def test_an_output_folder_with_something_in_it_is_refused_and_an_empty_one_taken(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    (tmp_path / "out").mkdir()
    built(warehouse, tmp_path / "out")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("something else")
    with pytest.raises(PartitionError, match="something in the output folder"):
        built(warehouse, tmp_path / "notes")
    assert entries(tmp_path / "notes") == {"mine.txt"}


@pytest.mark.parametrize(
    "place", ["", "part", "validation", "validation/xray/part", "validation/data/part", "link/x"]
)
def test_an_output_folder_in_the_warehouse_is_refused(place: str, tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    (warehouse / "validation" / "xray").rename(tmp_path / "disk")
    (warehouse / "validation" / "xray").symlink_to(tmp_path / "disk")
    (tmp_path / "warehouse" / "link").symlink_to(tmp_path / "disk")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(PartitionError) as caught:
        built(warehouse, warehouse / place)
    assert "lies in the warehouse" in caught.value.what
    assert "outside" in caught.value.mend
    assert sorted(tmp_path.rglob("*")) == before


def test_a_disk_that_refuses_is_a_storage_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        _fill_the_disk(tmp_path / "out")
    assert entries(tmp_path) == set()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        built(small_warehouse(tmp_path), tmp_path / "file" / "out")


def test_copies_within_a_patient_leave_the_first_and_between_patients_leave_none(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    again = encode(dataset(1, PatientID="Covid1"))
    put_image(warehouse, "Covid1", 5, again)
    same_picture = dataset(2, PatientID="Covid2", SOPInstanceUID=f"{ROOT}99.9")
    put_image(warehouse, "Covid2", 6, encode(same_picture))
    shared = dataset(3, PatientID="Covid4", SOPInstanceUID=f"{ROOT}98.9")
    put_image(warehouse, "Covid4", 7, encode(shared))
    found = built(warehouse, tmp_path / "out")
    assert left_out(found) == {
        "copy of an image: same SOP instance UID": 1,
        "copy of an image: same picture": 1,
        "same picture under several patients": 2,
    }
    assert {row.source.split("/")[2] for row in load_sources(found.folder)} == {f"{ROOT}{n}.1" for n in (1, 2, 4)}


def test_an_image_that_a_patient_without_a_label_has_too_is_nobodys(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid2", 5, SOPInstanceUID=f"{ROOT}1.3", AcquisitionDate="20180101")
    found = built(warehouse, tmp_path / "out")
    assert left_out(found)["same SOP instance UID under several patients"] == 1
    assert {row.pseudonym for row in load_sources(found.folder)} == {"Covid2", "Covid3", "Covid4"}


def test_copies_that_have_both_labels_have_none(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid1", 5, SOPInstanceUID=f"{ROOT}1.3", AcquisitionDate="20180101")
    rules = replace(RULES, before_window="negative", negative_until="2019-10-31")
    found = built(warehouse, tmp_path / "out", rules=rules)
    assert left_out(found) == {"copy of an image: same SOP instance UID": 2}


def test_pseudonyms_match_whatever_their_case(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "COVID1", 5)
    found = built(warehouse, tmp_path / "out")
    truth = load_case_table(found.folder)
    assert len(found.cases.case) == 5
    assert len(set(truth.patient.tolist())) == 4


def test_sex_and_age_come_from_the_record_then_the_image_then_the_patients_others(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse"
    put_image(warehouse, "Covid1", 1)
    put_clinical(warehouse, "Covid1", POSITIVE | {"Sex": "1", "Age": "30"})
    put_image(warehouse, "Covid2", 2, PatientSex="", PatientAge=None)
    put_image(warehouse, "Covid2", 3, PatientSex="M", PatientAge="081Y")
    put_clinical(warehouse, "Covid2", NEGATIVE)
    found = built(warehouse, tmp_path / "out")
    attributes = load_case_table(found.folder).attributes
    pairs = zip(attributes["sex"].tolist(), attributes["age"].tolist(), strict=True)
    assert sorted(pairs) == [("M", "30"), ("M", "81"), ("M", "81")]


def test_severity_is_that_of_the_day_and_unknown_where_two_readings_differ(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse"
    readings = {"Date of 1st CXR": "04/01/2020", "CXR severity": "1", "CXR severity 3": "3"}
    for number, second in ((1, "04/02/2020"), (2, "04/01/2020")):
        put_image(warehouse, f"Covid{number}", number)
        put_clinical(warehouse, f"Covid{number}", POSITIVE | readings | {"Date of 2nd CXR": second})
    found = built(warehouse, tmp_path / "out")
    assert sorted(partition.load_truth(found.folder).attributes["severity"].tolist()) == ["", "mild"]


def test_one_sites_spellings_are_one_site(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_clinical(warehouse, "Covid2", POSITIVE | {"SubmittingCentre": " TRUST  a "})
    found = built(warehouse, tmp_path / "out")
    sites = partition.load_truth(found.folder).attributes["site"].tolist()
    assert len(set(sites)) == 2


def test_the_flow_adds_up_from_all_images_to_the_cases(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid3", 5, b"")
    put_image(warehouse, "Covid3", 6, Modality="US")
    put_image(warehouse, "Covid3", 7, AcquisitionDate="20250101")
    flow = built(warehouse, tmp_path / "out").flow
    assert flow[0].images - sum(step.images for step in flow if not step.kept) == flow[-1].images == 4
    assert flow[0].studies - sum(step.studies for step in flow if not step.kept) == flow[-1].studies == 4
    assert flow[0].patients - sum(step.patients for step in flow if not step.kept) == flow[-1].patients == 4


def test_the_manifests_checksums_are_those_of_the_files(tmp_path: Path) -> None:
    found = built(small_warehouse(tmp_path), tmp_path / "out")
    partition.verify(found.folder, workers=2, progress=ignore_progress)
    path = next((found.folder / "cases").rglob("*.dcm"))
    assert hashlib.sha256(path.read_bytes()).hexdigest() in (found.folder / "manifest.json").read_text()


def test_an_unreadable_folder_is_an_error_and_not_an_empty_one() -> None:
    refuse_unreadable(FileNotFoundError(2, "No such file or directory", "ct"))
    with pytest.raises(WarehouseError, match="Permission denied"):
        refuse_unreadable(PermissionError(13, "Permission denied", "xray/Covid1"))


def test_a_build_without_the_warehouses_configuration_says_that_no_role_is_known(tmp_path: Path) -> None:
    warehouse, lines = small_warehouse(tmp_path), list[str]()
    built(warehouse, tmp_path / "first", warn=lines.append)
    assert lines == [
        "config.json cannot be read: which sites are split between training and validation stays unknown"
    ]
    (warehouse / "config.json").write_text('{"sites": {"split": ["trust a"]}}')
    found = built(warehouse, tmp_path / "second", warn=lines.append)
    assert len(lines) == 1
    assert sorted(load_case_table(found.folder).attributes["site_role"].tolist()) == ["", "", "split", "split"]


def test_a_mounted_disk_is_refused_before_anything_is_read() -> None:
    with pytest.raises(PartitionError, match="mounted disk"), whole_or_nothing(Path("/"), lambda line: None):
        pass


def test_of_two_builds_of_one_folder_the_second_to_end_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with (
        pytest.raises(PartitionError, match="something in the output folder"),
        _building(out),
        _building(out) as first,
    ):
        (first / "whole").touch()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["out", "private", "whole"]


def _building(out: Path) -> AbstractContextManager[Path]:
    return whole_or_nothing(out, lambda line: None)


def _fill_the_disk(out: Path) -> None:
    with whole_or_nothing(out, lambda line: None) as folder:
        (folder / "half").write_text("…")
        raise OSError(28, "No space left on device")
