"""Every trick that a file of a container can play, and the plain file that none of them is."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nccid_eval.sandbox.output import OutputRefusedError, read_output

NAME = "predictions.jsonl"
CAP = 1000
SECRET = b"root:$6$secret\n"
TEXT = b'{"case": "a", "score": 0.5}\n'

only_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="ONLY ROOT MAY MOUNT, so a mount in the output was not tested"
)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_bytes(SECRET)
    folder = tmp_path / "output"
    folder.mkdir()
    return folder


def read(output: Path, name: str = NAME, owner: int | None = None) -> bytes | None:
    return read_output(output, name, owner=os.getuid() if owner is None else owner, cap=CAP)


def test_a_plain_file_is_read_whole(output: Path) -> None:
    (output / NAME).write_bytes(TEXT)
    assert read(output) == TEXT


@pytest.mark.parametrize("size", [0, 1, CAP])
def test_a_file_up_to_the_cap_is_read(output: Path, size: int) -> None:
    (output / NAME).write_bytes(b"x" * size)
    assert read(output) == b"x" * size


def test_nothing_there_is_no_error(output: Path) -> None:
    assert read(output) is None


def symlink(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def hard_link(path: Path) -> None:
    path.hardlink_to(path.parents[1] / "secret")


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as held:
        held.bind(str(path))


def sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**40)


@pytest.mark.parametrize(
    ("trick", "says"),
    [
        pytest.param(symlink("/etc/shadow"), "symbolic links", id="absolute link"),
        pytest.param(symlink("../secret"), "symbolic links", id="relative link"),
        pytest.param(symlink("/proc/self/environ"), "symbolic links", id="link into proc"),
        pytest.param(symlink("/proc/self/fd/0"), "symbolic links", id="magic link"),
        pytest.param(symlink("."), "symbolic links", id="link to its folder"),
        pytest.param(symlink(NAME), "symbolic links", id="link to itself"),
        pytest.param(symlink("absent"), "symbolic links", id="link to nothing"),
        pytest.param(os.mkfifo, "not a plain file", id="fifo"),
        pytest.param(unix_socket, "No such device or address", id="socket"),
        pytest.param(Path.mkdir, "not a plain file", id="folder"),
        pytest.param(hard_link, "more than one name", id="hard link"),
        pytest.param(sparse, "larger", id="sparse"),
        pytest.param(lambda path: path.write_bytes(b"x" * (CAP + 1)), "larger", id="a byte too many"),
    ],
)
def test_a_trick_is_refused(output: Path, trick: Callable[[Path], object], says: str) -> None:
    trick(output / NAME)
    with pytest.raises(OutputRefusedError, match=says):
        read(output)


def test_a_device_is_refused() -> None:
    with pytest.raises(OutputRefusedError, match="not a plain file"):
        read(Path("/dev"), "null")


def test_a_file_of_somebody_else_is_refused(output: Path) -> None:
    (output / NAME).write_bytes(TEXT)
    with pytest.raises(OutputRefusedError, match="another user"):
        read(output, owner=os.getuid() + 1)


@pytest.mark.parametrize("name", ["../secret", "sub/../../secret", "/etc/passwd", "sub/link/secret"])
def test_no_name_leads_out(output: Path, name: str) -> None:
    (output / "sub").mkdir()
    (output / "sub" / "link").symlink_to("../..")
    with pytest.raises(OutputRefusedError):
        read(output, name)


def test_a_file_that_is_longer_than_it_says_is_refused() -> None:
    """As one that grows between the look and the read: files of /proc say 0 bytes."""
    folder = Path(f"/proc/{os.getpid()}")
    assert (folder / "status").stat().st_size == 0
    with pytest.raises(OutputRefusedError, match="larger"):
        read_output(folder, "status", owner=os.geteuid(), cap=10)


def test_a_file_that_nobody_may_read(output: Path) -> None:
    """Root reads it: it is the container's own. Anybody else is refused and says so."""
    (output / NAME).write_bytes(TEXT)
    (output / NAME).chmod(0)
    if os.geteuid() == 0:
        assert read(output) == TEXT
    else:
        with pytest.raises(OutputRefusedError, match="denied"):
            read(output)


@pytest.fixture
def mounted_over(output: Path) -> Iterator[Path]:
    (output / NAME).touch()
    subprocess.run(["mount", "--bind", output.parent / "secret", output / NAME], check=True)
    yield output
    subprocess.run(["umount", output / NAME], check=True)


@only_root
def test_a_mount_on_it_is_refused(mounted_over: Path) -> None:
    with pytest.raises(OutputRefusedError, match="cross-device"):
        read(mounted_over)
