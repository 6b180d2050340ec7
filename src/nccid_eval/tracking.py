"""Evaluation -> MLflow. A mirror: what counts lies in the run folder, and only what may leave is sent.

One MLflow run an evaluation, found again by the tag `nccid.run_key`. A complete run with the same scorecard is
returned as it is. An unfinished one, or one of an older scorecard, is never changed in its numbers: a new run is
made, and the old one gets the tag `nccid.superseded_by`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import logging
import math
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from nccid_eval.errors import TrackingError
from nccid_eval.records import Estimate, Evaluation

RUN_KEY, SCORECARD = "nccid.run_key", "nccid.scorecard_sha256"
COMPLETE, SUPERSEDED = "nccid.complete", "nccid.superseded_by"
HEADLINE_LIMIT, TEXT_LIMIT = 50, 500  # servers refuse long parameters; the whole text is in the report


def log(evaluation: Evaluation, release: Path, *, uri: str, experiment: str) -> str:
    """Log one evaluation and everything in the folder `release`; return MLflow's run id.

    `uri` is any MLflow tracking URI; a sqlite file and its folder are made where they are missing. Telemetry and
    other switches of MLflow are environment variables and the caller's business, before the first call.
    Raises TrackingError for a number that is not finite and for whatever the store refuses.
    """
    metrics = headline_metrics(evaluation)
    if not release.is_dir():
        raise TrackingError("there is no release folder to log", where=str(release), mend="score the run first")
    with _translated(uri), _quiet(), _alone(uri):
        from mlflow.tracking import MlflowClient

        client = MlflowClient(tracking_uri=uri)
        experiment_id = _experiment_id(client, experiment, uri)
        earlier = _earlier_runs(client, experiment_id, _run_key(evaluation.run_id))
        digest = scorecard_digest(evaluation)
        run_id = next((run.info.run_id for run in earlier if _is_same(run.data.tags, digest)), "")
        if not run_id:
            run_id = _new_run(client, experiment_id, evaluation, digest)
            _fill(client, run_id, evaluation, metrics, release)
        _supersede(client, [run for run in earlier if run.info.run_id != run_id], run_id)
        return run_id


def headline_metrics(evaluation: Evaluation) -> dict[str, float]:
    """At most 50 numbers for MLflow's tables; all others are in the scorecard, which is logged as an artifact."""
    card = evaluation.scorecard
    found: dict[str, float] = {}
    for name, measure in card.overall.items():
        if isinstance(measure, Estimate):
            found |= {name: measure.value, f"{name}_low": measure.low, f"{name}_high": measure.high}
    found |= {f"n_{name}": float(count) for name, count in dataclasses.asdict(card.counts).items()}
    found["criteria_met"] = float(sum(one.verdict == "met" for one in card.verdicts))
    if (run := evaluation.run) is not None:
        if run.latency_median_s is not None and run.latency_p95_s is not None:
            found |= {"latency_median_at_most_s": run.latency_median_s, "latency_p95_at_most_s": run.latency_p95_s}
        if run.memory_peak_mib is not None:
            found["memory_peak_at_most_mib"] = run.memory_peak_mib
        if run.gpu_memory_peak_mib is not None:
            found["gpu_memory_peak_at_most_mib"] = run.gpu_memory_peak_mib
    if (check := evaluation.order_check) is not None and check.largest_change is not None:
        found |= {"repeat_largest_change": check.largest_change, "repeat_crossed": float(check.crossed)}
    for values in card.predictive_values:
        where = "partition" if values.of_partition else f"{values.prevalence:g}"
        pairs = (("ppv", values.ppv), ("npv", values.npv))
        found |= {f"{name}_at_{where}": one.value for name, one in pairs if isinstance(one, Estimate)}
    _refuse_non_finite(found)
    return dict(list(found.items())[:HEADLINE_LIMIT])


def scorecard_digest(evaluation: Evaluation) -> str:
    """SHA-256 of the scorecard's canonical JSON: equal for equal numbers, whoever wrote the file."""
    text = json.dumps(dataclasses.asdict(evaluation.scorecard), sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _refuse_non_finite(metrics: dict[str, float]) -> None:
    for name, value in metrics.items():
        if not math.isfinite(value):
            # MLflow would store infinity as 1.797e308 and say nothing.
            raise TrackingError(
                f"the metric '{name}' is {value}",
                where="scorecard",
                mend="score the run again; report it if it stays",
            )


def _parameters(evaluation: Evaluation) -> dict[str, str]:
    card, submission, run = evaluation.scorecard, evaluation.submission, evaluation.run
    found = {
        "target": card.target,
        "threshold": repr(card.threshold),
        "partition_digest": card.partition_digest,
        "plan_digest": card.plan.digest,
        "plan_seed": str(card.plan.seed),
        "disclosure_gate": card.gate,
        "commit": evaluation.commit,
    }
    if submission is not None:
        found |= {"vendor": submission.vendor, "model": submission.name, "model_version": submission.version}
    if run is not None:
        found |= {"image_id": run.image_id, "engine": run.engine, "run_seed": str(run.seed)}
    return {key: value[:TEXT_LIMIT] for key, value in found.items()}


def _run_name(evaluation: Evaluation) -> str:
    tested = evaluation.submission
    return (f"{tested.name[:60]} {tested.version[:20]} · " if tested else "") + evaluation.run_id[:60]


def _new_run(client: Any, experiment_id: str, evaluation: Evaluation, digest: str) -> str:
    run = client.create_run(
        experiment_id,
        start_time=_milliseconds(evaluation.run.started) if evaluation.run else None,
        run_name=_run_name(evaluation),
        tags={RUN_KEY: _run_key(evaluation.run_id), SCORECARD: digest},
    )
    return str(run.info.run_id)


def _fill(client: Any, run_id: str, evaluation: Evaluation, metrics: dict[str, float], release: Path) -> None:
    """Everything of one run; the tag that says 'complete' comes last, so that a half-written run is known as such."""
    from mlflow.entities import Metric, Param

    stamp = client.get_run(run_id).info.start_time  # fixed for the run: a repeated batch adds no second point
    client.log_batch(
        run_id,
        metrics=[Metric(key, value, stamp, 0) for key, value in metrics.items()],
        params=[Param(key, value) for key, value in _parameters(evaluation).items()],
    )
    client.log_inputs(run_id, [_dataset(evaluation)])
    client.log_artifacts(run_id, str(release))
    client.set_terminated(run_id, end_time=_milliseconds(evaluation.run.finished) if evaluation.run else None)
    client.set_tag(run_id, COMPLETE, "1")


def _dataset(evaluation: Evaluation) -> Any:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    digest = evaluation.scorecard.partition_digest
    dataset = Dataset(
        name=evaluation.partition.warehouse[:TEXT_LIMIT] if evaluation.partition else "predictions made elsewhere",
        digest=digest.removeprefix("sha256:")[:36],  # MLflow's limit; the whole digest is in the tag
        source_type="nccid-partition",
        source=json.dumps({"digest": digest}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "evaluation"), InputTag("nccid.sha256", digest)])


def _experiment_id(client: Any, name: str, uri: str) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        database = _sqlite_path(uri)
        # Without this MLflow would put artifacts below whatever folder the command was started in.
        place = database.with_name(f"{database.name}.artifacts").as_uri() if database else None
        try:
            return str(client.create_experiment(name, artifact_location=place))
        except MlflowException:
            found = client.get_experiment_by_name(name)  # another process was faster
            if found is None:
                raise
    if found.lifecycle_stage != "active":
        raise TrackingError(
            f"the experiment '{name}' was deleted in MLflow", where=uri, mend="restore it there or name another one"
        )
    return str(found.experiment_id)


def _earlier_runs(client: Any, experiment_id: str, run_key: str) -> list[Any]:
    runs = client.search_runs([experiment_id], f"tags.`{RUN_KEY}` = '{run_key}'", order_by=["start_time DESC"])
    return [run for run in runs if SUPERSEDED not in run.data.tags]


def _run_key(run_id: str) -> str:
    """The run's id, or its hash where MLflow's filter language would trip over it."""
    plain = re.fullmatch(r"[A-Za-z0-9._:+-]{1,200}", run_id)
    return run_id if plain else "sha256:" + hashlib.sha256(run_id.encode("utf-8", "surrogatepass")).hexdigest()


def _is_same(tags: dict[str, str], digest: str) -> bool:
    return tags.get(COMPLETE) == "1" and tags.get(SCORECARD) == digest


def _supersede(client: Any, runs: list[Any], by: str) -> None:
    for run in runs:
        client.set_tag(run.info.run_id, SUPERSEDED, by)
        if run.data.tags.get(COMPLETE) != "1":
            client.set_terminated(run.info.run_id, status="FAILED")


def _milliseconds(iso: str) -> int:
    return round(datetime.fromisoformat(iso).timestamp() * 1000)


def _sqlite_path(uri: str) -> Path | None:
    """The file of `sqlite:////absolute/path` (or of `sqlite:///relative`), None for any other store."""
    scheme, _, path = uri.partition(":///")
    return Path(path.partition("?")[0]).absolute() if scheme.startswith("sqlite") and path else None


@contextlib.contextmanager
def _alone(uri: str) -> Iterator[None]:
    """One process at a time on a sqlite file: processes that race to make a fresh one lose each other's runs."""
    database = _sqlite_path(uri)
    if database is None:
        yield
        return
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(database.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep MLflow's and alembic's notes on table creation off the log, and their links off stdout."""
    import mlflow  # noqa: F401  (importing it sets the levels that are raised here)

    before = {logger: logger.level for logger in map(logging.getLogger, ("mlflow", "alembic"))}
    for logger in before:
        logger.setLevel(logging.WARNING)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        for logger, level in before.items():
            logger.setLevel(level)


@contextlib.contextmanager
def _translated(uri: str) -> Iterator[None]:
    mend = "check that the store is reachable and writable, then log the run again; nothing else is lost"
    try:
        yield
    except OSError as cause:
        raise TrackingError(f"MLflow's store cannot be written: {cause}", where=uri, mend=mend) from cause
    except Exception as cause:
        if type(cause).__module__.partition(".")[0] not in ("mlflow", "sqlalchemy", "sqlite3", "alembic"):
            raise
        said = str(cause).partition("\n")[0]
        raise TrackingError(f"MLflow refused the run: {said}", where=uri, mend=mend) from cause
