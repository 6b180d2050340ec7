"""What is taken out of an image: a small regular file, and nothing that could hold or flood who reads it."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Mapping

import pytest
import requests

from nccid_eval.engine.docker_files import Status, first_file, is_small_file, parse_status, read_files
from nccid_eval.errors import ImageRefused

FOLDER, LINK, FIFO, SOCKET, DEVICE, TERMINAL = 1 << 31, 1 << 27, 1 << 25, 1 << 24, 1 << 26, (1 << 26) | (1 << 21)


def status(mode: int = 0o644, size: int = 10) -> Status:
    return Status(mode=mode, size=size, target="")


def test_a_small_file_is_taken() -> None:
    assert is_small_file(status(size=100), "/etc/passwd", cap=100)
    assert is_small_file(status(mode=0o4755, size=0), "/etc/passwd", cap=100)


@pytest.mark.parametrize("kind", [FOLDER, LINK])
def test_a_folder_and_a_link_are_not_read(kind: int) -> None:
    assert not is_small_file(status(mode=kind | 0o644), "/etc/passwd", cap=100)


@pytest.mark.parametrize("kind", [FIFO, SOCKET, DEVICE, TERMINAL])
def test_what_would_keep_a_reader_waiting_is_refused(kind: int) -> None:
    with pytest.raises(ImageRefused, match="/etc/group is no regular file"):
        is_small_file(status(mode=kind | 0o644), "/etc/group", cap=100)


@pytest.mark.parametrize("size", [101, 2**40, -1])
def test_a_large_file_is_not_read(size: int) -> None:
    assert not is_small_file(status(size=size), "/etc/passwd", cap=100)


def told(table: object) -> str:
    return base64.b64encode(json.dumps(table).encode()).decode()


def test_the_engine_s_word_is_read() -> None:
    header = told({"name": "passwd", "size": 7, "mode": LINK | 0o777, "mtime": "", "linkTarget": "/pipe"})
    assert parse_status(header) == Status(mode=LINK | 0o777, size=7, target="/pipe")


@pytest.mark.parametrize("header", ["", "!", told([]), told({"name": "passwd"}), told({"size": "x", "mode": 1})])
def test_what_cannot_be_understood_says_nothing(header: str) -> None:
    assert parse_status(header) is None


class Reply:
    def __init__(self, status_code: int, text: str = "", mode: int = 0o644) -> None:
        self.status_code, self.text = status_code, text
        self.headers = {"X-Docker-Container-Path-Stat": told({"mode": mode, "size": 1, "linkTarget": ""})}
        self.raw = self

    def read(self, size: int, decode_content: bool) -> bytes:
        return tar_of(tarfile.TarInfo("file"), b"x")[:size]

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise requests.HTTPError(str(self.status_code))

    def close(self) -> None: ...


class Api:
    """Docker's archive call: what it answers to a look at a path, and why it fails."""

    base_url, api_version, timeout = "http://engine", "1.41", 1

    def __init__(self, heads: Mapping[str, list[Reply]], nowhere: Reply | None = None) -> None:
        self._heads = heads
        self._nowhere = nowhere or Reply(404)
        self.calls: list[tuple[str, str]] = []

    def head(self, url: str, params: Mapping[str, str], timeout: int) -> Reply:
        self.calls.append(("HEAD", params["path"]))
        replies = self._heads.get(params["path"])
        return replies.pop(0) if replies else Reply(200)

    def get(self, url: str, params: Mapping[str, str], timeout: int, stream: bool = False) -> Reply:
        self.calls.append(("GET", params["path"]))
        return self._nowhere if params["path"] == "/f00d" else Reply(200)


def test_nothing_is_opened_before_all_is_looked_at() -> None:
    """Docker opens /etc/passwd and /etc/group whatever it hands out."""
    api = Api({})
    assert read_files(api, "f00d", ["/input/list"], 100) == {"/input/list": b"x"}
    looked = [("HEAD", "/etc/passwd"), ("HEAD", "/etc/group"), ("HEAD", "/input/list")]
    assert api.calls == [*looked, ("GET", "/input/list")]
    fifo = Api({"/etc/group": [Reply(200, mode=FIFO)]})
    with pytest.raises(ImageRefused):
        read_files(fifo, "f00d", ["/etc/passwd"], 100)
    assert not [path for call, path in fifo.calls if call == "GET"]


def test_an_engine_that_fails_in_passing_is_not_the_image_s_fault() -> None:
    for api in (
        Api({"/etc/group": [Reply(500)]}),
        Api({"/etc/group": [Reply(500)] * 2}, Reply(500, "no space left")),
    ):
        with pytest.raises(requests.HTTPError):
            read_files(api, "f00d", ["/etc/passwd"], 100)


def test_a_path_that_cannot_be_followed_is_the_image_s_fault() -> None:
    circle = Reply(500, "evalSymlinksInScope: too many links in /input")
    for api in (Api({"/etc/group": [Reply(500)] * 2}), Api({"/etc/group": [Reply(500)]}, circle)):
        with pytest.raises(ImageRefused, match="in a circle"):
            read_files(api, "f00d", ["/etc/passwd"], 100)


def tar_of(member: tarfile.TarInfo, content: bytes = b"") -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def test_its_content_is_that_of_the_archive_s_member() -> None:
    assert first_file(tar_of(tarfile.TarInfo("passwd"), b"root:x:0"), cap=8) == b"root:x:0"
    assert first_file(tar_of(tarfile.TarInfo("passwd"), b"root:x:00"), cap=8) is None


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE]
)
def test_a_member_of_another_kind_has_none(kind: bytes) -> None:
    member = tarfile.TarInfo("passwd")
    member.type, member.linkname = kind, "/etc/shadow"
    assert first_file(tar_of(member), cap=100) is None


@pytest.mark.parametrize("archive", [b"", b"no archive" * 100, tar_of(tarfile.TarInfo("passwd"), b"x" * 2000)[:700]])
def test_a_torn_archive_has_none(archive: bytes) -> None:
    assert first_file(archive, cap=4000) is None
