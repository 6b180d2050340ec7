"""What every engine must do, whichever it is: the same programs, the same answers, and nothing left."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.hostile.ground import LIMITS, Ran, hardened, process_engine, run_request

from nccid_eval.engine import Channel, Container, Engine
from nccid_eval.errors import PolicyNotApplied, SandboxError
from nccid_eval.records import ContainerSpec, Outcome
from nccid_eval.sandbox.policy import container_spec, differences

HANG_S = 10.0  # a detector of hangs, not a measurement
READY = b'{"ready": true, "protocol": "nccid-stdio/1"'

Start = Callable[[str], tuple[Container, Channel]]


KINDS = ("process", *(pytest.param(one, marks=pytest.mark.engine) for one in ("docker", "runsc", "podman")))


@pytest.fixture(params=KINDS, scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine(kind: str, request: pytest.FixtureRequest) -> Engine:
    if kind == "process":
        return process_engine()
    made: Engine = request.getfixturevalue({"runsc": "gvisor_engine"}.get(kind, f"{kind}_engine"))
    return made


@pytest.fixture
def runtime(kind: str) -> str:
    return "runsc" if kind == "runsc" else ""


@pytest.fixture
def image_id(engine: Engine, request: pytest.FixtureRequest) -> str:
    return "program" if engine.name == "process" else str(request.getfixturevalue("hostile_image"))


@pytest.fixture
def spec_of(engine: Engine, runtime: str, image_id: str, tmp_path: Path) -> Callable[[str], ContainerSpec]:
    def make(behaviour: str) -> ContainerSpec:
        limits = dataclasses.replace(LIMITS, runtime=runtime)
        request = run_request(tmp_path, behaviour, image_id=image_id, run_id=tmp_path.name, limits=limits)
        return container_spec(request, host_cpus=engine.cpus(), owner="contract", deadline=2**31)

    return make


@pytest.fixture
def start(engine: Engine, spec_of: Callable[[str], ContainerSpec]) -> Iterator[Start]:
    made: list[tuple[Container, Channel]] = []

    def begin(behaviour: str) -> tuple[Container, Channel]:
        container = engine.create(spec_of(behaviour))
        try:
            made.append((container, container.start()))
        except BaseException:
            container.remove()
            raise
        return made[-1]

    yield begin
    for container, channel in made:
        channel.close()
        container.remove()


def runs_of(engine: Engine, folder: Path) -> list[str]:
    """Ids of the containers of this test."""
    label = "org.nccid-eval.run"
    return [one.id for one in engine.find(label) if one.labels[label] == folder.name]


def exchange(channel: Channel, outgoing: bytes, wanted: Callable[[bytes], bool]) -> bytes:
    """Send all, read stdout until it is as wanted."""
    stdout, end = b"", time.monotonic() + 20.0
    while (outgoing or not wanted(stdout)) and time.monotonic() < end:
        polled = channel.poll(outgoing, 0.5)
        outgoing = outgoing[polled.sent :]
        stdout += polled.stdout
        if polled.closed:
            break
    return stdout


def test_it_asks_is_answered_and_leaves_when_stdin_is_closed(start: Start) -> None:
    container, channel = start("honest")
    assert exchange(channel, b"", lambda out: b"\n" in out).startswith(READY)
    answer = exchange(channel, b'{"request": "r1", "cases": [{"case": "a"}]}\n', lambda out: b"\n" in out)
    assert answer == b'{"request": "r1", "results": [{"case": "a", "score": 0.25}]}\n'
    channel.close_stdin()
    while not channel.poll(b"", 0.5).closed:
        pass
    assert container.end(channel, grace_s=HANG_S).exit_code == 0


def test_an_exit_status_is_the_programs_own(start: Start) -> None:
    container, channel = start("exit_before_ready 42")
    while not channel.poll(b"", 0.5).closed:
        pass
    ended = container.end(channel, grace_s=HANG_S)
    assert (ended.exit_code, ended.oom_killed) == (42, False)


def test_a_container_that_had_to_be_killed_has_no_exit_status(start: Start) -> None:
    container, channel = start("ignores_closed_stdin")
    exchange(channel, b"", lambda out: b"\n" in out)
    assert container.end(channel, grace_s=0.0).exit_code is None


def test_what_a_program_printed_is_there_although_it_has_left(start: Start) -> None:
    _, channel = start("exit_after_ready")
    time.sleep(1.0)
    sent_into_nothing = b"x" * 100_000
    assert exchange(channel, sent_into_nothing, lambda out: b"\n" in out).startswith(READY)


def test_a_flood_that_nobody_reads_is_ended_without_a_hang(start: Start) -> None:
    container, channel = start("flood_both")
    exchange(channel, b"", lambda out: len(out) > 100_000)
    time.sleep(0.5)  # it goes on, and nobody reads
    began = time.monotonic()
    assert container.end(channel, grace_s=0.0).exit_code is None
    container.remove()
    assert time.monotonic() - began < HANG_S


def test_long_lines_arrive_whole_while_stderr_is_flooded(start: Start) -> None:
    _, channel = start("echo_sizes")
    line = b"y" * 65_534 + b"\n"
    echoed = exchange(channel, line * 4, lambda out: out.count(b"\n") == 4)
    assert echoed == b"65535\n" * 4


def test_an_idle_stream_gives_nothing_and_is_open(start: Start) -> None:
    _, channel = start("hang_before_ready")
    polled = channel.poll(b"", 0.0)
    assert (polled.sent, polled.stdout, polled.closed) == (0, b"", False)


def test_a_closed_channel_says_so(start: Start) -> None:
    _, channel = start("hang_before_ready")
    channel.close()
    channel.close()
    assert channel.poll(b"x", 0.0).closed


def test_it_is_found_by_its_label_and_can_be_removed_twice(engine: Engine, start: Start, tmp_path: Path) -> None:
    container, _ = start("hang_before_ready")
    assert runs_of(engine, tmp_path) == [container.id]
    assert engine.find("org.nccid-eval.nothing") == ()
    engine.remove(container.id)
    engine.remove(container.id)
    container.remove()
    assert container.id not in [one.id for one in engine.find("org.nccid-eval.run")]


def test_one_that_was_never_started_is_removed_too(engine: Engine, spec_of: Callable[[str], ContainerSpec]) -> None:
    container = engine.create(spec_of("honest"))
    assert container.id in [one.id for one in engine.find("org.nccid-eval.run")]
    container.remove()
    assert container.id not in [one.id for one in engine.find("org.nccid-eval.run")]


def test_every_option_asked_for_is_read_back(engine: Engine, spec_of: Callable[[str], ContainerSpec]) -> None:
    spec = spec_of("honest")
    container = engine.create(spec)
    try:
        assert differences(spec, container.applied()) == ()
    finally:
        container.remove()


def test_an_image_that_is_not_there_is_an_error_of_the_sandbox(
    engine: Engine, spec_of: Callable[[str], ContainerSpec]
) -> None:
    absent = "sha256:" + "0" * 64
    assert engine.image_configuration(absent) is None
    with pytest.raises(SandboxError):
        engine.create(dataclasses.replace(spec_of("honest"), image_id=absent))


def test_an_engine_names_its_versions_and_its_cpus(engine: Engine) -> None:
    assert engine.cpus() >= 1
    assert engine.versions()["kernel"]


def test_a_runtime_that_the_engine_lacks_is_refused_before_anything_runs(
    engine: Engine, spec_of: Callable[[str], ContainerSpec], tmp_path: Path
) -> None:
    asked = dataclasses.replace(spec_of("honest"), runtime="no-such-runtime")
    if engine.name == "process":  # it has no runtimes, and repeats every option
        assert engine.create(asked).applied().runtime == "no-such-runtime"
        return
    with pytest.raises(PolicyNotApplied, match="runtime"):
        engine.create(asked)
    assert runs_of(engine, tmp_path) == []


def test_a_run_is_answered_under_the_whole_policy_and_an_attack_costs_its_own_case(
    engine: Engine, kind: str, runtime: str, image_id: str, tmp_path: Path
) -> None:
    """Sealed input, seccomp profile and all; memory is eaten where an engine limits it, else the program leaves."""
    attack, outcome = ("exit_on bad 9", Outcome.EXITED) if kind == "process" else ("eat_memory_on bad", Outcome.OOM)
    limits = dataclasses.replace(LIMITS, runtime=runtime, case_s=20.0)
    request = run_request(
        tmp_path, attack, image_id=image_id, run_id=tmp_path.name, limits=limits, cases=("a", "bad", "b")
    )
    with hardened(request, engine) as ready:
        done = Ran(ready, engine, tmp_path / "journal.log")
    assert done.outcomes == {"a": Outcome.OK, "bad": outcome, "b": Outcome.OK}
    assert runs_of(engine, tmp_path) == []
