"""What every test folder may ask for: an engine that answers, the base image, a small warehouse and its partition."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.ground import BASE, ROOT

from nccid_eval import engine, partition, synthetic
from nccid_eval.config import load_partition_rules
from nccid_eval.engine import Engine
from nccid_eval.errors import EngineUnavailable


@pytest.fixture(scope="session")
def docker_engine() -> Engine:
    try:
        return engine.connect(os.environ.get("DOCKER_HOST"))
    except EngineUnavailable as error:
        pytest.skip(f"NO CONTAINER ENGINE ANSWERS, so nothing that needs one was tested: {error.what}")


@pytest.fixture(scope="session")
def base_image(docker_engine: Engine) -> str:
    if docker_engine.image_configuration(BASE) is None:
        pytest.skip(f"THE BASE IMAGE {BASE} IS MISSING (make image), so no real container was tested")
    return BASE


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic warehouse of 90 patients."""
    out = tmp_path_factory.mktemp("synthetic") / "warehouse"
    synthetic.make_warehouse(out, patients=90, seed=5, workers=2, progress=lambda done, total: None)
    return out


@pytest.fixture(scope="session")
def built(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The partition of that warehouse."""
    out = tmp_path_factory.mktemp("partitions") / "partition"
    partition.build(
        warehouse,
        out,
        load_partition_rules(ROOT / "configs" / "partition.toml"),
        strict=False,
        workers=2,
        progress=lambda stage, done, total: None,
        warn=lambda text: None,
    )
    return out
