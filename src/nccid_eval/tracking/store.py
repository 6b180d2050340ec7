"""MLflow's stores: one process at a time on a sqlite file, its chatter off stdout, its errors as ours."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nccid_eval.errors import TrackingError

KIND = {"mlflow.experimentKind": "custom_model_development"}  # which of its pages MLflow shows, and which not


@contextlib.contextmanager
def opened(uri: str) -> Iterator[Any]:
    """MLflow's client for any tracking URI, alone with the store where that is a sqlite file."""
    with _translated(uri), _quiet(), _alone(uri):
        from mlflow.tracking import MlflowClient

        yield MlflowClient(tracking_uri=uri)


def experiment_id(client: Any, name: str, uri: str) -> str:
    """Of the experiment of this name, made where it is missing."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        database = sqlite_path(uri)
        # Without this MLflow would put artifacts below whatever folder the command was started in.
        place = database.with_name(f"{database.name}.artifacts").as_uri() if database else None
        try:
            return str(client.create_experiment(name, artifact_location=place, tags=KIND))
        except MlflowException:
            found = client.get_experiment_by_name(name)  # another process was faster
            if found is None:
                raise
    if found.lifecycle_stage != "active":
        raise TrackingError(
            f"the experiment '{name}' was deleted in MLflow",
            where=shown(uri),
            mend="restore it there or name another one",
        )
    return str(found.experiment_id)


def shown(uri: str) -> str:
    """A text with the passwords of its addresses left out."""
    return re.sub(r"(://[^/@\s:]*):[^/\s]*@", r"\1:***@", uri)


def sqlite_path(uri: str) -> Path | None:
    """The file of `sqlite:////absolute/path` (or of `sqlite:///relative`), None for any other store."""
    scheme, _, path = uri.partition(":///")
    return Path(path.partition("?")[0]).absolute() if scheme.startswith("sqlite") and path else None


@contextlib.contextmanager
def _alone(uri: str) -> Iterator[None]:
    """One process at a time on a sqlite file: processes that race to make a fresh one lose each other's runs."""
    database = sqlite_path(uri)
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
        said = shown(str(cause).partition("\n")[0])
        raise TrackingError(f"MLflow's store cannot be written: {said}", where=shown(uri), mend=mend) from cause
    except Exception as cause:
        if type(cause).__module__.partition(".")[0] not in ("mlflow", "sqlalchemy", "sqlite3", "alembic"):
            raise
        said = shown(str(cause).partition("\n")[0])
        raise TrackingError(f"MLflow refused the run: {said}", where=shown(uri), mend=mend) from cause
