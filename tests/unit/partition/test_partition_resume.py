"""A build that is killed at any moment leaves nothing or a whole partition, and the next one goes on from it."""

import json
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from partition_factory import RULES, at, ignore_progress, put_image, small_warehouse

from nccid_eval import partition
from nccid_eval.partition.building.addresses import content_of
from nccid_eval.partition.building.ledger import Ledger
from nccid_eval.partition.building.reading import Reading, read
from nccid_eval.partition.building.staging_plan import Restaging, restage
from nccid_eval.partition.dicom import Inspection, InspectionTask, inspect
from nccid_eval.partition.staging import Staged, StagingTask

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from nccid_eval import partition
from partition_factory import RULES

def build(point, warehouse, out):
    def die(here):
        if here == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def listen(event, args):
        if event == "os.rename" and str(args[1]) == str(out):
            die("before its name")
        elif event == "os.rename" and "/cases/" in str(args[1]):
            die("moving")
        elif event == "open" and str(args[0]).endswith("manifest.json") and out.name in str(args[0]):
            die("manifest")
        elif event == "open" and str(args[0]) == str(out.parent):
            die("after its name")  # and before the folder that holds it is flushed

    sys.addaudithook(listen)
    progress = lambda what, done, total: die(f"{what} {done}")
    partition.build(
        warehouse, out, RULES, strict=False, workers=1, progress=progress, warn=lambda line: None
    )

from nccid_eval.partition.building import steps
children = []
for point, out in zip(sys.argv[3::2], sys.argv[4::2]):
    children.append(os.fork())
    if not children[-1]:
        build(point, Path(sys.argv[2]), Path(out))
        os._exit(0)
for child in children:
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
POINTS = ("reading images 2", "staging images 2", "moving", "manifest", "before its name", "after its name")


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Path]]:
    """A warehouse, and for each point the output of a build that was killed there."""
    root = tmp_path_factory.mktemp("killed")
    warehouse = small_warehouse(root)
    (warehouse / "config.json").write_text('{"sites": {}}')
    outs = {point: root / str(number) / "out" for number, point in enumerate(POINTS)}
    pairs = [text for point, out in outs.items() for text in (point, str(out))]
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(warehouse), *pairs]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["-9"] * len(POINTS), ended.stderr
    return warehouse, outs


@pytest.fixture(scope="module")
def reference(killed: tuple[Path, dict[str, Path]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    warehouse, _ = killed
    return files(built(warehouse, tmp_path_factory.mktemp("reference") / "out", []))


def built(warehouse: Path, out: Path, lines: list[str]) -> Path:
    return partition.build(
        warehouse,
        out,
        RULES,
        strict=False,
        workers=1,
        progress=ignore_progress,
        warn=lines.append,
        tell=lines.append,
    ).folder


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_build_is_gone_on_with_and_gives_the_same(
    point: str, killed: tuple[Path, dict[str, Path]], reference: dict[str, bytes]
) -> None:
    warehouse, outs = killed
    out = outs[point]
    whole = point == "after its name"
    assert out.exists() == whole
    lines: list[str] = []
    built(warehouse, out, lines)
    assert files(out) == reference
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    inodes = [path.stat().st_ino for path in sorted((out / "cases").rglob("*.dcm"))]
    assert sum(one > after for one, after in pairwise(inodes)) <= 1  # made in the order of the ids, as in one go
    if whole:
        (line,) = lines
        assert line.startswith("unchanged: ")
        return
    inspected = 2 if point == POINTS[0] else 4
    assert lines[0].startswith("goes on from what a stopped build left behind: ")
    assert lines[1:] == [f"{inspected} of 4 images are those of an earlier build: not inspected again"]


def test_what_was_staged_is_kept_where_it_still_is_what_was_written_and_staged_again_where_not(
    tmp_path: Path,
) -> None:
    task = StagingTask(
        source=at(tmp_path / "gone.dcm"),
        target=tmp_path / "staged.dcm",
        sha256="0" * 64,
        modality="DX",
        view="PA",
        sop="2.25.1",
        study="2.25.2",
        series="2.25.3",
    )
    task.target.write_bytes(b"as it was written")
    known = Staged(sha256=content_of(at(task.target)), picture="p", refusal=None)
    assert restage(Restaging(task=task, known=known)) == known
    task.target.write_bytes(b"as it was wr")
    assert restage(Restaging(task=task, known=known)).refusal == ("file", "cannot be read")


def test_a_file_is_known_by_its_content_and_the_task_and_the_code_and_not_by_its_name(tmp_path: Path) -> None:
    first = task_of(put_image(tmp_path / "a", "Covid1", 1))
    moved = task_of(put_image(tmp_path / "b", "Covid1", 1).rename(tmp_path / "moved"))
    learned = read(Reading(task=first, known="", code="code"))
    assert learned.inspection == inspect(first)

    def is_known(task: InspectionTask, code: str = "code") -> bool:
        return read(Reading(task=task, known=learned.address, code=code)).inspection is None

    assert is_known(first)
    assert is_known(moved)
    assert not is_known(first, code="other code")
    assert not is_known(replace(first, modalities=("DX",)))
    assert not is_known(task_of(put_image(tmp_path / "c", "Covid1", 1, ViewPosition="AP")))
    assert not is_known(task_of(tmp_path / "nothing"))


def task_of(path: Path) -> InspectionTask:
    return InspectionTask(file=at(path), patient="covid1", modalities=("CR", "DX"))


@pytest.mark.parametrize("cut", [2, 20, 60])
def test_a_line_that_was_cut_short_counts_for_nothing_and_spoils_no_other(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    sound = inspect(task_of(put_image(tmp_path, "Covid1", 1)))
    with Ledger(path, "code") as ledger:
        ledger.note("a", "address of a", sound)
        ledger.note("b", "address of b", sound)
    path.write_bytes(path.read_bytes()[:-cut])
    with Ledger(path, "code") as ledger:
        assert ledger.recall(Inspection, "b") is None
        ledger.note("c", "address of c", sound)
    with Ledger(path, "code") as ledger:
        known = ledger.recall(Inspection, "a")
        assert known is not None
        assert (known.address, known.result) == ("address of a", sound)
        assert ledger.recall(Inspection, "c") is not None
        assert ledger.recall(Staged, "a") is None
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_of_another_version_of_the_records_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    sound = {"sha256": "", "header": None, "taken": "2020-04-01", "refusal": None}
    results = {"a": sound | {"colour": "new"}, "b": None, "c": sound | {"taken": "April"}, "d": sound}
    rows = [{"kind": "Inspection", "name": name, "address": "x", "result": one} for name, one in results.items()]
    path.write_text("\n[]\n".join(json.dumps(row) for row in rows))
    with Ledger(path, "code") as ledger:
        assert [name for name in results if ledger.recall(Inspection, name)] == ["d"]


@pytest.mark.parametrize("refused", [b"", b"not DICOM"])
def test_an_inspection_reads_back_from_the_ledger_as_it_was(refused: bytes, tmp_path: Path) -> None:
    found = inspect(task_of(put_image(tmp_path, "Covid1", 1, refused)))
    with Ledger(tmp_path / "ledger.jsonl", "code") as ledger:
        ledger.note("a", "x", found)
    with Ledger(tmp_path / "ledger.jsonl", "code") as ledger:
        known = ledger.recall(Inspection, "a")
        assert known is not None
        assert known.result == found
