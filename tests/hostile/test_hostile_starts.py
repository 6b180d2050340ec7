"""Images that attack by what they are rather than by what they run, as if intake had let them through."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.hostile.fixtures import TAG, build, forget
from tests.hostile.ground import Ran, hardened, run_request

from nccid_eval import sandbox
from nccid_eval.engine import Engine
from nccid_eval.errors import ImageRefused, NccidEvalError, PolicyNotApplied
from nccid_eval.journal import Attempted, read
from nccid_eval.journal.owner import this_process
from nccid_eval.records import Outcome
from nccid_eval.sandbox.policy import LABEL, container_spec

pytestmark = pytest.mark.engine
FEW = ("a", "bad")
Make = Callable[[str], str]


@pytest.fixture
def made(docker_engine: Engine, hostile_image: str, tmp_path: Path) -> Iterator[Make]:
    """Makes an image of the misbehaving program and a line of a Dockerfile more; its id."""
    tags = []

    def make(lines: str) -> str:
        folder = tmp_path / "image"
        folder.mkdir()
        (folder / "Dockerfile").write_text(f"ARG BASE\nFROM $BASE\n{lines}\n")
        tags.append(f"{TAG}-{tmp_path.name.lower()}")
        build(folder, tags[-1], TAG)
        report = docker_engine.image_configuration(tags[-1])
        assert report is not None
        return str(report["Id"])

    yield make
    for tag in tags:
        forget(tag)


def run(engine: Engine, image: str, folder: Path, behaviour: str = "honest") -> Ran:
    request = run_request(folder, behaviour, image_id=image, cases=FEW, run_id=folder.name)
    with hardened(request, engine) as ready:
        return Ran(ready, engine, folder / "journal.log")


@pytest.mark.parametrize(
    "lines",
    [
        "RUN ln -s ../../../../var/lib/docker /input",
        "RUN rm -rf /tmp && ln -s /etc /tmp",
        "RUN ln -sf ../../../../../etc/shadow /etc/passwd",
        "ENV LD_PRELOAD=/evil.so NVIDIA_VISIBLE_DEVICES=all HOME=/root PYTHONUNBUFFERED=",
        "HEALTHCHECK --interval=1s CMD kill -9 -1",
        "STOPSIGNAL SIGCONT",
        "USER root",
    ],
)
def test_what_the_image_says_gives_way_to_what_we_say(
    docker_engine: Engine, made: Make, tmp_path: Path, lines: str
) -> None:
    """Links lead nowhere but into the image itself; it answers, as another user than it asked for."""
    shadow = Path("/etc/shadow").stat().st_mtime_ns
    done = run(docker_engine, made(lines), tmp_path, "tries uid root input")
    assert done.outcomes == dict.fromkeys(FEW, Outcome.OK)
    assert b'"root": "OSError: 30"' in done.log
    assert b'"input": "OSError: 30"' in done.log
    assert b'"uid": "2' in done.log
    assert Path("/etc/shadow").stat().st_mtime_ns == shadow


@pytest.mark.parametrize(
    "lines",
    [
        "RUN ln -s /proc/self/fd /input",
        "RUN ln -s /proc/self/root/etc /input",
        "RUN rm -rf /tmp && ln -s / /tmp",
        "RUN ln -sf /proc/self/environ /etc/passwd",
        "RUN rm /etc/passwd && mkdir /etc/passwd",
    ],
)
def test_a_mount_point_that_leads_elsewhere_stops_the_run_before_any_case_is_shown(
    docker_engine: Engine, made: Make, tmp_path: Path, lines: str
) -> None:
    with pytest.raises(NccidEvalError):
        run(docker_engine, made(lines), tmp_path)
    assert not _asked(tmp_path)


@pytest.mark.parametrize(
    "lines",
    [
        "RUN rm /etc/passwd && mkfifo /etc/passwd",
        "RUN rm /etc/group && mkfifo /etc/group",
        "RUN mkfifo /pipe && ln -sf /pipe /etc/passwd",
        "RUN mkfifo /pipe && ln -sf ../pipe /etc/group",
        "RUN ln -sf group /etc/group",
        "RUN ln -s input /input",
    ],
)
def test_what_would_hold_the_engine_at_a_start_is_refused_before(
    docker_engine: Engine, made: Make, tmp_path: Path, lines: str
) -> None:
    """The engine reads an image's users and groups itself: at a FIFO it would wait for ever."""
    with pytest.raises(ImageRefused, match="cannot be started"):
        run(docker_engine, made(lines), tmp_path)
    assert not _asked(tmp_path)


def test_a_volume_is_seen_before_the_start(docker_engine: Engine, made: Make, tmp_path: Path) -> None:
    """A disk to write to, in spite of a read-only root; the engine removes it with the container."""
    with pytest.raises(PolicyNotApplied, match="/data"):
        run(docker_engine, made("VOLUME /data"), tmp_path)
    assert not _asked(tmp_path)


def test_labels_of_the_image_do_not_keep_the_reaper_away(docker_engine: Engine, made: Make, tmp_path: Path) -> None:
    labels = {"owner": "elsewhere:1:1", "deadline": "99999999999", "run": "other", "protected": "true"}
    image = made("\n".join(f"LABEL {LABEL}.{name}={value}" for name, value in labels.items()))
    request = run_request(tmp_path, "honest", image_id=image, run_id=tmp_path.name)
    deadline = int(time.time()) + 600
    owner = this_process() + "0"  # of a process that is gone
    spec = container_spec(request, host_cpus=docker_engine.cpus(), owner=owner, deadline=deadline)
    container = docker_engine.create(spec)
    try:
        (found,) = [one for one in docker_engine.find(f"{LABEL}.protected") if one.id == container.id]
        assert found.labels[f"{LABEL}.owner"] == owner
        assert found.labels[f"{LABEL}.run"] == tmp_path.name
        sandbox.reap(docker_engine, time.time())
        assert container.id not in [one.id for one in docker_engine.find(f"{LABEL}.run")]
    finally:
        container.remove()


def test_an_image_that_cannot_be_started_is_the_vendors_and_names_no_path_of_ours(
    docker_engine: Engine, unstartable_image: str, tmp_path: Path
) -> None:
    with pytest.raises(ImageRefused, match="cannot be started") as refused:
        run(docker_engine, unstartable_image, tmp_path)
    assert "/var/lib" not in str(refused.value)
    assert not _asked(tmp_path)


def test_a_program_that_is_not_in_the_image_fails_every_case_and_is_shown_none(
    docker_engine: Engine, no_program_image: str, tmp_path: Path
) -> None:
    assert run(docker_engine, no_program_image, tmp_path).outcomes == dict.fromkeys(FEW, Outcome.EXITED)
    assert not _asked(tmp_path)


def _asked(folder: Path) -> bool:
    path = folder / "journal.log"
    return path.exists() and any(isinstance(one, Attempted) for one in read(path))
