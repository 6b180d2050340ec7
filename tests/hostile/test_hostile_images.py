"""Hostile images against the real engine: refused before it sees them, or loaded without what they tried."""

from __future__ import annotations

import dataclasses
import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.hostile.fixtures import TAG
from tests.unit.submission.saved import add, configuration, digest, layer, packed, save
from tests.unit.submission.test_intake import submission

from nccid_eval import submission as room
from nccid_eval.engine import Engine
from nccid_eval.errors import ImageRefused
from nccid_eval.records import Image

pytestmark = pytest.mark.engine
MOVED = "nccid-eval-test:moved"


def tags() -> set[str]:
    listed = subprocess.run(
        ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"], check=True, capture_output=True, text=True
    )
    return set(listed.stdout.split())


def has(engine: Engine, configuration: bytes) -> bool:
    return engine.image_configuration(f"sha256:{digest(configuration)}") is not None


@pytest.fixture
def admitted(docker_engine: Engine, tmp_path: Path) -> Iterator[Any]:
    """Admits model.tar; what it loaded is removed afterwards."""
    loaded: list[str] = []

    def admit() -> Image:
        image = room.admit(submission(tmp_path), docker_engine)
        loaded.append(image.id)
        return image

    yield admit
    for one in loaded:
        subprocess.run(["docker", "rmi", "--force", one], check=False, capture_output=True)
    subprocess.run(["docker", "rmi", "--force", MOVED], check=False, capture_output=True)


@pytest.mark.parametrize("oci", [False, True])
@pytest.mark.parametrize("pack", [bytes, packed])
def test_a_sound_image_is_there_afterwards_without_a_tag(
    docker_engine: Engine, tmp_path: Path, admitted: Any, oci: bool, pack: Any
) -> None:
    one = layer(f"{oci}{pack}")
    save(tmp_path / "model.tar", layers=[one], stored=[pack(one)], tags=[MOVED], oci=oci)
    image = admitted()
    report = docker_engine.image_configuration(image.id)
    assert report is not None
    assert (report["Id"], report["RepoTags"]) == (image.id, [])
    assert MOVED not in tags()
    assert admitted() == image


def test_an_image_that_docker_saved_is_admitted(docker_engine: Engine, hostile_image: str, tmp_path: Path) -> None:
    subprocess.run(["docker", "save", TAG, "-o", str(tmp_path / "model.tar")], check=True)
    assert room.admit(submission(tmp_path), docker_engine).id == hostile_image


def test_a_layer_in_a_manifests_clothes_moves_no_tag(docker_engine: Engine, tmp_path: Path, admitted: Any) -> None:
    """Unpacked under its own name it would replace the manifest and bring its own image, tag and volumes."""
    inner = layer("evil")
    evil = json.dumps(configuration([inner], {"Volumes": {"/data": {}}})).encode()
    manifest = json.dumps([{"Config": "evil.json", "RepoTags": [MOVED], "Layers": ["inner.tar"]}]).encode()
    parts = {"./manifest.json": manifest, "evil.json": evil, "inner.tar": inner}
    outer = json.dumps(configuration(list(parts.values()))).encode()
    listed = [{"Config": f"{digest(outer)}.json", "RepoTags": None, "Layers": list(parts)}]
    with tarfile.open(tmp_path / "model.tar", "w") as archive:
        add(archive, f"{digest(outer)}.json", outer)
        for name, body in parts.items():
            add(archive, name, body)
        add(archive, "manifest.json", json.dumps(listed).encode())
    with pytest.raises(ImageRefused):
        admitted()
    assert MOVED not in tags()
    assert not has(docker_engine, evil)


def test_layer_theft_reaches_no_engine(docker_engine: Engine, tmp_path: Path, admitted: Any) -> None:
    raw = json.dumps(configuration([layer("theirs")])).encode()
    save(tmp_path / "model.tar", layers=[layer("theirs")], stored=[layer("")])
    with pytest.raises(ImageRefused, match="not what it claims"):
        admitted()
    assert not has(docker_engine, raw)


@pytest.mark.parametrize(
    "config", [{"Volumes": {"/data": {}}}, {"volumes": {"/data": {}}}, {"env": ["LD_PRELOAD=/x.so"]}]
)
def test_a_hidden_volume_or_variable_reaches_no_engine(
    docker_engine: Engine, tmp_path: Path, admitted: Any, config: dict[str, Any]
) -> None:
    raw = json.dumps(configuration([layer()], config)).encode()
    save(tmp_path / "model.tar", config=raw)
    with pytest.raises(ImageRefused):
        admitted()
    assert not has(docker_engine, raw)


def test_the_engine_does_read_a_key_in_another_case(docker_engine: Engine) -> None:
    """Why spelling is checked: without that, this image's volume would have been overlooked."""
    one = layer("spelling")
    raw = json.dumps(configuration([one], {"volumes": {"/data": {}}})).encode()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        add(archive, f"{digest(raw)}.json", raw)
        add(archive, "layer.tar", one)
        manifest = [{"Config": f"{digest(raw)}.json", "RepoTags": None, "Layers": ["layer.tar"]}]
        add(archive, "manifest.json", json.dumps(manifest).encode())
    docker_engine.load_image([stream.getvalue()])
    try:
        report = docker_engine.image_configuration(f"sha256:{digest(raw)}")
        assert report is not None
        assert report["Config"]["Volumes"] == {"/data": {}}
    finally:
        subprocess.run(["docker", "rmi", "--force", f"sha256:{digest(raw)}"], check=False, capture_output=True)


def test_a_tag_is_no_name_for_an_image(docker_engine: Engine, hostile_image: str, tmp_path: Path) -> None:
    by_tag = dataclasses.replace(submission(tmp_path).container, image=TAG)
    with pytest.raises(ImageRefused, match="tag or a path"):
        room.admit(dataclasses.replace(submission(tmp_path), container=by_tag), docker_engine)
