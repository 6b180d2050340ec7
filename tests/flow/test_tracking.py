"""Tracking against MLflow's own sqlite store, in a folder of its own."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent / "report"))
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # as the command line does, before MLflow is imported

from tests.unit.report import evaluation_factory as factory

from nccid_eval import tracking
from nccid_eval.errors import TrackingError
from nccid_eval.records import Evaluation

pytestmark = [
    # SQLAlchemy's own notice about a loader strategy that MLflow 3.17 uses.
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated"),
    # MLflow leaves the pool of a store to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning"),
]


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "release"
    (folder / "plots").mkdir(parents=True)
    (folder / "scorecard.json").write_text("{}", encoding="utf-8")
    (folder / "plots" / "roc.svg").write_text("<svg/>", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def made_store(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An empty store, made once: the tables alone take two seconds."""
    folder = tmp_path_factory.mktemp("store")
    (folder / "release").mkdir()
    database = folder / "mlflow.db"
    tracking.log(factory.evaluation(), folder / "release", uri=f"sqlite:///{database}", experiment="warming up")
    return database.read_bytes()


@pytest.fixture
def uri(tmp_path: Path, made_store: bytes) -> str:
    database = tmp_path / "mlflow.db"
    database.write_bytes(made_store)
    return f"sqlite:///{database}"


def runs(uri: str, experiment: str = "trial") -> list[Any]:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    return list(client.search_runs([client.get_experiment_by_name(experiment).experiment_id]))


def rescored() -> Evaluation:
    sound = factory.evaluation()
    overall = {**sound.scorecard.overall, "auc": factory.estimate(0.9, 0.02)}
    return dataclasses.replace(sound, scorecard=dataclasses.replace(sound.scorecard, overall=overall))


def test_a_run_holds_numbers_parameters_dataset_and_the_whole_release_folder(uri: str, release: Path) -> None:
    from mlflow.tracking import MlflowClient

    run_id = tracking.log(factory.evaluation(), release, uri=uri, experiment="trial")

    client = MlflowClient(tracking_uri=uri)
    run = client.get_run(run_id)
    assert run.data.metrics["auc"] == 0.874
    assert run.data.metrics["sensitivity_low"] == pytest.approx(0.788)
    assert run.data.params["vendor"] == "Example Imaging Ltd"
    assert run.data.tags["nccid.complete"] == "1"
    assert run.info.status == "FINISHED"
    assert run.info.end_time - run.info.start_time == 462_000
    dataset = run.inputs.dataset_inputs[0]
    assert {tag.key: tag.value for tag in dataset.tags}["nccid.sha256"] == "sha256:" + "ab" * 32
    assert {one.path for one in client.list_artifacts(run_id)} == {"scorecard.json", "plots"}


def test_the_same_evaluation_is_logged_once(uri: str, release: Path) -> None:
    first = tracking.log(factory.evaluation(), release, uri=uri, experiment="trial")
    second = tracking.log(factory.evaluation(), release, uri=uri, experiment="trial")
    assert first == second
    assert len(runs(uri)) == 1


def test_a_rescored_run_supersedes_the_old_one(uri: str, release: Path) -> None:
    old = tracking.log(factory.evaluation(), release, uri=uri, experiment="trial")
    new = tracking.log(rescored(), release, uri=uri, experiment="trial")
    assert new != old
    tags = {run.info.run_id: run.data.tags for run in runs(uri)}
    assert tags[old]["nccid.superseded_by"] == new
    assert "nccid.superseded_by" not in tags[new]


def test_an_unfinished_run_is_left_behind_as_failed(uri: str, release: Path) -> None:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    made = client.create_run(
        client.create_experiment("trial", artifact_location=release.parent.as_uri()),
        tags={"nccid.run_key": factory.evaluation().run_id},
    )
    whole = tracking.log(factory.evaluation(), release, uri=uri, experiment="trial")
    unfinished = client.get_run(made.info.run_id)
    assert whole != unfinished.info.run_id
    assert unfinished.info.status == "FAILED"
    assert unfinished.data.tags["nccid.superseded_by"] == whole


def test_hostile_strings_and_missing_parts_are_logged(uri: str, release: Path) -> None:
    keys = [
        tracking.log(one, release, uri=uri, experiment="trial")
        for one in (factory.hostile_evaluation(), factory.outside_evaluation(), factory.empty_evaluation())
    ]
    # The last two share a run key, and the later one supersedes the earlier.
    assert len(set(keys)) == 3
    quoted = dataclasses.replace(factory.outside_evaluation(), run_id='it\'s \\ "quoted" %')
    again = [tracking.log(quoted, release, uri=uri, experiment="trial") for _ in range(2)]
    assert again[0] == again[1]


def test_headlines_are_at_most_fifty_and_come_from_the_scorecard_alone() -> None:
    metrics = tracking.headline_metrics(factory.evaluation())
    assert len(metrics) <= 50
    assert metrics["ppv_at_0.05"] == 0.19
    assert metrics["n_failures"] == 12
    assert metrics["criteria_met"] == 1
    assert "negative_likelihood_ratio" not in metrics
    assert "auc" not in tracking.headline_metrics(factory.empty_evaluation())


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_a_number_that_is_not_finite_is_refused_before_anything_is_written(
    value: float, tmp_path: Path, release: Path
) -> None:
    sound = factory.evaluation()
    overall = {**sound.scorecard.overall, "auc": dataclasses.replace(factory.estimate(0.9, 0.1), high=value)}
    broken = dataclasses.replace(sound, scorecard=dataclasses.replace(sound.scorecard, overall=overall))
    with pytest.raises(TrackingError, match="auc_high"):
        tracking.log(broken, release, uri=f"sqlite:///{tmp_path / 'new.db'}", experiment="trial")
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("text", ["sqlite:////proc/none/mlflow.db", "nonsense://store"])
def test_a_store_that_cannot_be_used_is_one_clear_error(text: str, release: Path) -> None:
    with pytest.raises(TrackingError) as caught:
        tracking.log(factory.evaluation(), release, uri=text, experiment="trial")
    assert caught.value.where == text
    assert caught.value.mend


def test_a_missing_release_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="no release folder"):
        tracking.log(factory.evaluation(), tmp_path / "none", uri=f"sqlite:///{tmp_path}/a.db", experiment="trial")


def log_numbered(number: int, release: str, uri: str) -> str:
    one = dataclasses.replace(factory.evaluation(), run_id=f"run-{number}")
    return tracking.log(one, Path(release), uri=uri, experiment="trial")


def test_processes_that_race_on_a_fresh_store_lose_nothing(tmp_path: Path, release: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'fresh' / 'mlflow.db'}"
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        made = pool.starmap(log_numbered, [(n % 4, str(release), uri) for n in range(6)], chunksize=1)
    found = runs(uri)
    assert {run.info.run_id for run in found} == set(made)
    assert len(found) == 4  # two of six were asked for twice
    assert {run.data.tags["nccid.complete"] for run in found} == {"1"}


def test_nothing_is_printed_and_nothing_lands_in_the_working_folder(
    tmp_path: Path, release: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = tmp_path / "start"
    start.mkdir()
    monkeypatch.chdir(start)
    tracking.log(factory.evaluation(), release, uri=f"sqlite:///{tmp_path / 'b.db'}", experiment="trial")
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "INFO" not in printed.err
    assert list(start.iterdir()) == []
