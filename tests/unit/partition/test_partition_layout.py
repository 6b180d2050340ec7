"""What counts as an image, whose it is, and what counts as a clinical file."""

from __future__ import annotations

import os
import socket
from collections import Counter
from contextlib import chdir
from pathlib import Path

import pytest
from partition_factory import RULES, ignore_progress, left_out, put_image, small_warehouse

from nccid_eval import partition
from nccid_eval.errors import WarehouseError
from nccid_eval.partition.building.addresses import content_of
from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.warehouse import Layout, open_place, survey

IMAGE = "xray/Covid1/study/series/image"


def laid_out(root: Path, *names: str, modalities: tuple[str, ...] = ("DX", "CR")) -> Layout:
    for name in names:
        path = root / "validation" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"content")
    return survey(open_place(str(root)), modalities)


@pytest.mark.parametrize("name", ["image.dcm", "image.DCM", "image", "IMG.1.2.3", "image.dcm.gz", "report.txt"])
def test_a_file_is_an_image_whatever_its_name_ends_in(name: str, tmp_path: Path) -> None:
    (image,) = laid_out(tmp_path, f"xray/Covid1/study/series/{name}").images
    assert (image.patient, image.study, image.series) == ("covid1", "study", "series")
    assert not image.misplaced


@pytest.mark.parametrize(
    "hidden", [".DS_Store", "Covid1/study/series/._image.dcm", ".snapshot/Covid1/study/series/i.dcm"]
)
def test_hidden_files_and_folders_are_not_there(hidden: str, tmp_path: Path) -> None:
    layout = laid_out(tmp_path, IMAGE, f"xray/{hidden}", f"ct/{hidden}", f"data/{hidden}.json")
    assert [image.name for image in layout.images] == [IMAGE]
    assert layout.elsewhere == {"ct": Counter(), "mri": Counter(), "unknown": Counter()}
    assert layout.clinical == ()


@pytest.mark.parametrize(
    ("name", "patient"),
    [
        ("xray/i", ""),
        ("xray/Covid1/i", "covid1"),
        ("xray/Covid1/study/i", "covid1"),
        ("xray/Covid1/study/series/deeper/i", "covid1"),
    ],
)
def test_a_file_that_is_too_high_or_too_deep_is_misplaced_and_counted_with_its_patient(
    name: str, patient: str, tmp_path: Path
) -> None:
    (image,) = laid_out(tmp_path, name).images
    assert image.misplaced
    assert image.patient == patient


def test_a_vast_file_is_never_read(tmp_path: Path) -> None:
    layout = laid_out(tmp_path, IMAGE)
    os.truncate(tmp_path / "validation" / IMAGE, 3 * 2**30)  # no block of it is on the disk
    with pytest.raises(Refused, match="larger than 2 GiB"):
        layout.images[0].file.read()


def test_what_is_no_file_is_refused_by_what_it_is_and_never_waited_for(tmp_path: Path) -> None:
    laid_out(tmp_path, IMAGE)
    place = tmp_path / "validation" / "xray"
    with chdir(place), socket.socket(socket.AF_UNIX) as listening:  # the path of a socket has to be short
        listening.bind("a socket")
    os.mkfifo(place / "a pipe")
    (place / "a link").symlink_to("a link")
    (place / "linked").symlink_to(tmp_path / "validation" / IMAGE)
    (place / "linked folder").symlink_to(place)
    found = {source.name.removeprefix("xray/"): content_of(source.file) for source in laid_out(tmp_path).images}
    assert {name: told for name, told in found.items() if told.startswith("refused: ")} == {
        "a pipe": "refused: not a regular file",
        "a socket": "refused: not a regular file",
        "a link": "refused: symbolic link",
        "linked": "refused: symbolic link",
        "linked folder": "refused: symbolic link",
    }


def test_vast_json_is_never_read(tmp_path: Path) -> None:
    """What it holds would take many times its size, and clinical files are read where the build runs."""
    small, vast = "data/Covid1/data_2020-12-31.json", "data/Covid1/data_2021-12-31.json"
    beside = IMAGE.replace("xray/", "xray-metadata/") + ".json"
    laid_out(tmp_path, IMAGE, small, vast, beside)
    for name in (vast, beside):
        os.truncate(tmp_path / "validation" / name, 4 * 2**20 + 1)
    layout = survey(open_place(str(tmp_path)), ("DX",), metadata=True)
    (_, first), (_, second) = layout.clinical
    assert first.read() == b"content"
    assert layout.images[0].metadata is not None
    for file in (second, layout.images[0].metadata):
        with pytest.raises(Refused, match="larger than 4 MiB"):
            file.read()


def test_a_folder_without_end_is_one_misplaced_file(tmp_path: Path) -> None:
    laid_out(tmp_path, IMAGE)
    place = os.open(tmp_path / "validation/xray/Covid1", os.O_RDONLY)
    for _ in range(60):
        os.mkdir("d", dir_fd=place)
        inner = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)
    deep, image = laid_out(tmp_path).images
    assert (deep.misplaced, deep.patient, image.name) == (True, "covid1", IMAGE)
    with pytest.raises(Refused, match="not a regular file"):
        deep.file.read()


def test_a_misplaced_image_is_left_out_with_its_reason_though_it_is_sound(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    path = put_image(warehouse, "Covid1", 5)
    path.rename(path.parents[1] / path.name)
    found = partition.build(
        warehouse,
        tmp_path / "out",
        RULES,
        strict=False,
        workers=1,
        progress=ignore_progress,
        warn=lambda line: None,
    )
    assert left_out(found) == {"not in a folder <patient>/<study>/<series>": 1}


def test_a_linked_folder_is_one_image_of_its_patient_and_not_entered(tmp_path: Path) -> None:
    laid_out(tmp_path, IMAGE)
    folder = tmp_path / "validation" / "xray"
    (folder / "Covid2").symlink_to(folder / "Covid1")
    (folder / "Covid1" / "other study").symlink_to(folder / "Covid1" / "study")
    layout = survey(open_place(str(tmp_path)), ("DX",))
    assert {image.name: image.patient for image in layout.images} == {
        IMAGE: "covid1",
        "xray/Covid1/other study": "covid1",
        "xray/Covid2": "covid2",
    }


def test_metadata_is_no_image_and_other_modalities_are_counted_by_study(tmp_path: Path) -> None:
    layout = laid_out(
        tmp_path,
        IMAGE,
        "xray-metadata/Covid1/study/series/image.json",
        "ct/Covid1/scan/series/1.dcm",
        "ct/Covid1/scan/series/2.dcm",
        "unknown/Covid3/study/series/i",
    )
    assert [image.name for image in layout.images] == [IMAGE]
    assert layout.elsewhere == {
        "ct": Counter({("covid1", "scan"): 2}),
        "mri": Counter(),
        "unknown": Counter({("covid3", "study"): 1}),
    }


def test_each_modality_has_its_folder(tmp_path: Path) -> None:
    layout = laid_out(tmp_path, IMAGE, "ct/Covid1/s/t/i", "mri/Covid1/s/t/i", modalities=("CT", "MR"))
    assert [image.name for image in layout.images] == ["ct/Covid1/s/t/i", "mri/Covid1/s/t/i"]
    assert layout.elsewhere == {"xray": Counter({("covid1", "study"): 1}), "unknown": Counter()}


def test_clinical_files_are_json_by_whatever_case_with_their_folders_pseudonym(tmp_path: Path) -> None:
    layout = laid_out(tmp_path, IMAGE, "data/Covid1/a.json", "data/covid2/B.JSON", "data/Covid1/c.csv", "data/d.json")
    assert [(pseudonym, file.name) for pseudonym, file in layout.clinical] == [
        ("Covid1", "validation/data/Covid1/a.json"),
        ("covid2", "validation/data/covid2/B.JSON"),
        ("data", "validation/data/d.json"),
    ]


def test_a_name_that_is_no_text_is_shown_escaped_and_refused(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    path = put_image(warehouse, "Covid1", 5)
    path.rename(path.parent / "\udcff\x1b[2J.dcm")
    data = warehouse / "validation" / "data" / "Covid1"
    (data / "data_\udcfe.json").write_text("{}")
    warnings: list[str] = []
    found = partition.build(
        warehouse, tmp_path / "out", RULES, strict=False, workers=1, progress=ignore_progress, warn=warnings.append
    )
    assert left_out(found) == {"name with a control character or a backslash": 1}
    assert all(line.isprintable() for line in warnings)
    assert any(r"\udcff\x1b[2J.dcm" in line for line in warnings)
    assert any(r"Covid1/data_\udcfe.json" in line for line in warnings)


def test_a_part_without_images_of_the_modality_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="no file under validation/mri/"):
        laid_out(tmp_path, IMAGE, modalities=("MR",))
