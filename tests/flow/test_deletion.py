"""An image's deletion on a real engine: what holds it is told, what others share stays, and it is gone afterwards."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.flow.bright import around
from tests.unit.pipeline.assessments import assessment
from tests.unit.submission.saved import layer, save
from tests.unit.submission.test_intake import submission

from nccid_eval import archive
from nccid_eval.archive import RunFolder
from nccid_eval.engine import Engine
from nccid_eval.errors import SandboxError
from nccid_eval.pipeline import destroy_image
from nccid_eval.records import Image
from nccid_eval.submission import admit

pytestmark = pytest.mark.engine


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout.strip()


def admitted(folder: Path, engine: Engine, *layers: str) -> Image:
    folder.mkdir()
    save(folder / "model.tar", layers=[layer(one) for one in layers])
    return admit(submission(folder), engine)


def run_of(folder: Path, image: Image) -> RunFolder:
    run = archive.create(folder)
    archive.save_assessment(run, replace(assessment(), image=image))
    return run


@pytest.fixture
def pair(docker_engine: Engine, tmp_path: Path) -> Iterator[tuple[Image, Image]]:
    """Two images that share their first layer."""
    shared, own, other = (f"{part} {uuid.uuid4()}" for part in ("shared", "own", "other"))
    images = (
        admitted(tmp_path / "a", docker_engine, shared, own),
        admitted(tmp_path / "b", docker_engine, shared, other),
    )
    yield images
    for image in images:
        subprocess.run(["docker", "rmi", "--force", image.id], check=False, capture_output=True)


def test_what_others_share_stays(docker_engine: Engine, tmp_path: Path, pair: tuple[Image, Image]) -> None:
    first = destroy_image(run_of(tmp_path / "first", pair[0]), around(docker_engine))
    assert first is not None
    assert docker_engine.image_configuration(pair[0].id) is None
    assert docker_engine.image_configuration(pair[1].id) is not None
    assert (first.layers, first.layers_removed, first.still_there) == (2, 1, False)
    assert pair[0].id in first.removed
    second = destroy_image(run_of(tmp_path / "second", pair[1]), around(docker_engine))
    assert second is not None
    assert (second.layers_removed, second.was_there) == (2, True)


def test_a_container_and_a_tag_hold_it(docker_engine: Engine, tmp_path: Path, pair: tuple[Image, Image]) -> None:
    run, tag = run_of(tmp_path / "run", pair[0]), f"nccid-eval-test:{uuid.uuid4().hex}"
    container = docker("create", pair[0].id)
    with pytest.raises(SandboxError, match=r"the image is held: .*container") as held:
        destroy_image(run, around(docker_engine))
    assert "docker rm" in held.value.mend
    assert not (run.private / "deletion.json").exists()
    docker("rm", container)
    docker("tag", pair[0].id, tag)
    with pytest.raises(SandboxError, match=f"held by the tag {tag}"):
        destroy_image(run, around(docker_engine))
    assert docker_engine.image_configuration(tag) is not None


def test_an_image_that_is_not_there_is_no_failure(docker_engine: Engine) -> None:
    assert docker_engine.remove_image("sha256:" + "0" * 64) == ()


def test_what_goes_wrong_while_an_image_is_loaded_is_told(docker_engine: Engine, tmp_path: Path) -> None:
    broken = save(tmp_path / "model.tar", layers=[layer("a")], stored=[layer("b")]).read_bytes()
    with pytest.raises(SandboxError, match="the container engine failed"):
        docker_engine.load_image([broken])
