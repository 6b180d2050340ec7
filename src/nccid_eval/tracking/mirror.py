"""One MLflow run an evaluation, found again by the tag `nccid.run_key`.

A complete run of the same scorecard is returned as it is; its artifacts are sent again where the release folder has
changed. An unfinished one of the same scorecard is gone on with: every step may be taken twice. One of another
scorecard is never changed in its numbers: a new run is made, and the old one gets the tag `nccid.superseded_by`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from nccid_eval.errors import TrackingError
from nccid_eval.records import Evaluation
from nccid_eval.tracking import told
from nccid_eval.tracking.metrics import headline_metrics
from nccid_eval.tracking.store import experiment_id, opened

RUN_KEY, SCORECARD, RELEASE = "nccid.run_key", "nccid.scorecard_sha256", "nccid.release_sha256"
COMPLETE, SUPERSEDED = "nccid.complete", "nccid.superseded_by"


def log(evaluation: Evaluation, release: Path, *, uri: str, experiment: str) -> str:
    """Log one evaluation and everything in the folder `release`; return MLflow's run id.

    `uri` is any MLflow tracking URI; a sqlite file and its folder are made where they are missing. Telemetry and
    other switches of MLflow are environment variables and the caller's business, before the first call.
    Raises TrackingError for a number that is not finite and for whatever the store refuses.
    """
    metrics = headline_metrics(evaluation)
    if not release.is_dir():
        raise TrackingError("there is no release folder to log", where=str(release), mend="score the run first")
    with opened(uri) as client:
        place = experiment_id(client, experiment, uri)
        key, digest = _run_key(evaluation.run_id), scorecard_digest(evaluation)
        run = _chosen(_runs(client, place, key), digest) or _new_run(client, place, evaluation, digest)
        _bring_up(client, run, evaluation, metrics, release)
        return _settle(client, _runs(client, place, key), digest) or str(run.info.run_id)


def scorecard_digest(evaluation: Evaluation) -> str:
    """SHA-256 of the scorecard's canonical JSON: equal for equal numbers, whoever wrote the file."""
    text = json.dumps(dataclasses.asdict(evaluation.scorecard), sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _runs(client: Any, place: str, key: str) -> list[Any]:
    """Of this evaluation; those that were superseded are left out."""
    runs = client.search_runs([place], f"tags.`{RUN_KEY}` = '{key}'")
    return [run for run in runs if SUPERSEDED not in run.data.tags]


def _chosen(runs: list[Any], digest: str) -> Any | None:
    """The run of this scorecard; of several, the same one for every process that looks."""
    same = [run for run in runs if run.data.tags.get(SCORECARD) == digest]
    return min(same, key=lambda run: str(run.info.run_id)) if same else None


def _new_run(client: Any, place: str, evaluation: Evaluation, digest: str) -> Any:
    tags = {
        RUN_KEY: _run_key(evaluation.run_id),
        SCORECARD: digest,
        "mlflow.note.content": told.description(evaluation),
        "mlflow.source.name": "nccid-eval",
        "mlflow.source.type": "LOCAL",
    }
    if re.fullmatch(r"[0-9a-f]{7,40}", evaluation.commit):
        tags["mlflow.source.git.commit"] = evaluation.commit
    return client.create_run(
        place,
        start_time=_milliseconds(evaluation.run.started) if evaluation.run else None,
        run_name=told.run_name(evaluation),
        tags=tags,
    )


def _bring_up(client: Any, run: Any, evaluation: Evaluation, metrics: dict[str, float], release: Path) -> None:
    """Send what is missing; the tag that says 'complete' comes last, so that a half-written run is known as such."""
    run_id, tags, content = run.info.run_id, run.data.tags, _content(release)
    if tags.get(COMPLETE) == "1" and tags.get(RELEASE) == content:
        return
    if tags.get(COMPLETE) != "1":
        _numbers(client, run, evaluation, metrics)
    client.log_artifacts(run_id, str(release))
    client.set_tag(run_id, RELEASE, content)
    if tags.get(COMPLETE) != "1":
        client.set_terminated(run_id, end_time=_milliseconds(evaluation.run.finished) if evaluation.run else None)
        client.set_tag(run_id, COMPLETE, "1")


def _numbers(client: Any, run: Any, evaluation: Evaluation, metrics: dict[str, float]) -> None:
    from mlflow.entities import Metric, Param

    stamp = run.info.start_time  # fixed for the run: a repeated batch adds no second point
    client.log_batch(
        run.info.run_id,
        metrics=[Metric(key, value, stamp, 0) for key, value in metrics.items()],
        params=[Param(key, value) for key, value in told.parameters(evaluation).items()],
    )
    client.log_inputs(run.info.run_id, [_dataset(evaluation)])
    client.log_dict(run.info.run_id, dataclasses.asdict(evaluation.scorecard.plan), "plan.json")


def _dataset(evaluation: Evaluation) -> Any:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    digest, counts = evaluation.scorecard.partition_digest, evaluation.scorecard.counts
    dataset = Dataset(
        name=told.data_name(evaluation),
        digest=digest.removeprefix("sha256:")[:36],  # MLflow's limit; the whole digest is in the tag
        source_type="nccid-partition",
        source=json.dumps({"digest": digest}),
        profile=json.dumps({"cases": counts.cases, "patients": counts.patients}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "evaluation"), InputTag("nccid.sha256", digest)])


def _settle(client: Any, runs: list[Any], digest: str) -> str:
    """Leave one run of this evaluation standing, also where two processes logged it at once; its id."""
    kept = _chosen(runs, digest)
    if kept is None:  # another process logs a newer scorecard of the same run and has superseded this one
        return ""
    for run in runs:
        if run.info.run_id != kept.info.run_id:
            finished = run.data.tags.get(COMPLETE) == "1"
            client.set_tag(run.info.run_id, SUPERSEDED, kept.info.run_id)
            client.update_run(
                run.info.run_id, None if finished else "FAILED", f"{told.clean(run.info.run_name)} (superseded)"
            )
    return str(kept.info.run_id)


def _content(release: Path) -> str:
    """SHA-256 over names and contents of all files of a folder."""
    whole = hashlib.sha256()
    for path in sorted(one for one in release.rglob("*") if one.is_file()):
        inner = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(release).as_posix()}\0{inner}\n".encode("utf-8", "surrogatepass"))
    return "sha256:" + whole.hexdigest()


def _run_key(run_id: str) -> str:
    """The run's id, or its hash where MLflow's filter language would trip over it."""
    plain = re.fullmatch(r"[A-Za-z0-9._:+-]{1,200}", run_id)
    return run_id if plain else "sha256:" + hashlib.sha256(run_id.encode("utf-8", "surrogatepass")).hexdigest()


def _milliseconds(iso: str) -> int:
    return round(datetime.fromisoformat(iso).timestamp() * 1000)
