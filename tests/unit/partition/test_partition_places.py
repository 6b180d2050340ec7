"""What every place of a warehouse does alike, be it a folder of this machine or a bucket."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from partition_s3 import Bucket

from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.warehouse import Entry, Place, WarehouseFile, read_ahead, survey
from nccid_eval.partition.warehouse.folder import FolderPlace
from nccid_eval.partition.warehouse.names import name_fault, printable

Fill = Callable[[Mapping[str, bytes]], Place]
ODD = ("a b", "a+b%2Fc", "Ünï", "a?versionId=1", "COVID1", "Covid1", "a.b", "a-b", "~", "'\"&<>", "x" * 200)
FOUL = {
    "validation/xray/Covid1/s/t/a\x1b[31m.dcm": r"xray/Covid1/s/t/a\x1b[31m.dcm",
    "validation/xray/Covid1/s/t/a\\..\\b.dcm": r"xray/Covid1/s/t/a\\..\\b.dcm",
    "validation/xray/Covid1/s/t/a\tb.dcm": r"xray/Covid1/s/t/a\tb.dcm",
    "validation/xray/Covid1/s/t/a\u202eb.dcm": r"xray/Covid1/s/t/a\u202eb.dcm",
}


@pytest.fixture(params=["folder", "s3"])
def fill(request: pytest.FixtureRequest, tmp_path: Path) -> Fill:
    """Makes a place of files."""

    def folder(files: Mapping[str, bytes]) -> Place:
        for name, content in files.items():
            path = tmp_path / "warehouse" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return FolderPlace(root=tmp_path / "warehouse")

    def s3(files: Mapping[str, bytes]) -> Place:
        bucket: Bucket = request.getfixturevalue("bucket")
        for name, content in files.items():
            bucket.put(f"warehouse/{name}", content)
        return bucket.place()

    return folder if request.param == "folder" else s3


def listed(place: Place, folder: str) -> dict[str, Entry]:
    return {entry.name: entry for entry in place.entries(folder)}


def test_it_is_called_by_its_last_part(fill: Fill) -> None:
    place = fill({"validation/data/a": b"1"})
    assert place.name == "warehouse"
    assert place.where.endswith("/warehouse")


def test_a_folder_is_there_when_something_lies_in_it_and_not_when_its_name_only_begins_so(fill: Fill) -> None:
    place = fill({"validation/data/a": b"1", "training-old/b": b"2"})
    assert place.has("validation")
    assert place.has("validation/data")
    assert not place.has("training")
    assert not place.has("validation/xray")


def test_entries_are_all_files_below_a_folder_with_their_sizes_and_no_others(fill: Fill) -> None:
    place = fill({"v/xray/p/s/t/i.dcm": b"123", "v/xray/j": b"", "v/xray-metadata/m": b"1", "w/xray/k": b"1"})
    assert {name: entry.size for name, entry in listed(place, "v/xray").items()} == {
        "v/xray/p/s/t/i.dcm": 3,
        "v/xray/j": 0,
    }
    assert listed(place, "v/ct") == {}


def test_hidden_files_and_all_in_hidden_folders_are_left_out(fill: Fill) -> None:
    place = fill({"v/.DS_Store": b"1", "v/.snapshot/p/i": b"1", "v/p/._i": b"1", "v/p/i": b"1"})
    assert set(listed(place, "v")) == {"v/p/i"}


@pytest.mark.parametrize("odd", ODD)
def test_odd_names_are_themselves(odd: str, fill: Fill) -> None:
    place = fill({f"v/{odd}/{odd}": odd.encode()})
    (entry,) = place.entries("v")
    assert entry.name == f"v/{odd}/{odd}"
    assert WarehouseFile(place=place, name=entry.name, version=entry.version).read() == odd.encode()


def test_names_that_differ_in_case_are_two_files_of_one_patient(fill: Fill) -> None:
    place = fill({"validation/xray/COVID1/s/t/i": b"1", "validation/xray/Covid1/s/t/i": b"2"})
    images = survey(place, ("DX",)).images
    assert [image.file.read() for image in images] == [b"1", b"2"]
    assert {image.patient for image in images} == {"covid1"}


@pytest.mark.parametrize(("foul", "shown"), FOUL.items())
def test_a_foul_name_is_counted_shown_escaped_and_never_read(foul: str, shown: str, fill: Fill) -> None:
    (image,) = survey(fill({foul: b"1"}), ("DX",)).images
    assert image.name == shown
    with pytest.raises(Refused, match="control character or a backslash"):
        image.file.read()


def test_what_is_empty_is_refused(fill: Fill) -> None:
    with pytest.raises(Refused, match="zero bytes"):
        fill({"v/a": b""}).read("v/a")


def test_what_is_not_there_and_was_not_listed_cannot_be_read(fill: Fill) -> None:
    place = fill({"v/a": b"1"})
    with pytest.raises(Refused, match="cannot be read"):
        place.read("config.json")


def test_many_are_read_in_their_order_and_each_refusal_stands_in_its_place(fill: Fill) -> None:
    files = {f"v/{number:02d}": b"" if number == 7 else str(number).encode() for number in range(40)}
    place = fill(files)
    read = list(read_ahead([WarehouseFile(place=place, name=name) for name in files]))
    assert [one.reason if isinstance(one, Refused) else one for one in read] == [
        content or "zero bytes" for content in files.values()
    ]


def test_it_travels_to_another_process_and_reads_there(fill: Fill) -> None:
    file = WarehouseFile(place=fill({"v/a": b"content"}), name="v/a")
    again = pickle.loads(pickle.dumps(file))
    assert again == file
    assert again.read() == b"content"


def test_files_are_in_the_order_of_their_parts_wherever_they_lie(fill: Fill) -> None:
    names = ["xray/a-b/s/t/i", "xray/a/s/t/i", "xray/a.b/s/t/i", "xray/B/s/t/i", "xray/a/s/t-/i"]
    place = fill({f"validation/{name}": b"1" for name in names})
    assert [image.name for image in survey(place, ("DX",)).images] == [
        "xray/B/s/t/i",
        "xray/a/s/t/i",
        "xray/a/s/t-/i",
        "xray/a-b/s/t/i",
        "xray/a.b/s/t/i",
    ]


@pytest.mark.parametrize("name", ["", "/a", "a//b", "a/", "a/../b", "./a", "a\0b", "a\\b", "a\u2028b", "\udcff"])
def test_names_with_a_fault(name: str) -> None:
    assert name_fault(name)


def test_printable_names_stay_apart() -> None:
    foul = ["a\x1bb", r"a\x1bb", r"a\\x1bb", "a\\", "\udcff", "a\nb", r"a\nb"]
    assert len({printable(one) for one in foul}) == len(foul)
    assert all(printable(one).isprintable() for one in foul)
    assert [printable(one) for one in ODD] == list(ODD)
