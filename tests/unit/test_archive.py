"""One run's folder: written whole or not at all, read back as it was, and nothing private in what may leave."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from tests.hostile.ground import LIMITS
from tests.unit.report.evaluation_factory import evaluation, flow, partition, plan, submission

from nccid_eval import archive
from nccid_eval.errors import JournalError, StorageError
from nccid_eval.records import Assessment, CaseTable, Image, Predictions, Truth


def assessment() -> Assessment:
    return Assessment(
        run_id="run",
        submission=submission(),
        partition=partition(),
        image=Image(id="sha256:" + "a" * 64, size_bytes=1, layers=2),
        cases=CaseTable(case=("a", "b"), files=(1, 2)),
        flow=flow(),
        plan=plan(),
        limits=LIMITS,
        gpu="",
        seed=3,
        commit="abc",
    )


@pytest.fixture
def run(tmp_path: Path) -> archive.RunFolder:
    return archive.create(tmp_path / "reports" / "run")


def test_an_assessment_comes_back_as_it_was(run: archive.RunFolder) -> None:
    archive.save_assessment(run, assessment())
    assert archive.load_assessment(run) == assessment()


def test_what_makes_a_run_this_run_changes_its_identity() -> None:
    ours = assessment()
    assert archive.identity(ours) == archive.identity(assessment())
    others = [
        dataclasses.replace(ours, seed=4),
        dataclasses.replace(ours, gpu="0"),
        dataclasses.replace(ours, limits=dataclasses.replace(LIMITS, case_s=2.0)),
        dataclasses.replace(ours, image=dataclasses.replace(ours.image, id="sha256:" + "b" * 64)),
        dataclasses.replace(ours, cases=CaseTable(case=("b", "a"), files=(1, 2))),
        dataclasses.replace(ours, partition=dataclasses.replace(ours.partition, digest="sha256:" + "c" * 64)),
    ]
    assert len({archive.identity(one) for one in [ours, *others]}) == len(others) + 1


def test_the_private_folder_is_its_owners_alone(run: archive.RunFolder) -> None:
    assert stat.S_IMODE(run.private.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"run_id": 3}', '{"run_id": "x", "unknown": 1}'])
def test_a_damaged_assessment_is_said_to_be_so(run: archive.RunFolder, damage: str) -> None:
    (run.private / "assessment.json").write_text(damage)
    with pytest.raises(JournalError):
        archive.load_assessment(run)


def test_a_folder_that_was_scored_from_tables_says_how_to_score_it_anew(run: archive.RunFolder) -> None:
    with pytest.raises(JournalError, match=r"private/assessment\.json is missing"):
        archive.load_assessment(run)
    run.truth.touch()
    with pytest.raises(JournalError, match="scored from two tables"):
        archive.load_assessment(run)


def test_an_assessment_of_another_version_is_said_to_be_so(run: archive.RunFolder) -> None:
    archive.save_assessment(run, assessment())
    path = run.private / "assessment.json"
    table = json.loads(path.read_text())
    del table["partition"]["rules"]["case"]
    path.write_text(json.dumps(table))
    with pytest.raises(JournalError, match="of another version of nccid_eval: the key 'case' is missing"):
        archive.load_assessment(run)


def test_a_file_that_does_not_fit_its_schema_is_neither_written_nor_read(run: archive.RunFolder) -> None:
    whole = {"schema": archive.RUN_SCHEMA, **archive.release_table(evaluation())}
    path = run.release / "run.json"
    archive.write_record(path, whole)
    assert archive.read_record(path, archive.RUN_SCHEMA) == json.loads(path.read_text())
    before = path.read_bytes()
    for damaged in (whole | {"more": 1}, whole | {"plan_fixed": "yes"}, {"schema": archive.RUN_SCHEMA}):
        with pytest.raises(JournalError, match=r"release/run\.json does not fit its schema at /"):
            archive.write_record(path, damaged)
        assert path.read_bytes() == before
        other = run.release / "other.json"
        archive.write_json(other, damaged)
        with pytest.raises(JournalError, match=r"release/other\.json does not fit its schema at /"):
            archive.read_record(other, archive.RUN_SCHEMA)
    with pytest.raises(JournalError, match="is not written as nccid-eval/scorecard/1"):
        archive.read_record(path, "nccid-eval/scorecard/1")


@pytest.mark.parametrize(
    "text",
    [
        '{"a": NaN}', '{"a": -Infinity}', "[" * 100_000, '{"a": "\udcff"', '{"a": 1e999}', f'{{"a": 1{"0" * 400}}}',
    ],
)  # fmt: skip
def test_what_is_no_json_is_said_to_be_so(text: str, tmp_path: Path) -> None:
    path = tmp_path / "scorecard.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(JournalError, match=r"scorecard\.json cannot be read"):
        archive.read_json(path)


def test_what_is_released_can_be_made_again_and_what_is_private_cannot(run: archive.RunFolder) -> None:
    for folder, mend in ((run.release, "score the run again"), (run.private, "copy the run's folder again")):
        with pytest.raises(JournalError, match=r"table\.json is missing") as caught:
            archive.read_json(folder / "table.json")
        assert caught.value.mend.startswith(mend)


def test_a_private_folder_that_was_opened_is_closed_again(run: archive.RunFolder) -> None:
    run.private.chmod(0o755)
    archive.guard(run)
    assert stat.S_IMODE(run.private.stat().st_mode) == 0o700


def test_what_may_leave_holds_no_path_no_case_and_no_scorecard(run: archive.RunFolder) -> None:
    archive.save_release(run.release, evaluation())
    table = json.loads((run.release / "run.json").read_text())
    assert table["schema"] == archive.RUN_SCHEMA
    assert "folder" not in table["submission"]
    assert not {"folder", "cases", "flow"} & set(table["partition"])
    assert "scorecard" not in table


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_scores_and_truth_are_written_side_by_side(run: archive.RunFolder) -> None:
    cases = np.array(["a", "b"])
    answered = np.array([True, False])
    outcome = np.array(["ok", "timeout"])
    made = Predictions(case=cases, score=np.array([1 / 3, np.nan]), answered=answered, outcome=outcome)
    groups = {"sex": np.array(["F, or so", ""])}
    truth = Truth(case=cases, patient=np.array(["p", "q"]), label=np.array([True, False]), attributes=groups)
    archive.save_predictions(run, made, truth)
    rows = table_of(run.private / "predictions.csv")
    assert float(rows[0]["score"]) == 1 / 3
    assert rows[1] == {"case": "b", "score": "", "outcome": "timeout"}
    rows = table_of(run.private / "truth.csv")
    assert rows[0] == {"case": "a", "patient": "p", "label": "1", "sex": "F, or so"}


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    archive.write_json(path, {"old": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        archive.write_json(path, {"new": float("nan")})
    with pytest.raises(UnicodeEncodeError):
        archive.write_text(path, "half of it \ud800")
    assert json.loads(path.read_text()) == {"old": 1}
    assert [one.name for one in tmp_path.iterdir()] == ["table.json"]


def test_a_full_disk_is_a_storage_error() -> None:
    with pytest.raises(StorageError, match="No space left"):
        archive.append_log(Path("/dev/full"), b"x")


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        archive.create(tmp_path / "file" / "run")


def test_a_run_is_found_by_its_path_or_its_name(run: archive.RunFolder) -> None:
    reports = run.root.parent
    assert archive.find(str(run.root), Path("elsewhere")).root == run.root
    assert archive.find("run", reports).root == run.root
    with pytest.raises(JournalError, match="no run 'other'"):
        archive.find("other", reports)


def test_a_runs_name_is_safe_as_a_folder_whatever_the_vendor_wrote() -> None:
    now = datetime(2021, 5, 28, 9, 30, tzinfo=UTC)
    odd = dataclasses.replace(submission(), name="../../étc/\n", version="$(rm)" * 50)
    made = archive.run_id(odd, now, "5f3a")
    assert made.startswith("20210528-093000-")
    assert os.sep not in made
    assert made.isascii()
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(made) < 70
    assert "-model-" in archive.run_id(dataclasses.replace(odd, name="éé", version="—"), now, "5f3a")


def test_a_containers_log_is_kept_without_what_steers_a_terminal(tmp_path: Path) -> None:
    log = tmp_path / "container.log"
    archive.append_log(log, b"loading\n\x1b[31mred\x07 \xff\ttab\r\n")
    archive.append_log(log, b"more\n")
    kept = log.read_text(encoding="utf-8")
    assert kept.startswith("loading\n")
    assert kept.endswith("more\n")
    assert not any(ord(one) < 32 and one not in "\n\t" for one in kept)


def test_the_logs_of_many_containers_have_an_end(tmp_path: Path) -> None:
    log = tmp_path / "container.log"
    for _ in range(100):
        archive.append_log(log, b"\xc3\xa9" * 32 * 1024)
    size = log.stat().st_size
    assert archive.LOG_BYTES - 4 <= size <= archive.LOG_BYTES + len(archive.LOG_FULL)
    assert log.read_text(encoding="utf-8").endswith(archive.LOG_FULL) == (size > archive.LOG_BYTES)
    archive.append_log(log, b"x" * 100)
    archive.append_log(log, b"x" * 100)
    assert log.read_text(encoding="utf-8").count("is full") <= 1
