"""The whole path as an evaluator types it, on a real engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nccid_eval import partition
from nccid_eval.engine import Engine
from nccid_eval.errors import Interrupted, RehearsalFailed
from nccid_eval.journal import Attempted, read

pytestmark = pytest.mark.engine


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "nccid_eval.cli", *map(str, arguments)]


def test_evaluate_interrupt_resume(real_submission: Path, built: Path, tmp_path: Path, docker_engine: Engine) -> None:
    evaluate = command("evaluate", real_submission, "-p", built, "--tracking-uri", "sqlite:///mlflow.db")
    # a shell's background job inherits SIGINT ignored; from a terminal it is not
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    start = [sys.executable, "-c", f"{heeding}; from nccid_eval.cli import main; main()", *evaluate[3:]]
    process = subprocess.Popen(start, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    journal = wait_for_answers(tmp_path / "reports", 3, process)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == Interrupted.exit_code, errors
    assert out == ""
    assert "nccid-eval evaluate --resume" in errors
    assert containers_of(docker_engine, journal.parents[1].name) == []

    run = journal.parents[1]
    resumed = subprocess.run(
        command("evaluate", "--resume", run, "--json", "--tracking-uri", "sqlite:///mlflow.db", "--destroy-image"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert resumed.returncode == 0, resumed.stderr
    told = json.loads(resumed.stdout)
    assert told["scorecard"] == json.loads((run / "release" / "scorecard.json").read_text())
    assert told["scorecard"]["counts"]["failures"] == 0
    assert told["mlflow_run"]
    assert Path(tmp_path / told["report"]).stat().st_size > 10_000
    assert [Path(one).name for one in told["pdf"]] == ["report.pdf", "summary.pdf", "letter.pdf"]
    assert all((tmp_path / one).read_bytes().startswith(b"%PDF-") for one in told["pdf"])
    record = json.loads((run / "release" / "run.json").read_text())
    assert record["run"]["options"]["network"] == "none"
    assert record["run"]["memory_peak_mib"] is None or record["run"]["memory_peak_mib"] > 1
    assert record["rehearsal"] == {"cases": 13, "declined": 0, "failed": 0}
    assert record["order_check"]["compared"] == record["order_check"]["asked"] > 0
    assert record["order_check"]["largest_change"] == 0.0
    deletion = json.loads((run / "private" / "deletion.json").read_text())
    assert deletion["image_id"] == record["run"]["image_id"]
    assert deletion["was_there"]
    assert docker_engine.image_configuration(deletion["image_id"]) is None
    assert containers_of(docker_engine, run.name) == []


def test_what_fails_on_the_canary_never_sees_an_unseen_case(
    failing_submission: Path, built: Path, tmp_path: Path, docker_engine: Engine
) -> None:
    evaluate = command("evaluate", failing_submission, "-p", built, "--tracking-uri", "none")
    done = subprocess.run(evaluate, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == RehearsalFailed.exit_code, done.stderr
    assert "no [31mkernel[0m image for" in done.stderr  # its own words, without control characters
    (private,) = (tmp_path / "reports").glob("*/private")
    assert not (private / "journal.log").exists()
    seen = set((private / "canary-container.log").read_text().split())
    (tried,) = private.glob("canary-failed-*.log")
    asked = {case for entry in read(tried) if isinstance(entry, Attempted) for case in entry.cases}
    assert seen & asked  # it did look
    assert not seen & set(partition.load(built).cases.case)
    assert containers_of(docker_engine, private.parent.name) == []


def containers_of(engine: Engine, run_id: str) -> list[str]:
    """Ids of the containers of a run; another evaluation may have its own on the same engine."""
    return [one.id for one in engine.find("org.nccid-eval.owner") if one.labels["org.nccid-eval.run"] == run_id]


def wait_for_answers(reports: Path, wanted: int, process: subprocess.Popen[str]) -> Path:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        for path in reports.glob("*/private/journal.log"):
            if path.read_bytes().count(b'"kind":"Answered"') >= wanted:
                return path
        time.sleep(0.01)
    process.kill()
    raise AssertionError(f"the run did not get so far: {process.communicate()[1]}")


def test_doctor_finds_the_engine(docker_engine: Engine) -> None:
    done = subprocess.run(command("doctor", "--json"), capture_output=True, text=True, env=os.environ, check=False)
    findings = {one["name"]: one for one in json.loads(done.stdout)}
    assert findings["engine"]["ok"]
    assert docker_engine.versions()["engine"] in findings["engine"]["found"]
    assert findings["python"]["ok"]
