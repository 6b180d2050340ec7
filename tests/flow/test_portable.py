"""A run's folder on another machine: no partition, no image, no engine; another user, clock, language, processor."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.flow.bright import copied
from tests.ground import ROOT

from nccid_eval import archive, pipeline
from nccid_eval.cli.report import command as report
from nccid_eval.errors import JournalError
from nccid_eval.pipeline import Finished

AGAIN = {"report": pipeline.rerender, "score": pipeline.rescore}
ELSEWHERE = {
    "TZ": "Pacific/Kiritimati",
    "LANG": "tr_TR.UTF-8",
    "LC_ALL": "C",
    "PYTHONHASHSEED": "7",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENBLAS_CORETYPE": "Nehalem",  # sums in another order; without rounding, last digits of the scores differ
    "DOCKER_HOST": "unix:///nowhere/docker.sock",
    "SOURCE_DATE_EPOCH": "1",
}


@pytest.fixture(scope="module")
def zipped(run_of: Callable[[str], Finished], built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run, as a zip that names no place where anything is that it was made from."""
    work, done = tmp_path_factory.mktemp("portable"), run_of("")
    run = copied(done, work)
    assessment, text = run.private / "assessment.json", (run.private / "assessment.json").read_text(encoding="utf-8")
    assert str(built) in text
    elsewhere = text.replace(str(built), "/nowhere/partition").replace(str(done.run.root.parents[1]), "/nowhere")
    assessment.write_text(elsewhere)
    with zipfile.ZipFile(work / "run.zip", "w") as file:
        for path in sorted(run.root.rglob("*")):
            file.write(path, path.relative_to(run.root))
    return work / "run.zip"


@pytest.fixture
def moved(zipped: Path, tmp_path: Path) -> archive.RunFolder:
    """The same, unpacked under another name, as zipfile does it: without permissions."""
    root = tmp_path / "in der Ferne" / "umbenannt"
    with zipfile.ZipFile(zipped) as file:
        file.extractall(root)
    return archive.RunFolder(root=root)


def score(run: archive.RunFolder) -> subprocess.CompletedProcess[str]:
    """Numbers and pages anew, as another user with other surroundings does it."""
    home = run.root.parent / "home"
    home.mkdir(exist_ok=True)
    paths = {"HOME": str(home), "MPLCONFIGDIR": str(home), "PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-m", "nccid_eval.cli", "score", str(run.root)],
        cwd=home,
        env=ELSEWHERE | paths,
        umask=0o022,
        capture_output=True,
        text=True,
    )


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def of_older_numpy(path: Path) -> str:
    """Write a scorecard as if another version had made it, with another AUC; the version that did."""
    card = json.loads(path.read_text(encoding="utf-8"))
    made_by = card["versions"]["numpy"]
    card["versions"]["numpy"] = "1.0"
    card["overall"]["auc"]["value"] += 0.26
    path.write_text(json.dumps(card))
    return str(made_by)


def test_another_machine_writes_the_same_bytes(moved: archive.RunFolder) -> None:
    before, private = files(moved.release), files(moved.private)["scorecard.json"]
    for page in moved.release.glob("*.html"):
        page.unlink()
    told = CliRunner().invoke(report, [str(moved.root), "--no-pdf"], catch_exceptions=False)
    names = [Path(line).name for line in told.stdout.splitlines()]
    assert names == ["report.html", "summary.html", "letter.html"]
    assert files(moved.release) == before
    numpy = of_older_numpy(moved.release / "scorecard.json")
    done = score(moved)
    assert done.returncode == 0, done.stderr
    assert files(moved.release) == before
    assert files(moved.private)["scorecard.json"] == private
    assert f"scored by other versions than before (numpy 1.0 before, {numpy} now)" in done.stderr
    assert "numbers that moved: 1, the largest by 0.3; changed files: scorecard.json" in done.stderr
    assert moved.private.stat().st_mode & 0o777 == 0o700  # the zip had lost it


def test_the_folder_says_what_each_of_its_files_is(moved: archive.RunFolder) -> None:
    text = (moved.root / archive.README).read_text(encoding="utf-8")
    page = (ROOT / "docs" / "run-folder.md").read_text(encoding="utf-8")
    for path in moved.root.rglob("*"):
        name = "container.log" if path.name.endswith("-container.log") else path.name
        assert name in text, f"archive/contents.py does not tell of {name}"
        assert name in page, f"docs/run-folder.md does not tell of {name}"


def test_the_sums_are_those_of_the_files(moved: archive.RunFolder) -> None:
    lines = (moved.release / archive.SUMS).read_text(encoding="utf-8").splitlines()
    told = dict(reversed(line.split("  ")) for line in lines)
    found = {name: hashlib.sha256(data).hexdigest() for name, data in files(moved.release).items()}
    assert told == {name: one for name, one in found.items() if name != archive.SUMS}


@pytest.mark.parametrize(
    ("verb", "name"),
    [
        ("report", "release/scorecard.json"),
        ("report", "private/assessment.json"),
        ("score", "private/truth.csv"),
        ("score", "private/journal.log"),
    ],
)
@pytest.mark.parametrize("part", [0.0, 0.5])
def test_a_missing_or_truncated_file_is_named(
    moved: archive.RunFolder, zipped: Path, verb: str, name: str, part: float
) -> None:
    path = moved.root / name
    data = path.read_bytes()
    path.unlink()
    if part:
        path.write_bytes(data[: int(len(data) * part)])
    before = files(moved.release)
    with pytest.raises(JournalError, match=path.name):
        AGAIN[verb](moved)
    assert files(moved.release) == before
