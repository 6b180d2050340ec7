"""Tracking against MLflow's own sqlite store and against a real server, each in a folder of its own."""

from __future__ import annotations

import dataclasses
import itertools
import json
import multiprocessing
import os
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # as the command line does, before MLflow is imported

from tests.flow.mlflow_server import breaking, serving
from tests.unit.report import evaluation_factory as factory

from nccid_eval import tracking
from nccid_eval.errors import TrackingError
from nccid_eval.records import Evaluation
from nccid_eval.tracking import told

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


@pytest.fixture(scope="module")
def server(made_store: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server, for all tests that ask for one."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "mlflow.db").write_bytes(made_store)
    with serving(folder) as address:
        yield address


@pytest.fixture
def uri(tmp_path: Path, made_store: bytes) -> str:
    database = tmp_path / "mlflow.db"
    database.write_bytes(made_store)
    return f"sqlite:///{database}"


def client_of(uri: str) -> Any:
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=uri)


def runs(uri: str, experiment: str = "trial") -> list[Any]:
    client = client_of(uri)
    return list(client.search_runs([client.get_experiment_by_name(experiment).experiment_id]))


def numbered(number: int) -> Evaluation:
    return dataclasses.replace(factory.evaluation(), run_id=f"run-{number}")


def rescored() -> Evaluation:
    sound = factory.evaluation()
    overall = {**sound.scorecard.overall, "auc": factory.estimate(0.9, 0.02)}
    return dataclasses.replace(sound, scorecard=dataclasses.replace(sound.scorecard, overall=overall))


@pytest.mark.parametrize("store", ["sqlite", "server"])
def test_a_run_holds_numbers_parameters_dataset_and_the_whole_release_folder(
    store: str, request: pytest.FixtureRequest, release: Path, tmp_path: Path
) -> None:
    uri = request.getfixturevalue({"sqlite": "uri", "server": "server"}[store])
    run_id = tracking.log(factory.evaluation(), release, uri=uri, experiment="one run")

    client = client_of(uri)
    run = client.get_run(run_id)
    assert run.data.metrics == tracking.headline_metrics(factory.evaluation())
    assert run.data.metrics["sensitivity_low"] == pytest.approx(0.788)
    assert run.data.params["vendor"] == "Example Imaging Ltd"
    assert run.data.params["criterion specificity above 0.8"] == "inconclusive"
    assert run.data.tags["nccid.complete"] == "1"
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "reference-densenet 1.4.0 · densenet"
    assert run.info.end_time - run.info.start_time == 462_000
    dataset = run.inputs.dataset_inputs[0]
    assert {tag.key: tag.value for tag in dataset.tags}["nccid.sha256"] == "sha256:" + "ab" * 32
    files = Path(client.download_artifacts(run_id, "", str(tmp_path)))
    found = {str(path.relative_to(files)) for path in files.rglob("*") if path.is_file()}
    assert found >= {"scorecard.json", "plots/roc.svg", "plan.json"}
    assert (files / "plots" / "roc.svg").read_text() == "<svg/>"
    assert json.loads((files / "plan.json").read_text())["digest"] == factory.plan().digest


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


def test_an_unfinished_run_of_another_scorecard_is_left_behind_as_failed(uri: str, release: Path) -> None:
    client = client_of(uri)
    made = client.create_run(
        client.create_experiment("trial", artifact_location=release.parent.as_uri()),
        tags={"nccid.run_key": factory.evaluation().run_id},
        run_name="begun",
    )
    whole = tracking.log(factory.evaluation(), release, uri=uri, experiment="trial")
    unfinished = client.get_run(made.info.run_id)
    assert whole != unfinished.info.run_id
    assert (unfinished.info.status, unfinished.info.run_name) == ("FAILED", "begun (superseded)")
    assert unfinished.data.tags["nccid.superseded_by"] == whole


def test_pages_made_anew_are_sent_again_and_numbers_are_not(uri: str, release: Path) -> None:
    first = tracking.log(factory.evaluation(), release, uri=uri, experiment="trial")
    (release / "report.pdf").write_bytes(b"%PDF")
    assert tracking.log(factory.evaluation(), release, uri=uri, experiment="trial") == first
    client = client_of(uri)
    assert "report.pdf" in {one.path for one in client.list_artifacts(first)}
    assert len(client.get_metric_history(first, "auc")) == 1


def fails(evaluation: Evaluation, release: Path, uri: str) -> bool:
    try:
        tracking.log(evaluation, release, uri=uri, experiment="cut")
    except TrackingError as error:
        return error.where == uri
    return False


def test_a_server_that_goes_away_after_any_request_costs_nothing(
    server: str, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut after the first request, after the second …, each time in another evaluation, which is logged again."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for lasts in itertools.count(1):
        with breaking(server, lasts) as road:
            if not fails(numbered(lasts), release, road.uri):
                break
            road.left = 1000
            assert not fails(numbered(lasts), release, road.uri)
    assert lasts > 8
    client, found = client_of(server), runs(server, "cut")
    assert sorted(run.data.tags["nccid.run_key"] for run in found) == sorted(f"run-{n}" for n in range(1, lasts + 1))
    for run in found:
        assert (run.data.tags["nccid.complete"], run.info.status) == ("1", "FINISHED")
        assert run.data.metrics == tracking.headline_metrics(factory.evaluation())
        assert len(client.get_metric_history(run.info.run_id, "auc")) == 1
        assert len(run.inputs.dataset_inputs) == 1
        assert {one.path for one in client.list_artifacts(run.info.run_id)} == {
            "plan.json",
            "plots",
            "scorecard.json",
        }


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
    assert metrics["ppv_at_prevalence_0.05"] == 0.19
    assert metrics["n_failed_cases"] == 12
    assert (metrics["criteria_met"], metrics["criteria_of_plan"]) == (1, 3)
    assert metrics["auc_answered"] == 0.891
    assert metrics["calibration_slope"] == 0.82
    assert "negative_likelihood_ratio" not in metrics
    assert "auc" not in tracking.headline_metrics(factory.empty_evaluation())


def test_a_plan_of_many_prevalences_pushes_no_criterion_out() -> None:
    sound = factory.evaluation()
    (value, *_), card = sound.scorecard.predictive_values, sound.scorecard
    many = tuple(dataclasses.replace(value, prevalence=at / 100, of_partition=False) for at in range(1, 99))
    counts = dataclasses.replace(card.counts, failures=None)
    metrics = tracking.headline_metrics(
        dataclasses.replace(sound, scorecard=dataclasses.replace(card, predictive_values=many, counts=counts))
    )
    assert len(metrics) == 50
    assert {"auc_low", "sensitivity_high", "specificity", "n_patients", "latency_p95_at_most_s"} <= metrics.keys()
    assert "n_failed_cases" not in metrics  # withheld


def test_the_description_has_the_verdicts_and_takes_no_markup_from_a_vendor() -> None:
    plain = told.description(factory.evaluation())
    assert "- specificity above 0\\.8: **inconclusive**, 0\\.812 \\(0\\.767 to 0\\.853\\)" in plain
    assert "on 420 cases (180 diseased) of 200 patients" in plain
    hostile = told.description(factory.hostile_evaluation())
    assert "<" not in hostile
    assert "&lt;script&gt;alert" in hostile
    assert "\u202e" not in hostile
    assert "W" * 201 not in hostile
    assert "HYPERLINK(" not in hostile  # the bracket is escaped
    assert told.clean("a\x00b\u2066c\ud800 \n d") == "abc d"


def test_no_password_of_an_address_is_told(release: Path) -> None:
    with pytest.raises(TrackingError) as caught:
        tracking.log(factory.evaluation(), release, uri="nonsense://someone:sec@secret@host/x", experiment="trial")
    assert caught.value.where == "nonsense://someone:***@host/x"
    assert "secret" not in str(caught.value)


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


def log_at_once(all_there: Barrier, number: int, release: str, uri: str) -> None:
    all_there.wait(120)
    tracking.log(numbered(number), Path(release), uri=uri, experiment="at once")


@pytest.mark.parametrize("store", ["sqlite", "server"])
def test_six_processes_at_once_lose_nothing_and_duplicate_nothing(
    store: str, tmp_path: Path, release: Path, request: pytest.FixtureRequest
) -> None:
    """On a fresh store and in a fresh experiment; two of the six log the same evaluation."""
    fresh = f"sqlite:///{tmp_path / 'fresh' / 'mlflow.db'}"
    uri = fresh if store == "sqlite" else request.getfixturevalue("server")
    processes = multiprocessing.get_context("forkserver")  # MLflow is imported once for all of them
    processes.set_forkserver_preload(["mlflow.tracking"])
    all_there = processes.Barrier(6)
    started = [
        processes.Process(target=log_at_once, args=(all_there, number % 5, str(release), uri)) for number in range(6)
    ]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0] * 6
    standing = [run for run in runs(uri, "at once") if "nccid.superseded_by" not in run.data.tags]
    assert sorted(run.data.tags["nccid.run_key"] for run in standing) == [f"run-{number}" for number in range(5)]
    assert {run.data.tags["nccid.complete"] for run in standing} == {"1"}
    for run in standing:
        assert run.data.metrics == tracking.headline_metrics(factory.evaluation())


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
