import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from partition_factory import RULES, ignore_progress, small_warehouse

from nccid_eval import partition
from nccid_eval.errors import PartitionError
from nccid_eval.partition.built.manifest import load_case_table
from nccid_eval.records import Partition


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Partition:
    root = tmp_path_factory.mktemp("pristine")
    return partition.build(
        small_warehouse(root),
        root / "out",
        RULES,
        strict=False,
        workers=1,
        progress=ignore_progress,
        warn=lambda line: None,
    )


@pytest.fixture
def folder(pristine: Partition, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine.folder, tmp_path / "copy"))


def first_image(folder: Path) -> Path:
    return sorted((folder / "cases").rglob("*.dcm"))[0]


def test_what_is_loaded_is_what_was_built(pristine: Partition) -> None:
    loaded = partition.load(pristine.folder)
    assert loaded == pristine
    assert loaded.rules.target == RULES.target
    assert loaded.warehouse == "warehouse"
    assert loaded.cases.case == tuple(sorted(path.name for path in (pristine.folder / "cases").iterdir()))


def change(folder: Path) -> None:
    first_image(folder).write_bytes(first_image(folder).read_bytes()[:-1] + b"!")


def remove(folder: Path) -> None:
    first_image(folder).unlink()


def add(folder: Path) -> None:
    (folder / "cases" / "label.txt").write_text("1")


def link(folder: Path) -> None:
    path = first_image(folder)
    path.rename(folder / "moved")
    path.symlink_to(folder / "moved")
    (folder / "private" / "sources.csv").unlink()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (change, ["changed: cases/"]),
        (remove, ["missing: cases/"]),
        (add, ["extra: cases/label.txt"]),
        (link, ["changed: cases/", "extra: moved", "missing: private/sources.csv"]),
    ],
)
def test_verify_names_what_is_not_as_it_was_built(
    harm: Callable[[Path], None], words: list[str], folder: Path
) -> None:
    harm(folder)
    with pytest.raises(PartitionError) as caught:
        partition.verify(folder, workers=2, progress=ignore_progress)
    assert all(word in caught.value.what for word in words)


def test_a_sealed_copy_beside_the_cases_is_no_part_of_them(folder: Path) -> None:
    (folder / "sealed").mkdir()
    (folder / "sealed" / "cases.sqsh").write_bytes(b"hsqs")
    partition.verify(folder, workers=2, progress=ignore_progress)


def mounted_copy(folder: Path) -> Path:
    """What a container would be given: the cases, and the empty list."""
    copy = Path(shutil.copytree(folder / "cases", folder.parent / "mounted"))
    (copy / "cases.json").touch()
    return copy


def test_a_sealed_input_with_the_partition_s_cases_holds(folder: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    partition.verify_sealed(folder, mounted_copy(folder), workers=2, progress=lambda *told: seen.append(told))
    assert len(seen) == len(list((folder / "cases").rglob("*.dcm")))


@pytest.mark.parametrize("wrong", ["changed", "missing", "extra"])
def test_a_sealed_input_with_other_files_does_not(folder: Path, wrong: str) -> None:
    copy = mounted_copy(folder)
    image = sorted(copy.rglob("*.dcm"))[0]
    if wrong == "changed":
        image.write_bytes(b"another image")
    elif wrong == "missing":
        image.unlink()
    else:
        (copy / "truth.csv").write_text("label")
    with pytest.raises(PartitionError, match=f"{wrong}: ") as caught:
        partition.verify_sealed(folder, copy, workers=2, progress=ignore_progress)
    assert str(folder / "sealed") in caught.value.mend


def test_an_edited_manifest_is_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    document["flow"][0]["images"] += 1
    path.write_text(json.dumps(document))
    with pytest.raises(PartitionError, match="changed since it was written"):
        partition.load(folder)


def test_a_manifest_of_another_version_says_so_and_how_to_mend_it(folder: Path) -> None:
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    del document["rules"]["case"]
    parts = {name: document[name] for name in ("format", "rules", "cases", "flow", "files")}
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    document["digest"] = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps(document))
    with pytest.raises(PartitionError, match="built by another version of this software: the key 'case'") as caught:
        partition.load(folder)
    assert caught.value.mend == "build the partition again"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "nccid-partition/9"}', "[" * 100_000])
def test_what_is_no_manifest_is_refused(content: str, folder: Path) -> None:
    (folder / "manifest.json").write_text(content)
    with pytest.raises(PartitionError):
        partition.load(folder)


def test_a_folder_without_a_manifest_is_no_partition(tmp_path: Path) -> None:
    with pytest.raises(PartitionError, match="no partition here"):
        partition.load(tmp_path)


def test_an_edited_label_is_refused(folder: Path) -> None:
    path = folder / "private" / "truth.csv"
    path.write_text(path.read_text().replace(",1,", ",0,", 1))
    with pytest.raises(PartitionError, match="was changed since it was built"):
        partition.load_truth(folder)


def test_age_in_years_is_for_eligibility_and_no_attribute_that_scoring_splits_by(pristine: Partition) -> None:
    assert "age" in load_case_table(pristine.folder).attributes
    assert "age" not in partition.load_truth(pristine.folder).attributes
    assert "age_band" in partition.load_truth(pristine.folder).attributes


def test_the_description_counts_labels_and_levels(pristine: Partition) -> None:
    found = partition.describe(pristine)
    assert found["labels"] == {"positive": 2, "negative": 2}
    assert found["by"]["site"] == {
        "Trust A": {"positive": 2, "negative": 0},
        "Trust B": {"positive": 0, "negative": 2},
    }
    assert found["flow"][0]["images"] == 4
    assert json.loads(json.dumps(found)) == found
