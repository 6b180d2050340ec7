import hashlib
import json
from pathlib import Path

import pytest

from nccid_eval.errors import StorageError, WarehouseError
from nccid_eval.synthetic import SyntheticTruth, make_warehouse

SIZE = 64  # rows and columns: nothing here looks at pictures


def _quiet(_done: int, _all: int) -> None:
    pass


def _digests(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SyntheticTruth]:
    out = tmp_path_factory.mktemp("made") / "warehouse"
    return out, make_warehouse(out, patients=12, seed=5, workers=1, progress=_quiet, size=SIZE)


def test_the_same_seed_gives_the_same_bytes_whatever_the_workers(
    made: tuple[Path, SyntheticTruth], tmp_path: Path
) -> None:
    make_warehouse(tmp_path / "again", patients=12, seed=5, workers=2, progress=_quiet, size=SIZE)
    assert _digests(tmp_path / "again") == _digests(made[0])


def test_another_seed_gives_another_warehouse(made: tuple[Path, SyntheticTruth], tmp_path: Path) -> None:
    make_warehouse(tmp_path / "other", patients=2, seed=6, workers=1, progress=_quiet, size=SIZE)
    ours, theirs = _digests(made[0]), _digests(tmp_path / "other")
    assert {path for path in ours if ours[path] == theirs.get(path)} == {"config.json"}


def test_files_lie_where_nccid_has_them(made: tuple[Path, SyntheticTruth]) -> None:
    root, truth = made
    assert {path.name for path in root.iterdir()} == {
        "config.json",
        "synthetic-truth.json",
        "training",
        "validation",
    }
    for patient in truth.patients:
        files = sorted((root / patient.group / "data" / patient.pseudonym).glob("*.json"))
        assert files or "no_clinical_record" in patient.quirks
        for file in files:
            fields = {key.strip().casefold(): value for key, value in json.loads(file.read_bytes()).items()}
            assert fields["pseudonym"].strip().casefold() == patient.pseudonym.casefold()
        for image in patient.images:
            lonely = "metadata_orphaned" in patient.quirks
            assert (root / image.path).is_file() or lonely
            assert image.path.startswith(f"{patient.group}/xray/{patient.pseudonym}/") or "unknown" in image.path


def test_nothing_but_what_the_truth_names_is_there(made: tuple[Path, SyntheticTruth]) -> None:
    root, truth = made
    named = {image.path for patient in truth.patients for image in patient.images}
    assert {str(path.relative_to(root)) for path in root.rglob("*.dcm")} <= named


def test_the_truth_is_written_beside_the_warehouse(made: tuple[Path, SyntheticTruth]) -> None:
    root, truth = made
    written = json.loads((root / "synthetic-truth.json").read_text())
    assert written["seed"] == truth.seed == 5
    assert written["planted"]["subgroup"]["attribute"] == "sex"
    assert written["planted"]["confounded_site"] in {site["name"] for site in written["sites"]}
    assert len(written["patients"]) == len(truth.patients) == 12


def test_progress_is_told_up_to_the_last_patient(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    make_warehouse(
        tmp_path / "w", patients=11, seed=1, workers=1, progress=lambda done, of: told.append((done, of)), size=SIZE
    )
    assert told == [(10, 11), (11, 11)]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(WarehouseError, match="not empty") as caught:
        make_warehouse(tmp_path, patients=1, seed=1, workers=1, progress=_quiet)
    assert caught.value.mend
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    make_warehouse(tmp_path / "empty", patients=1, seed=1, workers=1, progress=_quiet)
    assert (tmp_path / "empty" / "config.json").is_file()


@pytest.mark.parametrize(("patients", "seed", "workers"), [(0, 1, 1), (1, -1, 1), (1, 1, 0)])
def test_numbers_without_sense_are_refused(tmp_path: Path, patients: int, seed: int, workers: int) -> None:
    with pytest.raises(WarehouseError):
        make_warehouse(tmp_path / "w", patients=patients, seed=seed, workers=workers, progress=_quiet)


def test_a_refusing_disk_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        make_warehouse(tmp_path / "file" / "w", patients=1, seed=1, workers=1, progress=_quiet)
    assert caught.value.mend


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    def stop(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_warehouse(tmp_path / "w", patients=1, seed=1, workers=1, progress=stop)
    assert list(tmp_path.iterdir()) == []
