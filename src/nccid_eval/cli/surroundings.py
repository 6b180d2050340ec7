"""What the verbs take from outside: the environment, the checkout, the cores; nothing below this room reads them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from nccid_eval.errors import ConfigError

CHECKOUT = Path(__file__).parents[3]


def commit() -> str:
    """The commit that this code was checked out from, with '-dirty' where files differ from it."""
    git = ["git", "-C", str(CHECKOUT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    if not (CHECKOUT / ".git").exists():
        return "not a checkout"
    try:
        done = subprocess.run(git, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown commit"
    return done.stdout.strip()


def configuration(given: Path | None, name: str) -> Path:
    """The file given, else configs/NAME in this folder, else the one of the checkout."""
    places = [given] if given else [Path("configs") / name, CHECKOUT / "configs" / name]
    for path in places:
        if path is not None and path.is_file():
            return path
    wanted = given or places[0]
    raise ConfigError(f"{name} is not there", where=str(wanted), mend="name the file with its option (see --help)")


def cores() -> int:
    return len(os.sched_getaffinity(0))


def tracking_uri(given: str | None) -> str:
    """MLflow's address: the option, MLFLOW_TRACKING_URI, else a sqlite file here; 'none' turns it off."""
    chosen = given or os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{Path('mlflow.db').resolve()}"
    return "" if chosen == "none" else chosen


def engine_address() -> str | None:
    return os.environ.get("DOCKER_HOST")
