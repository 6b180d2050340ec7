"""What a killed build left beside its output is taken over by the next; what a living one builds is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nccid_eval.partition.building.abandoned import make_folder, take_over

MAKE = """
import os, signal, sys
from pathlib import Path
from nccid_eval.partition.building.abandoned import make_folder
print(make_folder(Path(sys.argv[1])))
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_build(out: Path) -> Path:
    """The folder that a process made before it was killed."""
    ended = subprocess.run([sys.executable, "-c", MAKE, str(out)], stdout=subprocess.PIPE, text=True, check=False)
    folder = Path(ended.stdout.strip())
    (folder / "staged").mkdir()
    (folder / "staged" / "image.dcm").write_bytes(b"pixels")
    return folder


def learned(folder: Path, lines: int) -> None:
    (folder / "private").mkdir()
    (folder / "private" / "ledger.jsonl").write_text("{}\n" * lines)


def removed(out: Path) -> list[str]:
    lines: list[str] = []
    assert take_over(out, lines.append) is None
    return lines


def test_a_killed_builds_folder_is_removed_and_told_of(tmp_path: Path) -> None:
    folder = killed_build(tmp_path / "out")
    assert removed(tmp_path / "out") == [f"removed what a stopped build left behind: {folder}"]
    assert not folder.exists()
    assert removed(tmp_path / "out") == []


def test_a_build_that_nobody_waited_for_is_over(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", MAKE, str(tmp_path / "out")], stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        folder = Path(killed.stdout.read().decode().strip())
        os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)
        assert len(removed(tmp_path / "out")) == 1
        assert not folder.exists()


def test_a_living_builds_folder_and_what_is_not_this_outputs_are_left_alone(tmp_path: Path) -> None:
    killed_build(tmp_path / "out.b")
    make_folder(tmp_path / "out")
    dead = killed_build(tmp_path / "elsewhere")
    (tmp_path / f".out{dead.name.removeprefix('.elsewhere')}").symlink_to(tmp_path)
    (tmp_path / ".out.notes.building").mkdir()
    before = set(tmp_path.iterdir())
    assert removed(tmp_path / "out") == []
    assert set(tmp_path.iterdir()) == before


def test_a_pid_that_is_used_again_does_not_keep_a_folder(tmp_path: Path) -> None:
    mine = make_folder(tmp_path / "out")
    machine, pid, _ = mine.name.split(".")[2].split("-")
    assert pid == str(os.getpid())
    mine.rename(tmp_path / f".out.{machine}-{pid}-1.abcdefgh.building")
    assert len(removed(tmp_path / "out")) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [".out.00000000-1-1.abcdefgh.building", ".out.abcdefgh.building"])
def test_another_machines_folder_is_told_of_and_left(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    (line,) = removed(tmp_path / "out")
    assert name in line
    assert "another machine" in line
    assert (tmp_path / name).is_dir()


def test_of_several_killed_builds_the_one_that_learned_most_is_taken_over_with_what_serves(tmp_path: Path) -> None:
    few, most, none = (killed_build(tmp_path / "out") for _ in range(3))
    learned(few, 1)
    learned(most, 9)
    (most / "staged-0123").mkdir()
    (most / "cases" / "abc").mkdir(parents=True)
    (most / "manifest.json").write_text("{}")
    (most / "private" / "truth.csv").write_text("half")
    lines: list[str] = []
    taken = take_over(tmp_path / "out", lines.append)
    assert taken is not None
    assert sorted(path.relative_to(taken).as_posix() for path in taken.rglob("*")) == [
        "private",
        "private/ledger.jsonl",
        "staged-0123",
    ]
    assert set(tmp_path.iterdir()) == {taken}
    assert lines[0] == f"goes on from what a stopped build left behind: {most}"
    assert {line.split(": ")[1] for line in lines[1:]} == {str(few), str(none)}
    assert removed(tmp_path / "out") == []  # it is ours now, and we live


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_that_somebody_else_made_is_told_of_and_left(tmp_path: Path) -> None:
    folder = killed_build(tmp_path / "out")
    learned(folder, 1)
    os.chown(folder, 12345, -1)
    (line,) = removed(tmp_path / "out")
    assert str(folder) in line
    assert folder.is_dir()
