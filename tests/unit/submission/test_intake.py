from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.unit.submission.saved import ARCHITECTURE, configuration, digest, layer, save

from nccid_eval.engine import Engine, Found, Gpu
from nccid_eval.engine.protocol import Container
from nccid_eval.errors import ImageMissing, ImageRefused, SandboxError
from nccid_eval.records import ContainerNeeds, ContainerSpec, Indications, Submission
from nccid_eval.submission import admit, admitted, still_the_same

DIGEST = "registry.example/chestnet@sha256:" + "a" * 64


class FakeEngine:
    """Holds images by id; what it understood of a loaded one can be told it beforehand."""

    name = "fake"

    def __init__(self, pulls: Mapping[str, Any] | None = None, understands: Mapping[str, Any] | None = None) -> None:
        self.images: dict[str, Mapping[str, Any]] = {}
        self.loaded = b""
        self.removed: list[str] = []
        self._pulls = pulls or {}
        self._understands = understands

    def image_configuration(self, reference: str) -> Mapping[str, Any] | None:
        if self.loaded and self._understands is not None:
            return self._understands
        return self.images.get(reference)

    def load_image(self, archive: Iterable[bytes]) -> None:
        self.loaded = b"".join(archive)

    def pull_image(self, reference: str) -> None:
        if reference not in self._pulls:
            raise SandboxError("no such host")
        self.images[reference] = self._pulls[reference]

    def remove_image(self, reference: str) -> tuple[str, ...]:
        self.removed.append(reference)
        self.loaded = b""
        return (reference,) if self.images.pop(reference, None) else ()

    def versions(self) -> Mapping[str, str]:
        return {}

    def cpus(self) -> int:
        return 1

    def gpus(self) -> tuple[Gpu, ...]:
        return ()

    def create(self, spec: ContainerSpec) -> Container:
        raise AssertionError("intake runs nothing")

    def find(self, label: str) -> tuple[Found, ...]:
        return ()

    def remove(self, container_id: str) -> None: ...


def report(**config: Any) -> dict[str, Any]:
    """Of the image behind DIGEST."""
    return {
        "Id": "sha256:" + "b" * 64,
        "RepoDigests": [DIGEST],
        "Architecture": ARCHITECTURE,
        "Os": "linux",
        "Size": 12,
        "Config": {"Entrypoint": ["/model"], "Env": ["PATH=/bin"], **config},
        "RootFS": {"Layers": ["x", "y"]},
    }


def understood(layers: Sequence[bytes], **config: Any) -> dict[str, Any]:
    """What an engine says of the saved image with these layers and this configuration."""
    raw = json.dumps(configuration(layers, config)).encode()
    rootfs = {"Layers": [f"sha256:{digest(one)}" for one in layers]}
    return {**report(**config), "Id": f"sha256:{digest(raw)}", "RootFS": rootfs}


def submission(folder: Path, image: str = "model.tar") -> Submission:
    return Submission(
        folder=folder,
        vendor="V",
        name="N",
        version="1",
        indications=Indications(
            target="covid_positive", modalities=("DX",), views=("AP",), min_age_years=0, uses_demographics=False
        ),
        threshold=0.5,
        probability=False,
        container=ContainerNeeds(
            image=image, protocol="nccid-stdio/1", gpu="none", memory_gib=1, shm_mib=1, tmp_mib=1, jit=False
        ),
        nccid_training_partition=False,
        other_sources=(),
    )


def admit_saved(folder: Path, engine: Engine | None = None, **config: Any) -> Any:
    save(folder / "model.tar", config=configuration([layer()], config))
    return admit(submission(folder), engine or FakeEngine(understands=understood([layer()], **config)))


def test_a_sound_image_is_loaded_and_known_by_its_digest(tmp_path: Path) -> None:
    engine = FakeEngine(understands=understood([layer()]))
    image = admit_saved(tmp_path, engine)
    assert image.id.startswith("sha256:")
    assert image.layers == 1
    assert engine.loaded


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"Volumes": {"/data": {}}}, "VOLUME"),
        ({"volumes": {"/data": {}}}, "stands for another"),
        ({"Env": ["LD_PRELOAD=/x.so"]}, "LD_PRELOAD"),
        ({"Env": ["ld_preload=/x.so"]}, "ld_preload"),
        ({"Env": ["LD_LIBRARY_PATH=/x"]}, "LD_LIBRARY_PATH"),
        ({"Env": ["NVIDIA_VISIBLE_DEVICES=all"]}, "NVIDIA_VISIBLE_DEVICES"),
        ({"ENV": ["LD_PRELOAD=/x.so"]}, "stands for another"),
        ({"Env": "LD_PRELOAD=/x.so"}, "cannot be read"),
        ({"Env": [["LD_PRELOAD=/x.so"]]}, "cannot be read"),
        ({"Labels": {"org.nccid-eval.owner": "x"}}, "label"),
        ({"Labels": ["x"]}, "cannot be read"),
        ({"Entrypoint": None, "Cmd": []}, "neither ENTRYPOINT nor CMD"),
        ({"Entrypoint": [], "Cmd": None}, "neither ENTRYPOINT nor CMD"),
    ],
)
def test_what_no_image_may_carry_is_refused_before_it_is_loaded(
    tmp_path: Path, config: dict[str, Any], why: str
) -> None:
    engine = FakeEngine()
    with pytest.raises(ImageRefused, match=why):
        admit_saved(tmp_path, engine, **config)
    assert engine.loaded == b""


@pytest.mark.parametrize(
    "change",
    [{"architecture": "riscv64"}, {"os": "windows"}, {"config": "text"}, {"Config": {"Volumes": {"/x": {}}}}],
)
def test_an_image_for_elsewhere_or_with_a_second_configuration_is_refused(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    save(tmp_path / "model.tar", config={**configuration([layer()]), **change})
    with pytest.raises(ImageRefused):
        admit(submission(tmp_path), FakeEngine())


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """Engines join the two objects, where Python keeps the second."""
    raw = json.dumps(configuration([layer()])).encode()
    raw = raw.replace(b'"Entrypoint"', b'"Volumes": {"/x": {}}, "Volumes": {}, "Entrypoint"')
    save(tmp_path / "model.tar", config=raw)
    with pytest.raises(ImageRefused, match="stands twice"):
        admit(submission(tmp_path), FakeEngine())


def test_what_the_engine_understood_counts_as_well(tmp_path: Path) -> None:
    engine = FakeEngine(understands=understood([layer()]) | {"Config": {"Volumes": {"/data": {}}}})
    with pytest.raises(ImageRefused, match="VOLUME"):
        admit_saved(tmp_path, engine)
    assert len(engine.removed) == 1  # it came with this submission, and does not stay


@pytest.mark.parametrize("change", [{"Id": "sha256:" + "c" * 64}, {"RootFS": {"Layers": ["sha256:other"]}}])
def test_an_engine_that_makes_another_image_of_it_is_told(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(ImageRefused, match="not the one that was admitted"):
        admit_saved(tmp_path, FakeEngine(understands=understood([layer()]) | change))


def test_labels_that_differ_in_case_are_the_vendors_own_business(tmp_path: Path) -> None:
    assert admit_saved(tmp_path, Labels={"maintainer": "a", "Maintainer": "b"}).layers == 1


def test_an_engine_that_loses_the_image_is_our_failure(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="does not have it"):
        admit_saved(tmp_path, FakeEngine())


@pytest.mark.parametrize(
    "name",
    [
        "chestnet:latest",
        "chestnet",
        "registry.example/chestnet:1.2",
        "../other/model.tar",
        "/abs/model.tar",
        "model.tar.gz",
        "chestnet@sha256:abc",
        "",
    ],
)
def test_a_tag_or_a_path_is_no_name_of_an_image(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImageRefused, match="tag or a path"):
        admit(submission(tmp_path, name), FakeEngine())


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ImageMissing):
        admit(submission(tmp_path), FakeEngine())


def test_a_digest_is_pulled_once_and_checked(tmp_path: Path) -> None:
    engine = FakeEngine(pulls={DIGEST: report()})
    image = admit(submission(tmp_path, DIGEST), engine)
    assert (image.id, image.layers, image.size_bytes) == ("sha256:" + "b" * 64, 2, 12)
    with pytest.raises(ImageRefused, match="LD_PRELOAD"):
        admit(submission(tmp_path, DIGEST), FakeEngine(pulls={DIGEST: report(Env=["LD_PRELOAD=x"])}))


@pytest.mark.parametrize("held", [[], None, ["registry.example/chestnet@sha256:" + "d" * 64]])
def test_an_engine_with_another_manifest_under_that_name_is_told(tmp_path: Path, held: Any) -> None:
    engine = FakeEngine(pulls={DIGEST: {**report(), "RepoDigests": held}})
    with pytest.raises(ImageRefused, match="another image under that name"):
        admit(submission(tmp_path, DIGEST), engine)
    assert engine.removed == [DIGEST]


def test_an_image_that_was_there_before_is_left_where_it_is_refused(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.images[DIGEST] = report(Env=["LD_PRELOAD=x"])
    with pytest.raises(ImageRefused, match="LD_PRELOAD"):
        admit(submission(tmp_path, DIGEST), engine)
    assert engine.removed == []


def test_the_image_is_known_again_by_its_layers(tmp_path: Path) -> None:
    engine = FakeEngine(understands=understood([layer()]))
    image = admit_saved(tmp_path, engine)
    still_the_same(image, engine)
    still_the_same(dataclasses.replace(image, layers_digest=""), engine)  # of an older run
    with pytest.raises(ImageRefused, match="not the one"):
        still_the_same(dataclasses.replace(image, layers_digest="sha256:" + "e" * 64), engine)
    with pytest.raises(SandboxError, match="no longer has"):
        still_the_same(image, FakeEngine())


def test_a_digest_that_cannot_be_pulled_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ImageMissing, match="cannot be pulled"):
        admit(submission(tmp_path, DIGEST), FakeEngine())


def test_an_image_without_a_configuration_is_refused(tmp_path: Path) -> None:
    bare = {**report(), "Config": None}
    with pytest.raises(ImageRefused, match="neither"):
        admit(submission(tmp_path, DIGEST), FakeEngine(pulls={DIGEST: bare}))


@pytest.mark.parametrize("there", [False, True])
def test_an_image_of_which_no_run_comes_stays_where_it_was_alone(tmp_path: Path, there: bool) -> None:
    engine = FakeEngine(pulls={DIGEST: report()})
    if there:
        engine.pull_image(DIGEST)
    with pytest.raises(KeyboardInterrupt), admitted(submission(tmp_path, DIGEST), engine):
        raise KeyboardInterrupt
    assert engine.removed == ([] if there else [DIGEST])
    with admitted(submission(tmp_path, DIGEST), engine) as image:
        pass
    assert engine.image_configuration(DIGEST) == report()
    assert image.id == report()["Id"]


class InterruptedEngine(FakeEngine):
    """Takes a whole image and is interrupted before it says so."""

    def load_image(self, archive: Iterable[bytes]) -> None:
        super().load_image(archive)
        raise KeyboardInterrupt


def test_an_image_whose_loading_is_interrupted_is_taken_back(tmp_path: Path) -> None:
    engine = InterruptedEngine(understands=understood([layer()]))
    with pytest.raises(KeyboardInterrupt):
        admit_saved(tmp_path, engine)
    assert len(engine.removed) == 1
