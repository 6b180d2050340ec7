"""Images that other tools made and kept: a real registry (Debian's docker-registry, on the loopback), Podman."""

from __future__ import annotations

import dataclasses
import io
import json
import platform
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.unit.submission.saved import add, configuration, save
from tests.unit.submission.test_intake import submission

from nccid_eval.engine import Engine
from nccid_eval.errors import ImageMissing, ImageRefused
from nccid_eval.records import Image
from nccid_eval.submission import admit, still_the_same

pytestmark = pytest.mark.engine
PROGRAM = Path("/usr/bin/docker-init")  # a static program that comes with Debian's docker.io
SETTINGS = """
version: 0.1
log: {level: error}
storage: {filesystem: {rootdir: ROOT}, delete: {enabled: true}}
http: {addr: "127.0.0.1:PORT"}
"""


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    address: str
    process: subprocess.Popen[bytes]

    def push(self, image_id: str, name: str) -> str:
        """Push under this name, and forget it on the engine; its reference by digest."""
        tag = f"{self.address}/{name}:1"
        docker("tag", image_id, tag)
        docker("push", "--quiet", tag)
        digests = json.loads(docker("image", "inspect", tag, "--format", "{{json .RepoDigests}}"))
        docker("rmi", "--force", image_id)
        return next(one for one in digests if one.startswith(f"{self.address}/{name}@"))


@pytest.fixture(scope="module")
def registry(docker_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    program = shutil.which("docker-registry")
    if program is None or not PROGRAM.exists():
        pytest.skip("DEBIAN'S docker-registry IS NOT HERE (apt-get install docker-registry): no image was pulled")
    folder = tmp_path_factory.mktemp("registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = SETTINGS.replace("ROOT", str(folder / "store")).replace("PORT", str(port))
    (folder / "registry.yml").write_text(settings)
    process = subprocess.Popen(
        [program, "serve", str(folder / "registry.yml")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/v2/")
        yield Registry(address=f"127.0.0.1:{port}", process=process)
    finally:
        process.kill()
        process.wait()


def wait_for(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the registry does not answer")


@pytest.fixture
def taken(docker_engine: Engine, tmp_path: Path) -> Iterator[Any]:
    """Admits a reference; what was admitted is removed afterwards."""
    held: list[str] = []

    def take(reference: str) -> Image:
        image = admit(submission(tmp_path, reference), docker_engine)
        held.append(image.id)
        return image

    yield take
    for one in held:
        subprocess.run(["docker", "rmi", "--force", one], check=False, capture_output=True)


def made(folder: Path, engine: Engine, name: str, **changes: Any) -> str:
    """The id of an image whose only file is the static program; `changes` are of its configuration."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        add(archive, "program", PROGRAM.read_bytes(), lambda info: setattr(info, "mode", 0o755))
        add(archive, "name", name.encode())
    one = data.getvalue()
    config = {"Entrypoint": ["/program", "--version"], **changes.pop("config", {})}
    table = configuration([one], config, **changes)
    path = save(folder / "made.tar", layers=[one], config=table)
    docker("load", "--quiet", "--input", str(path))
    return docker("inspect", "--format", "{{.Id}}", "chestnet:1").strip()


@pytest.fixture
def pushed(registry: Registry, docker_engine: Engine, tmp_path: Path) -> tuple[str, str]:
    """An image's id, and its reference by digest."""
    image_id = made(tmp_path, docker_engine, "sound")
    return image_id, registry.push(image_id, "sound")


def test_an_image_by_digest_is_pulled_known_again_and_runs(
    docker_engine: Engine, pushed: tuple[str, str], taken: Any
) -> None:
    image_id, reference = pushed
    assert docker_engine.image_configuration(image_id) is None
    image = taken(reference)
    assert (image.id, image.layers) == (image_id, 1)
    still_the_same(image, docker_engine)
    assert taken(reference) == image  # without another pull
    assert "tini" in docker("run", "--rm", "--network", "none", "--read-only", image.id)
    with pytest.raises(ImageRefused):
        still_the_same(dataclasses.replace(image, layers_digest="sha256:" + "0" * 64), docker_engine)


def test_another_digest_and_another_name_are_missing(pushed: tuple[str, str], taken: Any) -> None:
    name, _, digest = pushed[1].partition("@")
    for reference in (f"{name}@sha256:{'0' * 64}", f"{name}er@{digest}"):
        with pytest.raises(ImageMissing, match="cannot be pulled") as missing:
            taken(reference)
        assert missing.value.where == reference
        assert missing.value.mend


def test_a_tag_is_refused_before_the_registry_is_asked(pushed: tuple[str, str], taken: Any) -> None:
    name = pushed[1].partition("@")[0]
    with pytest.raises(ImageRefused, match="tag or a path"):
        taken(f"{name}:1")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"architecture": "arm64" if platform.machine() == "x86_64" else "amd64"}, "is built for"),
        ({"config": {"Volumes": {"/data": {}}}}, "VOLUME"),
        ({"config": {"Env": ["LD_PRELOAD=/x.so"]}}, "LD_PRELOAD"),
    ],
)
def test_what_no_image_may_carry_is_refused_and_taken_off_the_engine(
    registry: Registry, docker_engine: Engine, tmp_path: Path, taken: Any, changes: dict[str, Any], why: str
) -> None:
    image_id = made(tmp_path, docker_engine, why, **changes)
    reference = registry.push(image_id, "carries")
    with pytest.raises(ImageRefused, match=why):
        taken(reference)
    assert docker_engine.image_configuration(image_id) is None
    assert docker_engine.image_configuration(reference) is None


def test_an_oci_archive_of_podmans_is_admitted_and_runs(docker_engine: Engine, tmp_path: Path, taken: Any) -> None:
    program = shutil.which("podman")
    if program is None:
        pytest.skip("PODMAN IS NOT HERE (apt-get install podman): no OCI archive of another tool's was read")
    store = tempfile.mkdtemp(prefix="podman-", dir="/var/tmp")  # it takes no long path
    podman = [program, "--root", f"{store}/root", "--runroot", f"{store}/run", "--storage-driver", "vfs"]
    docker("rmi", "--force", made(tmp_path, docker_engine, "podman"))
    for step in (
        ["load", "--input", "made.tar"],
        ["save", "--format", "oci-archive", "-o", "model.tar", "chestnet:1"],
    ):
        subprocess.run([*podman, *step], check=True, capture_output=True, cwd=tmp_path)
    image = taken("model.tar")
    assert image.layers == 1
    assert "tini" in docker("run", "--rm", "--network", "none", "--read-only", image.id)
    shutil.rmtree(store)


def test_a_registry_that_is_gone_leaves_the_image_missing(registry: Registry, taken: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(ImageMissing, match="cannot be pulled"):
        taken(f"127.0.0.1:{port}/sound@sha256:{'0' * 64}")
