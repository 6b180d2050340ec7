"""What a request is given before its first container: a sealed input that the engine sees, a name for its user."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.hostile.ground import process_engine, run_request

from nccid_eval.engine.process import ProcessEngine
from nccid_eval.errors import SandboxError
from nccid_eval.records import Bind, RunRequest
from nccid_eval.sandbox import prepared
from nccid_eval.sandbox.passwd import with_user
from nccid_eval.sandbox.policy import container_spec, options_in_words, user_id
from nccid_eval.sandbox.sealed import cannot_seal

CAN_SEAL = pytest.mark.skipif(bool(cannot_seal()), reason=f"NOTHING CAN BE SEALED HERE: {cannot_seal()}")
OWN = b"root:x:0:0:root:/root:/bin/bash\nmodel:x:7:7::/home/model:/bin/sh\n"


class Images(ProcessEngine):
    """A process engine that has these files in its image, and is asked once."""

    def __init__(self, sees: bool, **files: bytes) -> None:
        super().__init__({"program": ["true"]})
        self._sees = sees
        self._files = {f"/etc/{name}": content for name, content in files.items()}
        self.labels: dict[str, str] = {}

    def files(
        self, image_id: str, paths: Sequence[str], *, binds: tuple[Bind, ...], labels: Any, cap: int
    ) -> Mapping[str, bytes]:
        self.labels = dict(labels)
        bound = super().files(image_id, paths, binds=binds if self._sees else (), labels=labels, cap=cap)
        return {**bound, **{path: self._files[path] for path in paths if path in self._files}}


@pytest.fixture
def asked(tmp_path: Path) -> RunRequest:
    return run_request(tmp_path, "honest")


def test_the_image_s_own_users_stay_behind_ours() -> None:
    first, *rest = with_user(OWN, 200_007).splitlines()
    assert first == b"model:x:200007:200007:model:/tmp:/bin/sh"
    assert rest == OWN.splitlines()


def test_an_image_without_users_has_ours_and_root() -> None:
    assert [line.split(b":")[0] for line in with_user(None, 200_007).splitlines()] == [b"model", b"root"]


@CAN_SEAL
def test_the_request_gets_a_sealed_input_and_a_name(asked: RunRequest) -> None:
    said: list[str] = []
    engine = Images(True, passwd=OWN)
    with prepared(asked, engine, said.append) as ready:
        assert (ready.input_dir / "behaviour").read_text() == "honest"
        assert ready.input_dir != asked.input_dir
        assert ready.passwd is not None
        assert ready.passwd.read_bytes() == with_user(OWN, user_id(asked.run_id))
        spec = container_spec(ready, host_cpus=2, owner="a", deadline=1)
        given = dataclasses.replace(ready, input_dir=asked.input_dir, sealed="", passwd=None)
    assert [(one.target, one.writable) for one in spec.binds] == [("/etc/passwd", False), ("/input", False)]
    assert options_in_words(spec, ready.sealed)["input"] == f"sealed, sha256:{ready.sealed}"
    assert given == asked
    assert said == []
    assert not ready.input_dir.exists()
    assert not ready.passwd.exists()


@CAN_SEAL
def test_an_engine_that_does_not_see_the_mount_is_given_the_folder(asked: RunRequest) -> None:
    said: list[str] = []
    with prepared(asked, Images(False), said.append) as ready:
        assert (ready.input_dir, ready.sealed) == (asked.input_dir, "")
        spec = container_spec(ready, host_cpus=2, owner="a", deadline=1)
    assert ["does not see" in text for text in said] == [True]
    assert options_in_words(spec, ready.sealed)["input"] == "a folder, not sealed"


def test_an_engine_that_cannot_be_asked_stops_the_run_and_unseals_nothing(asked: RunRequest) -> None:
    class Away(Images):
        def files(self, *args: Any, **options: Any) -> Mapping[str, bytes]:
            raise SandboxError("the container engine failed: it restarts")

    said: list[str] = []
    with pytest.raises(SandboxError, match="it restarts"), prepared(asked, Away(True), said.append):
        pytest.fail("a request was made ready")
    assert not [text for text in said if "does not see" in text]


def test_the_container_that_is_looked_into_can_be_reaped(asked: RunRequest) -> None:
    engine = Images(True)
    with prepared(asked, engine, lambda text: None):
        assert {name.rpartition(".")[2] for name in engine.labels} == {"run", "owner", "deadline"}


def test_a_program_finds_what_is_bound(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1234")
    look = process_engine().files
    bind = (Bind(source=str(tmp_path), target="/input", writable=False),)
    assert look("program", ("/input/a", "/input/b", "/input"), binds=bind, labels=(), cap=4) == {"/input/a": b"1234"}
    assert look("program", ("/input/a",), binds=bind, labels=(), cap=3) == {}
