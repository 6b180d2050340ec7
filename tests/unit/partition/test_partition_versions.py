"""The next version of a partition: nothing changed, something changed, and what it was."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from partition_factory import (
    POSITIVE,
    RULES,
    dataset,
    encode,
    ignore_progress,
    put_clinical,
    put_image,
    small_warehouse,
)

from nccid_eval import partition
from nccid_eval.errors import PartitionError
from nccid_eval.partition.building.versions import code_digest
from nccid_eval.partition.built.difference import difference
from nccid_eval.records import Partition, PartitionRules

ELSEWHERE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from nccid_eval import partition
from partition_factory import RULES, ignore_progress
partition.build(
    sys.argv[2], Path(sys.argv[3]), RULES, strict=False, workers=3, progress=ignore_progress, warn=lambda line: None
)
"""


def built(
    warehouse: Path,
    out: Path,
    rules: PartitionRules = RULES,
    *,
    strict: bool = False,
    earlier: Path | None = None,
    told: list[str] | None = None,
) -> Partition:
    return partition.build(
        warehouse,
        out,
        rules,
        strict=strict,
        workers=1,
        progress=ignore_progress,
        warn=lambda line: None,
        tell=(told if told is not None else []).append,
        earlier=earlier,
    )


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def traces(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.lstat().st_ino, path.lstat().st_ctime_ns) for path in (folder, *folder.rglob("*"))}


def test_another_machine_another_order_other_times_zone_and_workers_give_the_same_bytes(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid1", 5, b"")
    other = tmp_path / "elsewhere" / "warehouse"
    for path in sorted(warehouse.rglob("*"), reverse=True):  # the last is made first
        if path.is_file():
            copy = other / path.relative_to(warehouse)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            os.utime(copy, (1e9, 1e9))
    one = built(warehouse, tmp_path / "one").folder
    command = [sys.executable, "-c", ELSEWHERE, str(Path(__file__).parent), str(other), str(tmp_path / "two")]
    surroundings = {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    subprocess.run(command, env=dict(os.environ) | surroundings, check=True)
    assert files(one) == files(tmp_path / "two")


def test_nothing_changed_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid1", 5, b"not DICOM")
    put_image(warehouse, "Covid2", 6, b"")
    first = built(warehouse, tmp_path / "out")
    before = traces(tmp_path)
    told: list[str] = []
    assert built(warehouse, tmp_path / "out", told=told) == first
    assert [line.split(":")[0] for line in told] == ["unchanged"]
    assert traces(tmp_path) == before
    with pytest.raises(PartitionError, match="leaves out faulty images"):
        built(warehouse, tmp_path / "out", strict=True)


def another_image(warehouse: Path) -> None:
    put_image(warehouse, "Covid1", 5)


def another_pixel(warehouse: Path) -> None:
    path = put_image(warehouse, "Covid1", 1)
    path.write_bytes(path.read_bytes()[:-1] + b"\7")


def another_record(warehouse: Path) -> None:
    put_clinical(warehouse, "Covid1", POSITIVE | {"Sex": "1"})


def another_name(warehouse: Path) -> None:
    study = put_image(warehouse, "Covid1", 1).parents[1]
    study.rename(study.with_name("1.2"))


def another_fault(warehouse: Path) -> None:
    path = put_image(warehouse, "Covid1", 9, b"")
    path.unlink()
    path.symlink_to("nowhere")


def another_ct(warehouse: Path) -> None:
    (warehouse / "validation" / "ct" / "Covid1" / "1.2" / "3").mkdir(parents=True)
    (warehouse / "validation" / "ct" / "Covid1" / "1.2" / "3" / "slice.dcm").write_bytes(b"never opened")


@pytest.mark.parametrize(
    "change", [another_image, another_pixel, another_record, another_name, another_fault, another_ct]
)
def test_a_change_in_the_warehouse_is_seen_and_told_with_what_to_do(change: Any, tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid1", 9, b"")
    first = built(warehouse, tmp_path / "out")
    before = traces(tmp_path / "out")
    change(warehouse)
    with pytest.raises(PartitionError, match="the warehouse changed since") as caught:
        built(warehouse, tmp_path / "out")
    assert f"--from {tmp_path / 'out'}" in caught.value.mend
    assert traces(tmp_path / "out") == before
    assert built(warehouse, tmp_path / "next", earlier=tmp_path / "out").digest != first.digest


def test_other_rules_are_seen_and_other_code_too(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    built(warehouse, tmp_path / "out")
    with pytest.raises(PartitionError, match="the rules changed since"):
        built(warehouse, tmp_path / "out", replace(RULES, negative_days=27))
    built(warehouse, tmp_path / "out", replace(RULES, modalities=("CR", "DX")))  # the same in another order
    assert code_digest({"pydicom": "3.0.1"}) != code_digest({"pydicom": "3.0.2"})


def test_what_an_earlier_version_knows_is_used_again_and_gives_the_same(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    built(warehouse, tmp_path / "old")
    put_image(warehouse, "Covid3", 5)
    told: list[str] = []
    found = built(warehouse, tmp_path / "new", earlier=tmp_path / "old", told=told)
    assert told == ["4 of 5 images are those of an earlier build: not inspected again"]
    assert files(found.folder) == files(built(warehouse, tmp_path / "fresh").folder)
    (tmp_path / "old" / "private" / "ledger.jsonl").write_text("{}\n")
    with pytest.raises(PartitionError, match="was changed since it was built"):
        built(warehouse, tmp_path / "forged", earlier=tmp_path / "old")


def test_libraries_are_recorded_and_no_part_of_the_digest(tmp_path: Path) -> None:
    folder = built(small_warehouse(tmp_path), tmp_path / "out").folder
    document = json.loads((folder / "manifest.json").read_text())
    assert set(document["versions"]) >= {"nccid_eval", "pydicom", "numpy"}
    for name in ("versions", "warehouse", "kept"):
        (folder / "manifest.json").write_text(json.dumps(document | {name: {"nccid_eval": "0"}}))
        assert partition.load(folder).digest == document["digest"]
    (folder / "manifest.json").write_text(json.dumps(document))
    (folder / "private" / "ledger.jsonl").write_text("{}\n")
    with pytest.raises(PartitionError, match=r"changed: private/ledger\.jsonl"):
        partition.verify(folder, workers=1, progress=ignore_progress)


def test_the_difference_names_what_changed_by_opaque_ids(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    old = built(warehouse, tmp_path / "old")
    put_image(warehouse, "Covid1", 5)  # added
    shutil.rmtree(warehouse / "validation" / "data" / "Covid2")  # removed
    put_clinical(
        warehouse, "Covid3", POSITIVE | {"SubmittingCentre": "Trust B"}, "data_2021-01-31.json"
    )  # relabelled
    put_image(warehouse, "Covid4", 4, encode(dataset(77, PatientID="Covid4", PatientSex="M")))  # another picture
    new = built(warehouse, tmp_path / "new", replace(RULES, negative_days=27))
    found = difference(old.folder, new.folder)
    assert not found.same
    assert found.rules == {"negative_days": (28, 27)}
    assert found.flow == {"clinical record: no clinical record of the patient": (0, 1)}
    assert found.counts == {"patients": (4, 3), "positive cases": (2, 3)}
    changes = {(one.what, one.sources[0].split("/")[1]): one for one in found.cases}
    assert set(changes) == {
        ("added", "Covid1"),
        ("removed", "Covid2"),
        ("relabelled", "Covid3"),
        ("files", "Covid4"),
        ("sex", "Covid4"),
    }
    assert changes["relabelled", "Covid3"].before in old.cases.case
    assert changes["relabelled", "Covid3"].after in new.cases.case
    assert (changes["removed", "Covid2"].after, changes["added", "Covid1"].before) == ("", "")


def test_two_builds_of_the_same_do_not_differ_and_a_regrouped_case_is_another(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid1", 5, study=1)
    one, two = built(warehouse, tmp_path / "one"), built(warehouse, tmp_path / "two")
    same = difference(one.folder, two.folder)
    assert (same.same, same.rules, same.counts, same.flow, same.cases, same.versions) == (True, {}, {}, {}, (), {})
    studies = built(warehouse, tmp_path / "studies", replace(RULES, case="study"))
    found = difference(one.folder, studies.folder)
    assert sorted(change.what for change in found.cases) == ["added", "removed", "removed"]
    assert found.counts == {"cases": (5, 4), "positive cases": (3, 2)}


def test_the_command_tells_the_difference_without_a_pseudonym_unless_asked(tmp_path: Path) -> None:
    warehouse = small_warehouse(tmp_path)
    built(warehouse, tmp_path / "old")
    put_clinical(warehouse, "Covid3", POSITIVE, "data_2021-01-31.json")
    built(warehouse, tmp_path / "new")

    def told(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "nccid_eval.cli", "partition", "diff", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    plain, named = told("old", "new"), told("old", "new", "--names", "--json")
    assert (plain.returncode, named.returncode, told("old", "old").returncode) == (1, 1, 0)
    assert "case       relabelled: 1" in plain.stdout
    assert "count      positive cases: 2 -> 3" in plain.stdout
    assert "Covid" not in plain.stdout
    assert json.loads(named.stdout)["cases"][0]["sources"][0].startswith("xray/Covid3/")
