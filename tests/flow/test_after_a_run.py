"""What a run leaves besides its scores: the scan, what the vendor gets, the image's deletion."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.flow.bright import IMAGE_ID, PlainEngine, around, quick_plan, write_submission
from tests.ground import ROOT

from nccid_eval import archive, pipeline
from nccid_eval.cli.evaluate import finish
from nccid_eval.config import load_limits
from nccid_eval.errors import SandboxError, ScanFailed, TrackingError
from nccid_eval.pipeline import Finished
from nccid_eval.records import Scan, Scanned

FINDINGS = {"Results": [{"VulnerabilityID": "CVE-2021-0001", "Severity": "CRITICAL"}]}


class Holding(PlainEngine):
    """Says that tags hold the image, or keeps it in spite of all; counts what is asked of it."""

    def __init__(self, tags: tuple[str, ...] = (), stubborn: bool = False) -> None:
        super().__init__()
        self.tags = tags
        self.stubborn = stubborn

    def image_configuration(self, reference: str) -> dict[str, object] | None:
        report = super().image_configuration(reference)
        return {**report, "RepoTags": list(self.tags)} if report else None

    def remove_image(self, reference: str) -> tuple[str, ...]:
        return () if self.stubborn else super().remove_image(reference)


def evaluate(folder: Path, built: Path, scan: Scan, engine: PlainEngine) -> Finished:
    return pipeline.evaluate(
        write_submission(folder / "submission", f"brightness@{IMAGE_ID}"),
        built,
        plan=quick_plan(),
        limits=replace(load_limits(ROOT / "configs" / "limits.toml"), scan=scan, repeat_cases=0),
        reports=folder / "reports",
        seed=1,
        gpu="auto",
        around=around(engine),
    )


@pytest.fixture(scope="module")
def finished(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """An evaluation with failures and a scan."""
    folder = tmp_path_factory.mktemp("after")
    (folder / "findings.json").write_text(json.dumps(FINDINGS))
    scan = Scan(command=("/bin/cat", str(folder / "findings.json")), version=("/bin/cat", "--version"))
    return evaluate(folder, built, scan, PlainEngine(BEHAVIOUR="decline"))


def test_the_scan_is_kept_in_private(finished: Finished) -> None:
    private = finished.run.private
    assert json.loads((private / "scan.json").read_text()) == FINDINGS
    scanned = archive.load_assessment(finished.run).scanned
    assert isinstance(scanned, Scanned)
    assert scanned.version.startswith("cat ")
    assert scanned.output_sha256 == archive.sha256(private / "scan.json")
    for path in finished.run.release.iterdir():
        assert "CVE-2021" not in path.read_text()


def test_a_scanner_that_fails_ends_it_before_there_is_a_run(built: Path, tmp_path: Path) -> None:
    with pytest.raises(ScanFailed):
        evaluate(tmp_path, built, Scan(command=(sys.executable, "-c", "print('?')")), PlainEngine())
    assert not (tmp_path / "reports").exists()


class Pulling(PlainEngine):
    """Has the image once it was pulled."""

    pulled = False

    def image_configuration(self, reference: str) -> Mapping[str, Any] | None:
        return super().image_configuration(reference) if self.pulled else None

    def pull_image(self, reference: str) -> None:
        self.pulled = True

    def remove_image(self, reference: str) -> tuple[str, ...]:
        self.pulled = False
        return (reference,)


def test_an_image_without_a_run_does_not_stay_on_the_engine(built: Path, tmp_path: Path) -> None:
    engine = Pulling()
    with pytest.raises(ScanFailed):
        evaluate(tmp_path, built, Scan(command=(sys.executable, "-c", "print('?')")), engine)
    assert not engine.pulled


# MLflow leaves the pool of a store that it could not open to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
def test_an_image_goes_though_mlflow_is_down(copied: archive.RunFolder, finished: Finished) -> None:
    engine = PlainEngine()
    with pytest.raises(TrackingError):
        finish(
            replace(finished, run=copied),
            around(engine, "sqlite:////proc/none/mlflow.db"),
            as_json=False,
            destroy=True,
            reports=copied.root.parent,
        )
    assert engine.image_configuration(IMAGE_ID) is None
    assert archive.read_json(copied.private / "deletion.json")["was_there"] is True


def test_the_vendor_gets_counts_and_words_of_a_closed_list(finished: Finished) -> None:
    text = (finished.run.release / "vendor.json").read_text()
    table = json.loads(text)
    with (finished.run.private / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    outcomes = Counter(row["outcome"] for row in rows)
    assert table["answered"] == outcomes.pop("ok")
    assert {row["outcome"]: row["cases"] for row in table["failures"]} == outcomes
    assert table["failures"][0]["because"] == ["the container said so itself"]
    assert "unreadable" not in text
    assert not any(row["case"] in text for row in rows)
    assert table["cases"] == len(rows)


@pytest.fixture
def copied(finished: Finished, tmp_path: Path) -> archive.RunFolder:
    run = archive.create(tmp_path / "run")
    archive.save_assessment(run, archive.load_assessment(finished.run))
    return run


def test_an_image_goes_once_and_that_is_written_down(copied: archive.RunFolder) -> None:
    engine = PlainEngine()
    said: list[str] = []
    surroundings = replace(around(engine), say=said.append)
    done = pipeline.destroy_image(copied, surroundings)
    assert done is not None
    record = archive.read_json(copied.private / "deletion.json")
    assert record["image_id"] == IMAGE_ID
    assert record["removed"] == [IMAGE_ID]
    assert (record["was_there"], record["still_there"], record["engine"]) == (True, False, "process")
    assert engine.image_configuration(IMAGE_ID) is None
    assert pipeline.destroy_image(copied, surroundings) is None
    assert archive.read_json(copied.private / "deletion.json") == record
    assert "removed" in said[0]
    assert "removed before" in said[1]


def test_an_image_that_was_gone_before_is_written_down_as_such(copied: archive.RunFolder) -> None:
    engine = PlainEngine()
    engine.remove_image(IMAGE_ID)
    done = pipeline.destroy_image(copied, around(engine))
    assert done is not None
    assert (done.was_there, done.removed) == (False, ())


def test_a_tag_holds_the_image(copied: archive.RunFolder) -> None:
    engine = Holding(tags=("chestnet:kept", "<none>:<none>"))
    with pytest.raises(SandboxError, match="held by the tag chestnet:kept") as held:
        pipeline.destroy_image(copied, around(engine))
    assert "docker rmi chestnet:kept" in held.value.mend
    assert engine.image_configuration(IMAGE_ID) is not None
    assert not (copied.private / "deletion.json").exists()


def test_an_engine_that_keeps_it_is_not_believed(copied: archive.RunFolder) -> None:
    with pytest.raises(SandboxError, match="still has the image"):
        pipeline.destroy_image(copied, around(Holding(stubborn=True)))
    assert archive.read_json(copied.private / "deletion.json")["still_there"] is True


def test_a_finished_run_needs_no_image_any_more(finished: Finished) -> None:
    engine = PlainEngine()
    engine.remove_image(IMAGE_ID)
    again = pipeline.resume(finished.run, around(engine))
    assert again.evaluation == finished.evaluation
