"""Bad input on the command line: one message with its cure, its own exit status, nothing half-written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.bright import IMAGE_ID, write_submission
from tests.ground import ROOT

from nccid_eval import errors
from nccid_eval.errors import NccidEvalError


def nccid(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nccid_eval.cli", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )


def refused(done: subprocess.CompletedProcess[str], kind: type[NccidEvalError], says: str) -> None:
    assert done.returncode == kind.exit_code, done.stderr
    assert says in done.stderr
    assert "mend:" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_warehouse_without_validation(tmp_path: Path) -> None:
    (tmp_path / "warehouse" / "training").mkdir(parents=True)
    done = nccid("partition", "build", "warehouse", "-o", "partition", cwd=tmp_path)
    refused(done, errors.WarehouseError, "validation")
    assert not (tmp_path / "partition").exists()


@pytest.fixture
def copy(warehouse: Path, tmp_path: Path) -> Path:
    return shutil.copytree(warehouse, tmp_path / "warehouse")


def truncate_an_image(warehouse: Path) -> str:
    """Its patient."""
    image = next((warehouse / "validation" / "xray").rglob("*.dcm"))
    image.write_bytes(image.read_bytes()[:2000])
    return image.parts[-4]


def lose_a_clinical_record(warehouse: Path, spare: str = "") -> None:
    """Of a patient with radiographs, other than `spare`."""
    validation = warehouse / "validation"
    with_images = {one.name for one in (validation / "xray").iterdir()} - {spare}
    shutil.rmtree(next(one for one in (validation / "data").iterdir() if one.name in with_images))


def test_a_truncated_image_stops_a_strict_build(copy: Path, tmp_path: Path) -> None:
    truncate_an_image(copy)
    done = nccid("partition", "build", copy, "-o", "partition", "--strict", cwd=tmp_path)
    refused(done, errors.UnreadableImage, "truncated")
    assert not (tmp_path / "partition").exists()


def test_a_missing_clinical_record_stops_a_strict_build(copy: Path, tmp_path: Path) -> None:
    lose_a_clinical_record(copy)
    done = nccid("partition", "build", copy, "-o", "partition", "--strict", cwd=tmp_path)
    refused(done, errors.NoClinicalRecord, "clinical record")
    assert not (tmp_path / "partition").exists()


def test_otherwise_they_cost_themselves_alone(copy: Path, tmp_path: Path) -> None:
    lose_a_clinical_record(copy, spare=truncate_an_image(copy))
    done = nccid("partition", "build", copy, "-o", "partition", cwd=tmp_path)
    assert done.returncode == 0
    assert "warning: no clinical record" in done.stderr
    assert "warning: truncated" in done.stderr
    assert "no clinical record" in done.stdout


def test_unknown_key_in_a_toml(built: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text((ROOT / "configs" / "plan.toml").read_text() + "\n")
    plan.write_text("replicate = 1\n" + plan.read_text())
    submission = write_submission(tmp_path / "s", f"m@{IMAGE_ID}")
    done = nccid("evaluate", submission, "-p", built, "--plan", plan, cwd=tmp_path)
    refused(done, errors.ConfigError, "did you mean 'replicates'")
    done = nccid("evaluate", write_submission(tmp_path / "t", "x.tar", gpu="gpus"), "-p", built, cwd=tmp_path)
    refused(done, errors.SubmissionError, "did you mean 'gpu'")
    assert not (tmp_path / "reports").exists()


def test_no_partition_and_no_submission(built: Path, tmp_path: Path) -> None:
    submission = write_submission(tmp_path / "s", f"m@{IMAGE_ID}")
    refused(nccid("partition", "show", "nowhere", cwd=tmp_path), errors.PartitionError, "nowhere")
    refused(nccid("evaluate", "nowhere", "-p", built, cwd=tmp_path), errors.SubmissionError, "no submission")
    refused(nccid("evaluate", submission, "-p", "nowhere", cwd=tmp_path), errors.PartitionError, "nowhere")
    refused(nccid("evaluate", "--resume", "nowhere", cwd=tmp_path), errors.JournalError, "no run")


def test_no_engine(built: Path, tmp_path: Path) -> None:
    submission = write_submission(tmp_path / "s", f"m@{IMAGE_ID}")
    done = nccid("evaluate", submission, "-p", built, cwd=tmp_path, DOCKER_HOST="unix:///nowhere.sock")
    refused(done, errors.EngineUnavailable, "no container engine answers")
    assert not (tmp_path / "reports").exists()
    done = nccid("doctor", cwd=tmp_path, DOCKER_HOST="unix:///nowhere.sock")
    assert done.returncode == errors.EngineUnavailable.exit_code
    assert "apt-get install docker.io" in done.stdout


@pytest.mark.engine
@pytest.mark.usefixtures("docker_engine")
def test_image_by_tag_and_missing_image(built: Path, tmp_path: Path) -> None:
    done = nccid("evaluate", write_submission(tmp_path / "s", "chestnet:latest"), "-p", built, cwd=tmp_path)
    refused(done, errors.ImageRefused, "by a tag")
    done = nccid("evaluate", write_submission(tmp_path / "t", "chestnet.tar"), "-p", built, cwd=tmp_path)
    refused(done, errors.ImageMissing, "docker save")
    assert not (tmp_path / "reports").exists()


def test_score_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("case,score\na,0.1\nb,0.9\n")
    (tmp_path / "t.csv").write_text("case,patient,label\na,p,0\nb,q,1\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    score = ("score", "--predictions", "p.csv", "--truth", "t.csv", "--threshold", "0.5", "-o", "out")
    refused(nccid(*score, cwd=tmp_path), errors.StorageError, "something is there already")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]
    assert nccid(*score[:6], "nan", "-o", "new", cwd=tmp_path).returncode == 2
    assert not (tmp_path / "new").exists()


def test_a_resumed_run_keeps_what_it_was_started_with(tmp_path: Path) -> None:
    done = nccid(
        "evaluate", "--resume", "x", "--seed", "2", "--plan", "p.toml", cwd=tmp_path, DOCKER_HOST="unix:///x"
    )
    assert done.returncode == 2
    assert "keeps its own plan, seed" in done.stderr


@pytest.mark.engine
@pytest.mark.usefixtures("docker_engine")
def test_indications_may_not_single_out_a_few_patients(built: Path, tmp_path: Path) -> None:
    submission = write_submission(tmp_path / "s", f"m@{IMAGE_ID}", **{"min_age_years = 0": "min_age_years = 88"})
    done = nccid("evaluate", submission, "-p", built, cwd=tmp_path)
    refused(done, errors.SubmissionError, "fewer than 10 diseased patients")
    assert not (tmp_path / "reports").exists()


def test_the_gate_releases_nothing_about_a_few_patients(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("case,score\na,0.1\nb,0.9\n")
    (tmp_path / "t.csv").write_text("case,patient,label\na,p,0\nb,q,1\n")
    score = ("score", "--predictions", "p.csv", "--truth", "t.csv", "--threshold", "0.5", "-o", "out", "--gate")
    refused(nccid(*score, cwd=tmp_path), errors.PredictionsError, "fewer than 10 diseased patients")
    assert not (tmp_path / "out").exists()


def test_wrong_usage_is_status_2(tmp_path: Path) -> None:
    assert nccid("evaluate", cwd=tmp_path).returncode == 2
    assert nccid("score", "--threshold", "0.5", cwd=tmp_path).returncode == 2
    assert nccid("no-such-verb", cwd=tmp_path).returncode == 2


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True)
    if mount.returncode:
        pytest.skip("A TMPFS CANNOT BE MOUNTED HERE (not root), so a full disk was not tested")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_full_disk(warehouse: Path, tmp_path: Path, tiny_disk: Path) -> None:
    done = nccid("partition", "build", warehouse, "-o", tiny_disk / "partition", cwd=tmp_path)
    refused(done, errors.StorageError, "No space left")
    assert list(tiny_disk.iterdir()) == []
    done = nccid("synth", tiny_disk / "more", "--patients", "40", cwd=tmp_path)
    refused(done, errors.StorageError, "No space left")
    assert list(tiny_disk.iterdir()) == []


def test_full_disk_while_scoring(tmp_path: Path, tiny_disk: Path) -> None:
    rows = range(400)
    (tmp_path / "p.csv").write_text("case,score\n" + "".join(f"c{i},{i % 7 / 7}\n" for i in rows))
    (tmp_path / "t.csv").write_text("case,patient,label\n" + "".join(f"c{i},p{i},{i % 2}\n" for i in rows))
    (tiny_disk / "ballast").write_bytes(b"0" * (2**20 - 16384))
    score = ("score", "--predictions", "p.csv", "--truth", "t.csv", "--threshold", "0.5", "-o", tiny_disk / "out")
    refused(nccid(*score, cwd=tmp_path), errors.StorageError, "No space left")
    written = {path.name for path in (tiny_disk / "out").rglob("*") if path.is_file()}
    assert not written & {"report.html"}
    assert not any(name.endswith(".tmp") for name in written)
